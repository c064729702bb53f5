#![doc = include_str!("../README.md")]

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

use doorstep_domain::{
    carrier::{FailureClass, Outcome, Outgoing},
    ports::{Carrier, Chance, Clock},
    usage::Meter,
};
use doorstep_smpp::{Dial, Endpoint, Settings, SettingsError, Source, Submit, Transmitter};

/// A carrier that speaks SMPP, with a warm bind for each account.
pub struct SmppCarrier<D, S> {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// Opens connections.
    pub dial: D,
    /// How many instances share the contract's window and rate.
    pub instances: NonZeroU32,
    /// Clock and chance.
    pub system: S,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
    /// The transmitters, by account.
    pub warm: Binds<D>,
}

/// Transmitters that outlive an invocation.
pub struct Binds<D>(Mutex<HashMap<String, Bind<D>>>);

impl<D> Default for Binds<D> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

struct Bind<D> {
    settings: Settings,
    transmitter: Arc<Transmitter<D>>,
}

/// Why a text cannot be handed over at all; a stable code.
struct Unfit(String);

impl From<SettingsError> for Unfit {
    fn from(why: SettingsError) -> Self {
        Self(match why {
            SettingsError::Field(name) => format!("account_{name}"),
            SettingsError::SystemId => "account_id".to_owned(),
            SettingsError::Source => "sender".to_owned(),
            SettingsError::Password => "account_password".to_owned(),
            SettingsError::SystemType => "account_system_type".to_owned(),
            SettingsError::Roots => "account_ca_pem".to_owned(),
            SettingsError::Endpoint => "endpoint".to_owned(),
        })
    }
}

impl<D: Dial + Copy, S: Clock + Chance + Copy + 'static> Carrier for SmppCarrier<D, S> {
    async fn send(&self, text: &Outgoing) -> Outcome {
        let handed = self.hand_over(text).await;
        handed.unwrap_or_else(|Unfit(code)| Outcome::Failed {
            class: FailureClass::Configuration,
            code,
        })
    }
}

impl<D: Dial + Copy, S: Clock + Chance + Copy + 'static> SmppCarrier<D, S> {
    async fn hand_over(&self, text: &Outgoing) -> Result<Outcome, Unfit> {
        let account = text.account.as_deref().ok_or_else(|| Unfit("no_account".to_owned()))?;
        let from = text.sender.as_deref().map(Source::parse).transpose()?;
        let submit = Submit::of(text, from.as_ref()).ok_or_else(|| Unfit("no_calls".to_owned()))?;
        let settings = Settings::of(account, self.endpoint.clone())?.shared_by(self.instances);
        let (transmitter, former) = self.transmitter(&account.id, settings)?;
        if let Some(former) = former {
            former.close().await;
        }
        self.meter.call("smpp.submit_sm");
        self.meter.attempt("smpp.submit_sm");
        Ok(transmitter.submit(&submit).await)
    }

    /// The account's transmitter, and the one in whose place it comes.
    #[expect(clippy::type_complexity, reason = "two of the same")]
    fn transmitter(
        &self,
        account: &str,
        settings: Settings,
    ) -> Result<(Arc<Transmitter<D>>, Option<Arc<Transmitter<D>>>), SettingsError> {
        let mut binds = self.warm.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bind) = binds.get(account).filter(|bind| bind.settings == settings) {
            return Ok((Arc::clone(&bind.transmitter), None));
        }
        let (clock, chance) = (Arc::new(self.system), Arc::new(self.system));
        let transmitter = Arc::new(Transmitter::new(&settings, self.dial, clock, chance)?);
        let bind = Bind { settings, transmitter: Arc::clone(&transmitter) };
        let former = binds.insert(account.to_owned(), bind);
        Ok((transmitter, former.map(|bind| bind.transmitter)))
    }
}
