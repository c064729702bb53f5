//! Registrations. Only a right code makes one: [`Prover`] types it, with phones of its own.

use std::sync::{Arc, Mutex};

use doorstep_domain::{
    Fault, Mode,
    consent::OptInConsent,
    id::{SignupId, UserId},
    keys::{CodeKeys, DataKeys, ExternalIndex, PhoneIndex, Root},
    ports::{Attempts, Chance, Clock, Page, Phones, Range},
    signup::{Created, RegistrationAttempt, Send, State},
    tries::{Counted, PhoneRecord, Try},
    user::Registration,
    verify::{Done, Keys, VerifyError, verify},
};
use jiff::Timestamp;

use super::{
    CODE_VERSION, at,
    attempts::{create, read},
    seconds,
};
use crate::{Memory, sample::fresh_keys, together};

pub(super) async fn a_signup_is_registered_once(ports: &impl Attempts) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "register").await;
    let done = prover.types_the_code(&keys, &pending).await.unwrap();
    let once = read(ports, &keys, &pending).await.state;
    let (at, user, tries) = (at(0) + seconds(1), done.user, 1);
    assert_eq!(once, State::Verified { at, user, tries });
    prover.memory.clock.pass(seconds(1));
    let again = prover.types_the_code(&keys, &pending).await.unwrap();
    assert_eq!((again.user, again.at), (user, at));
    assert_eq!(read(ports, &keys, &pending).await.state, once);
    assert_eq!(prover.registered(), (1, 5), "each of two proofs came three times at once");
}

pub(super) async fn a_registered_signup_is_neither_locked_nor_resent(ports: &impl Attempts) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "stays").await;
    prover.types_the_code(&keys, &pending).await.unwrap();
    let verified = read(ports, &keys, &pending).await.state;
    ports.lock(&keys, pending.id, at(9_000)).await.unwrap();
    let send = Send { at: at(60_000), request: None };
    assert!(!ports.resend(&keys, &pending, &send).await.unwrap());
    let found = read(ports, &keys, &pending).await;
    assert_eq!((found.state, found.sends.len()), (verified, 1));
}

pub(super) async fn a_locked_signup_is_not_registered(ports: &impl Attempts) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "locked").await;
    ports.lock(&keys, pending.id, at(0)).await.unwrap();
    let answer = prover.types_the_code(&keys, &pending).await;
    assert!(matches!(answer, Err(VerifyError::Exhausted(_))), "{answer:?}");
    assert_eq!(prover.registered(), (0, 3));
    assert_eq!(read(ports, &keys, &pending).await.state, State::Locked { at: at(0) });
}

/// Proves numbers for the sign-ups of `attempts`, and registers each proof three times at once.
struct Prover<'a, A> {
    attempts: &'a A,
    memory: Memory,
    answers: Mutex<Vec<bool>>,
}

impl<'a, A: Attempts> Prover<'a, A> {
    fn new(attempts: &'a A) -> Self {
        let memory = Memory::default();
        memory.clock.pass(at(1_000).duration_since(memory.now()));
        Self { attempts, memory, answers: Mutex::default() }
    }

    async fn types_the_code(
        &self,
        data: &Arc<DataKeys>,
        pending: &RegistrationAttempt,
    ) -> Result<Done, VerifyError> {
        let (store, mode) = data.scope();
        let codes = CodeKeys::new(store, mode, &[(CODE_VERSION, Root::new([2; 32]))]);
        let code = codes.code(pending.id, &pending.seed).unwrap();
        let keys = Keys { data: Arc::clone(data), codes: Arc::new(codes) };
        verify(self, &keys, pending.clone(), &code).await
    }

    /// How many registrations were the first of their sign-up, and how many were not.
    fn registered(&self) -> (usize, usize) {
        let answers = self.answers.lock().unwrap();
        let first = answers.iter().filter(|first| **first).count();
        (first, answers.len() - first)
    }
}

impl<A: Attempts> Attempts for Prover<'_, A> {
    async fn find(
        &self,
        keys: &DataKeys,
        id: SignupId,
    ) -> Result<Option<RegistrationAttempt>, Fault> {
        self.attempts.find(keys, id).await
    }

    async fn create(&self, keys: &DataKeys, new: &RegistrationAttempt) -> Result<Created, Fault> {
        self.attempts.create(keys, new).await
    }

    async fn resend(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
        send: &Send,
    ) -> Result<bool, Fault> {
        self.attempts.resend(keys, attempt, send).await
    }

    async fn lock(&self, keys: &DataKeys, id: SignupId, at: Timestamp) -> Result<(), Fault> {
        self.attempts.lock(keys, id, at).await
    }

    async fn register(
        &self,
        keys: &DataKeys,
        registration: &Registration,
        consents: &[OptInConsent],
    ) -> Result<bool, Fault> {
        let thrice = (0..3).map(|_| self.attempts.register(keys, registration, consents));
        let answers: Result<Vec<bool>, Fault> = together(thrice).await.into_iter().collect();
        let answers = answers?;
        self.answers.lock().unwrap().extend(&answers);
        Ok(answers.contains(&true))
    }

    async fn list(&self, keys: &DataKeys, range: Range) -> Result<Page<SignupId>, Fault> {
        self.attempts.list(keys, range).await
    }

    async fn of_customer(
        &self,
        keys: &DataKeys,
        customer: &ExternalIndex,
    ) -> Result<Vec<SignupId>, Fault> {
        self.attempts.of_customer(keys, customer).await
    }
}

impl<A: Attempts> Phones for Prover<'_, A> {
    async fn find(&self, keys: &DataKeys, phone: &PhoneIndex) -> Result<PhoneRecord, Fault> {
        Phones::find(&self.memory, keys, phone).await
    }

    async fn remember(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        signup: SignupId,
    ) -> Result<(), Fault> {
        self.memory.remember(keys, phone, signup).await
    }

    async fn count(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        attempt: &Try,
        limit: u8,
        user: UserId,
    ) -> Result<Counted, Fault> {
        self.memory.count(keys, phone, attempt, limit, user).await
    }

    async fn settle(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        settled: &PhoneRecord,
    ) -> Result<bool, Fault> {
        Phones::settle(&self.memory, keys, phone, settled).await
    }
}

impl<A: Attempts> Clock for Prover<'_, A> {
    fn now(&self) -> Timestamp {
        self.memory.now()
    }
}

impl<A: Attempts> Chance for Prover<'_, A> {
    fn fill(&self, bytes: &mut [u8]) {
        self.memory.fill(bytes);
    }
}
