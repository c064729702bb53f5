//! A shopper who types the right code, for suites without phones of their own.

use std::sync::{Arc, Mutex};

use doorstep_domain::{
    Fault, Mode,
    cap::Planned,
    consent::Linked,
    id::{MessageId, SignupId, StoreId, UserId},
    keys::{CodeKeys, DataKeys, ExternalIndex, PhoneIndex, Root},
    ports::{Attempts, Chance, Clock, Ledger, News, Page, Phones, Range, Templates},
    signup::{Created, RegistrationAttempt, Send},
    store::Store,
    template::{Body, Draft, Kept, Kind, Stored, Template, TemplateName},
    text::locale::Locale,
    tries::{Counted, PhoneRecord, Try},
    user::Registration,
    verify::{Done, Shop, VerifyError, verify},
};
use jiff::Timestamp;

use super::{CODE_VERSION, at};
use crate::{Memory, sample, together};

type Scope = (StoreId, Mode);

/// Proves numbers for the sign-ups of `attempts`, and registers each proof three times at once.
pub(super) struct Prover<'a, A> {
    attempts: &'a A,
    pub(super) memory: Memory,
    store: Store,
    answers: Mutex<Vec<bool>>,
}

impl<'a, A: Attempts + Ledger> Prover<'a, A> {
    pub(super) fn new(attempts: &'a A) -> Self {
        let memory = Memory::default();
        memory.clock.pass(at(1_000).duration_since(memory.now()));
        Self { attempts, memory, store: sample::store(), answers: Mutex::default() }
    }

    pub(super) async fn types_the_code(
        &self,
        data: &Arc<DataKeys>,
        pending: &RegistrationAttempt,
    ) -> Result<Done, VerifyError> {
        let (store, mode) = data.scope();
        let codes = CodeKeys::new(store, mode, &[(CODE_VERSION, Root::new([2; 32]))]);
        let code = codes.code(pending.id, &pending.seed).unwrap();
        let store = Arc::new(self.store.clone());
        let shop = Shop { store, data: Arc::clone(data), codes: Arc::new(codes) };
        verify(self, &shop, pending.clone(), &code).await
    }

    /// The store welcomes whom it knows with this text.
    pub(super) async fn welcomes(&mut self, scope: Scope, words: &str) {
        let draft = Draft {
            name: "welcome".parse().unwrap(),
            locale: "en".parse().unwrap(),
            kind: Kind::Transactional,
            body: Body::parse(words).unwrap(),
        };
        Templates::save(&self.memory, scope, &draft).await.unwrap();
        self.store.settings.welcome_template = Some("welcome".to_owned());
    }

    /// How many registrations were the first of their sign-up, and how many were not.
    pub(super) fn registered(&self) -> (usize, usize) {
        let answers = self.answers.lock().unwrap();
        let first = answers.iter().filter(|first| **first).count();
        (first, answers.len() - first)
    }
}

impl<A: Attempts + Ledger> Attempts for Prover<'_, A> {
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

    async fn expire(&self, keys: &DataKeys, id: SignupId) -> Result<(), Fault> {
        self.attempts.expire(keys, id).await
    }

    async fn lock(&self, keys: &DataKeys, id: SignupId, at: Timestamp) -> Result<(), Fault> {
        self.attempts.lock(keys, id, at).await
    }

    async fn register(
        &self,
        keys: &DataKeys,
        registration: &Registration,
        consents: &[Linked],
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
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        self.attempts.of_customer(keys, customer, range).await
    }

    async fn of_phone(
        &self,
        keys: &DataKeys,
        phones: &[PhoneIndex],
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        self.attempts.of_phone(keys, phones, range).await
    }
}

impl<A: Attempts + Ledger> Ledger for Prover<'_, A> {
    async fn entries(&self, keys: &DataKeys, user: UserId) -> Result<Vec<Linked>, Fault> {
        self.attempts.entries(keys, user).await
    }

    async fn append(
        &self,
        keys: &DataKeys,
        user: UserId,
        entries: &[Linked],
        news: Option<News<'_>>,
    ) -> Result<bool, Fault> {
        self.attempts.append(keys, user, entries, news).await
    }
}

impl<A: Attempts + Ledger> Phones for Prover<'_, A> {
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

    async fn remember_letter(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        letter: MessageId,
    ) -> Result<(), Fault> {
        self.memory.remember_letter(keys, phone, letter).await
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

    async fn plan(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        plans: (&[Planned], &[Planned]),
    ) -> Result<bool, Fault> {
        self.memory.plan(keys, phone, plans).await
    }

    async fn settle(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        settled: (&PhoneRecord, &PhoneRecord),
    ) -> Result<bool, Fault> {
        Phones::settle(&self.memory, keys, phone, settled).await
    }
}

impl<A: Attempts + Ledger> Templates for Prover<'_, A> {
    async fn current(
        &self,
        scope: Scope,
        name: &TemplateName,
        locales: &[Locale],
    ) -> Result<Option<Arc<Template>>, Fault> {
        self.memory.current(scope, name, locales).await
    }

    async fn find(
        &self,
        scope: Scope,
        name: &TemplateName,
        locale: &Locale,
        version: Option<u32>,
    ) -> Result<Option<Stored>, Fault> {
        Templates::find(&self.memory, scope, name, locale, version).await
    }

    async fn save(&self, scope: Scope, draft: &Draft) -> Result<Kept, Fault> {
        Templates::save(&self.memory, scope, draft).await
    }

    async fn point(
        &self,
        scope: Scope,
        name: &TemplateName,
        locale: &Locale,
        version: u32,
    ) -> Result<bool, Fault> {
        self.memory.point(scope, name, locale, version).await
    }

    async fn list(&self, scope: Scope) -> Result<Vec<Stored>, Fault> {
        Templates::list(&self.memory, scope).await
    }
}

impl<A: Attempts + Ledger> Clock for Prover<'_, A> {
    fn now(&self) -> Timestamp {
        self.memory.now()
    }
}

impl<A: Attempts + Ledger> Chance for Prover<'_, A> {
    fn fill(&self, bytes: &mut [u8]) {
        self.memory.fill(bytes);
    }
}
