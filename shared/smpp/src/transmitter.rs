//! Submits texts over one warm bind.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use doorstep_domain::{
    carrier::{FailureClass, Outcome},
    ports::{Chance, Clock},
};
use jiff::Timestamp;
use rusmpp::{Pdu, pdus::SubmitSm};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use crate::{
    alphabet::Alphabet,
    dial::Dial,
    ids::IdBase,
    link::Silence,
    pace::Pace,
    parts::fill,
    settings::{LongMessage, Settings, SettingsError, Timeouts},
    status::Failure,
    submit::{Submit, address, envelope},
    warm::{Binder, Warm},
};

/// The pause after a throttling: this, and up to so much more by chance, in milliseconds.
const PAUSE: (u64, u64) = (500, 1_500);

/// The code of a text that would wait too long for its turn.
const PACED: &str = "paced";

/// A bind that only sends. Make one per process and keep it: it binds at the first text, and lives
/// as long as the carrier lets it.
pub struct Transmitter<D> {
    warm: Warm<D>,
    envelope: SubmitSm,
    form: (Alphabet, LongMessage),
    ids: IdBase,
    timeouts: Timeouts,
    window: Semaphore,
    pace: Mutex<Pace>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl<D: Dial> Transmitter<D> {
    /// A transmitter that has not bound yet.
    ///
    /// # Errors
    /// When a setting has no place in SMPP, or the roots are none.
    pub fn new(
        settings: &Settings,
        dial: D,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, SettingsError> {
        let window = usize::try_from(settings.window.get()).unwrap_or(usize::MAX);
        Ok(Self {
            warm: Warm::new(Binder::transmitter(dial, settings)?, Arc::clone(&clock)),
            envelope: envelope(settings)?,
            form: (settings.alphabet, settings.long),
            ids: settings.ids,
            timeouts: settings.timeouts,
            window: Semaphore::new(window.min(Semaphore::MAX_PERMITS)),
            pace: Mutex::new(Pace::new(settings.rate.get())),
            clock,
            chance,
        })
    }

    /// Submits the text, all its parts in order. The id is that of the last part: it has the code
    /// line, and its receipt comes when the text is whole. A part that is throttled is tried once
    /// more after 0.5 to 2 s; what was written and not answered is [`FailureClass::MaybeSent`].
    ///
    /// Codes are the carrier's status, such as `0x00000058`, or one of `connect`,
    /// `connect_timeout`, `tls`, `bind_unanswered`, `link`, `timeout`, `dropped`, `deadline`, `paced`,
    /// `validity`, `text`.
    pub async fn submit(&self, submit: &Submit<'_>) -> Outcome {
        match timeout(self.timeouts.whole, self.parts(submit)).await {
            Ok(Ok(id)) => Outcome::Accepted { carrier_message_id: self.ids.of_response(&id) },
            Ok(Err(failure)) => failure.into(),
            Err(_) => {
                self.warm.doubt().await;
                Failure::new(FailureClass::MaybeSent, "deadline").into()
            }
        }
    }

    /// Unbinds, so that the carrier gives the bind free. The next text binds anew.
    pub async fn close(&self) {
        self.warm.close().await;
    }

    async fn parts(&self, submit: &Submit<'_>) -> Result<String, Failure> {
        let envelope = address(&self.envelope, submit)
            .ok_or_else(|| Failure::new(FailureClass::Expired, "validity"))?;
        let [reference] = self.random();
        let parts = fill(&envelope, self.form, submit.text, reference)
            .ok_or_else(|| Failure::new(FailureClass::Configuration, "text"))?;
        let mut id = String::new();
        for part in parts {
            id = self.part(part).await?;
        }
        Ok(id)
    }

    /// Throttled by the carrier, a part gets one more turn, if there is one soon.
    async fn part(&self, part: SubmitSm) -> Result<String, Failure> {
        match self.once(part.clone()).await {
            Err(throttled) if throttled.class == FailureClass::Throttled => {
                match self.once(part).await {
                    Err(again) if again.code == PACED => Err(throttled),
                    outcome => outcome,
                }
            }
            outcome => outcome,
        }
    }

    async fn once(&self, part: SubmitSm) -> Result<String, Failure> {
        let room = self.window.acquire().await;
        let wait = self.pace(|pace| pace.turn(self.clock.now()));
        sleep(wait.ok_or_else(|| Failure::new(FailureClass::Throttled, PACED))?).await;
        let link = self.warm.link().await?;
        let sent = self.clock.now();
        let answer = link.ask(Pdu::SubmitSm(part), self.timeouts.answer).await;
        drop(room);
        match answer {
            Ok(answer) => {
                self.warm.heard().await;
                self.judge(answer.status, sent)?;
                Ok(answer.first_text())
            }
            Err(silence) => {
                self.warm.doubt().await;
                Err(unanswered(silence))
            }
        }
    }

    /// Adapts the pace to the carrier's answer.
    fn judge(&self, status: u32, sent: Timestamp) -> Result<(), Failure> {
        if status == 0 {
            self.pace(Pace::took);
            return Ok(());
        }
        let failure = Failure::status(status);
        if failure.class == FailureClass::Throttled {
            let (least, spread) = PAUSE;
            let by_chance =
                u64::from(u16::from_be_bytes(self.random())) * spread / u64::from(u16::MAX);
            let pause = Duration::from_millis(least + by_chance);
            self.pace(|pace| pace.throttled(sent, self.clock.now(), pause));
        }
        Err(failure)
    }

    fn pace<T>(&self, with: impl FnOnce(&mut Pace) -> T) -> T {
        with(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.chance.fill(&mut bytes);
        bytes
    }
}

fn unanswered(silence: Silence) -> Failure {
    let (class, code) = match silence {
        Silence::NotWritten => (FailureClass::CarrierDown, "link"),
        Silence::TimedOut => (FailureClass::MaybeSent, "timeout"),
        Silence::Ended => (FailureClass::MaybeSent, "dropped"),
    };
    Failure::new(class, code)
}
