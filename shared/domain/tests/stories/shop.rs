//! A shop, its shoppers and its carrier.

use std::sync::{Arc, Mutex};

use doorstep_domain::{
    Fault, Mode,
    carrier::{CarrierName, Outcome, Outgoing},
    code::Code,
    consent::{ConsentAsked, Event, OptInConsent},
    deliver::{self, Delivered, Dispatch, deliver},
    guard::Pool,
    id::SignupId,
    keys::{CodeKeys, DataKeys},
    ports::{Attempts, Carrier, Clock},
    read::{self, Overview, lines, read, timeline},
    resend::{Resend, ResendError, Resent, resend},
    route::Lane,
    signup::RegistrationAttempt,
    start::{Start, StartError, Started, start},
    store::Store,
    verify::{Done, VerifyError, verify},
};
use doorstep_fakes::{Memory, sample};
use jiff::SignedDuration;

/// A number that anybody may use.
pub(crate) const ADA: &str = "+447700900123";
/// Another.
pub(crate) const BOB: &str = "+447700900124";

pub(crate) const RESEND: &str = "POST /signups/{id}/resend";

pub(crate) struct Shop {
    pub(crate) memory: Arc<Memory>,
    pub(crate) pool: Pool,
    pub(crate) store: Store,
    pub(crate) mode: Mode,
    pub(crate) data: Arc<DataKeys>,
    pub(crate) codes: Arc<CodeKeys>,
}

impl Shop {
    /// A shop that is ready, in test mode.
    pub(crate) fn open() -> Self {
        Self::in_mode(Mode::Test)
    }

    pub(crate) fn in_mode(mode: Mode) -> Self {
        Self {
            memory: Arc::default(),
            pool: Pool::default(),
            store: sample::store(),
            mode,
            data: sample::data_keys(mode),
            codes: sample::code_keys(mode),
        }
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.memory.clock.pass(time);
    }

    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.pass(SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn asks(&self, command: Start) -> Result<Started, StartError> {
        start(&*self.memory, &self.pool, &self.whole(), command).await
    }

    pub(crate) fn whole(&self) -> doorstep_domain::start::Shop {
        sample::shop(self.store.clone(), self.mode)
    }

    /// A call in this shop's mode.
    pub(crate) fn call(&self, phone: &str, idempotency_key: &str) -> Start {
        Start {
            mode: self.mode,
            live_route: vec![lane(CarrierName::Eum, 100), lane(CarrierName::Sns, 0)],
            guarded: self.mode == Mode::Live,
            ..sample::start(phone, idempotency_key)
        }
    }

    pub(crate) async fn signs_up(&self, phone: &str, idempotency_key: &str) -> SignupId {
        let started = self.asks(self.call(phone, idempotency_key)).await.unwrap();
        assert!(!started.replayed, "{idempotency_key} was used before");
        started.attempt.id
    }

    pub(crate) async fn attempt(&self, id: SignupId) -> RegistrationAttempt {
        Attempts::find(&*self.memory, &self.data, id).await.unwrap().unwrap()
    }

    pub(crate) async fn overview(&self, id: SignupId) -> Overview<'_> {
        read(&*self.memory, (&self.store, &self.data), id).await.unwrap().unwrap()
    }

    /// What happened to a sign-up.
    pub(crate) async fn timeline(&self, id: SignupId) -> Vec<read::Event> {
        let overview = self.overview(id).await;
        let lines = lines(&*self.memory, &self.data, &overview.attempt).await.unwrap();
        timeline(&overview, lines, self.memory.now())
    }

    /// The code in the shopper's text.
    pub(crate) async fn code(&self, id: SignupId) -> Code {
        self.codes.code(id, &self.attempt(id).await.seed).unwrap()
    }

    pub(crate) async fn types(&self, id: SignupId, code: &Code) -> Result<Done, VerifyError> {
        let shop = doorstep_domain::verify::Shop {
            store: Arc::new(self.store.clone()),
            data: Arc::clone(&self.data),
            codes: Arc::clone(&self.codes),
        };
        verify(&*self.memory, &shop, self.attempt(id).await, code).await
    }

    pub(crate) async fn types_right(&self, id: SignupId) -> Result<Done, VerifyError> {
        let code = self.code(id).await;
        self.types(id, &code).await
    }

    pub(crate) async fn types_wrong(&self, id: SignupId) -> Result<Done, VerifyError> {
        let wrong = wrong(&self.code(id).await);
        self.types(id, &wrong).await
    }

    /// A resend as live mode limits it.
    pub(crate) async fn resends(&self, id: SignupId, key: &str) -> Result<Resent, ResendError> {
        let command = self.resend_of(self.attempt(id).await, key);
        resend(&*self.memory, &self.pool, &self.whole(), command).await
    }

    pub(crate) fn resend_of(&self, attempt: RegistrationAttempt, key: &str) -> Resend {
        Resend {
            channel: None,
            attempt,
            request: self.data.request_key(RESEND, key),
            body: self.data.fingerprint(RESEND, b"{}"),
            limited: true,
            key: None,
            source: None,
            solution: None,
        }
    }

    pub(crate) fn dispatch(&self, signup: SignupId, send: u8, leg: u8) -> Dispatch {
        let message = signup.message(send);
        Dispatch { store: self.store.id, mode: self.mode, message, letter: false, leg }
    }

    /// A sender does its work for this dispatch.
    pub(crate) async fn sends(
        &self,
        carrier: &impl Carrier,
        dispatch: &Dispatch,
    ) -> Result<Delivered, Fault> {
        let keys = deliver::Keys { data: &self.data, codes: &self.codes, shared: &self.data };
        let (deployment, pool) = (&sample::deployment(), &self.pool);
        let sender = deliver::Sender { store: &self.store, keys, account: None, deployment, pool };
        deliver(&*self.memory, carrier, sender, dispatch).await
    }
}

/// A carrier with these points at rest.
pub(crate) const fn lane(carrier: CarrierName, resting: u8) -> Lane {
    Lane { carrier, resting }
}

/// Another code than this.
pub(crate) fn wrong(code: &Code) -> Code {
    let digits: u32 = code.expose().parse().unwrap();
    Code::parse(&format!("{:06}", (digits + 1) % 1_000_000)).unwrap()
}

/// How a try ended, in the words of the API.
pub(crate) fn told(answer: &Result<Done, VerifyError>) -> String {
    use doorstep_domain::tries::Exhausted;
    match answer {
        Ok(_) => "verified".to_owned(),
        Err(VerifyError::Incorrect { attempts_remaining: left }) => format!("wrong, {left} left"),
        Err(VerifyError::Exhausted(Exhausted::Signup)) => "no tries left".to_owned(),
        Err(VerifyError::Exhausted(Exhausted::Phone(_))) => "phone has no tries left".to_owned(),
        Err(VerifyError::Exhausted(Exhausted::Disabled)) => "codes are disabled".to_owned(),
        Err(VerifyError::NoCode) => "it has no code".to_owned(),
        Err(VerifyError::Expired) => "expired".to_owned(),
        Err(VerifyError::Busy) => "busy".to_owned(),
        Err(VerifyError::Fault(fault)) => format!("broken: {fault}"),
    }
}

/// A carrier that remembers what it was handed, and answers as it is told.
pub(crate) struct Recorder {
    pub(crate) handed: Mutex<Vec<Outgoing>>,
    outcome: Outcome,
}

impl Recorder {
    pub(crate) fn answering(outcome: Outcome) -> Self {
        Self { handed: Mutex::default(), outcome }
    }

    pub(crate) fn accepting() -> Self {
        Self::answering(Outcome::Accepted { carrier_message_id: "carrier-1".to_owned() })
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.handed
            .lock()
            .unwrap()
            .iter()
            .map(|outgoing| outgoing.text().unwrap_or_default().to_owned())
            .collect()
    }
}

impl Carrier for Recorder {
    async fn send(&self, text: &Outgoing) -> Outcome {
        self.handed.lock().unwrap().push(text.clone());
        self.outcome.clone()
    }
}

/// A sign-up's entry says what was asked for.
pub(crate) fn is_as_asked(entry: &OptInConsent, asked: &ConsentAsked) {
    let event = if asked.granted { Event::Granted } else { Event::Refused };
    let told = entry.told.as_ref().unwrap();
    assert_eq!(
        (&entry.purpose, &entry.channel, entry.event),
        (&asked.purpose, &asked.channel, event)
    );
    assert_eq!((&told.wording_version, &told.wording), (&asked.wording_version, &asked.wording));
    assert_eq!(told.controllers, ["Corner Shop"]);
}
