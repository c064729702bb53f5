//! One bind that outlives invocations. Between them the process is frozen: no timer runs, and the
//! carrier may have hung up unnoticed. So what counts is the wall clock at the next use.

use std::{sync::Arc, time::Duration};

use doorstep_domain::{carrier::FailureClass, ports::Clock};
use jiff::Timestamp;
use rusmpp::{
    Pdu,
    pdus::{BindReceiver, BindTransmitter},
    types::COctetString,
    values::InterfaceVersion,
};
use tokio::{
    sync::{Mutex, mpsc},
    time::timeout,
};

use crate::{
    dial::{Closed, Dial, Door},
    frame::Frame,
    link::Link,
    pace::later,
    settings::{Settings, SettingsError, Timeouts},
    status::Failure,
    submit::text,
};

/// How long to leave a carrier alone after a bind that failed: the first time, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(1));

/// Opens binds of one kind.
pub(crate) struct Binder<D> {
    door: Door<D>,
    request: Pdu,
    timeouts: Timeouts,
}

impl<D: Dial> Binder<D> {
    pub(crate) fn transmitter(dial: D, settings: &Settings) -> Result<Self, SettingsError> {
        let (system_id, password, system_type) = credentials(settings)?;
        let request = BindTransmitter::builder()
            .system_id(system_id)
            .password(password)
            .system_type(system_type)
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        Self::new(dial, settings, request.into())
    }

    pub(crate) fn receiver(dial: D, settings: &Settings) -> Result<Self, SettingsError> {
        let (system_id, password, system_type) = credentials(settings)?;
        let request = BindReceiver::builder()
            .system_id(system_id)
            .password(password)
            .system_type(system_type)
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        Self::new(dial, settings, request.into())
    }

    fn new(dial: D, settings: &Settings, request: Pdu) -> Result<Self, SettingsError> {
        Ok(Self { door: Door::new(dial, settings)?, request, timeouts: settings.timeouts })
    }

    /// Connects and binds. Nothing was sent when it fails.
    pub(crate) async fn bind(
        &self,
        deliveries: Option<mpsc::Sender<Frame>>,
    ) -> Result<Link, Failure> {
        let stream = match timeout(self.timeouts.connect, self.door.open()).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(Closed::Tls)) => return Err(Failure::new(FailureClass::Configuration, "tls")),
            Ok(Err(Closed::Connect)) => {
                return Err(Failure::new(FailureClass::CarrierDown, "connect"));
            }
            Err(_) => return Err(Failure::new(FailureClass::CarrierDown, "connect_timeout")),
        };
        let link = Link::over(stream, deliveries);
        match link.ask(self.request.clone(), self.timeouts.answer).await {
            Ok(answer) if answer.status == 0 => Ok(link),
            Ok(answer) => Err(Failure::status(answer.status)),
            Err(_) => Err(Failure::new(FailureClass::CarrierDown, "bind_unanswered")),
        }
    }
}

type Credentials = (COctetString<1, 16>, COctetString<1, 9>, COctetString<1, 13>);

fn credentials(settings: &Settings) -> Result<Credentials, SettingsError> {
    Ok((
        text(&settings.system_id).ok_or(SettingsError::SystemId)?,
        text(settings.password.expose()).ok_or(SettingsError::Password)?,
        text(&settings.system_type).ok_or(SettingsError::SystemType)?,
    ))
}

/// The warm bind.
pub(crate) struct Warm<D> {
    binder: Binder<D>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    link: Option<Arc<Link>>,
    /// When the carrier was last heard on it.
    heard: Option<Timestamp>,
    /// The last bind that failed: why, until when to leave the carrier alone, and for how long.
    failed: Option<(Failure, Timestamp, Duration)>,
}

impl<D: Dial> Warm<D> {
    pub(crate) fn new(binder: Binder<D>, clock: Arc<dyn Clock>) -> Self {
        Self { binder, clock, state: Mutex::default() }
    }

    /// A link that is alive: the one at hand if somebody was heard on it lately or answers now,
    /// else a new one. While the carrier is left alone, the last failure again.
    pub(crate) async fn link(&self) -> Result<Arc<Link>, Failure> {
        let mut state = self.state.lock().await;
        if let Some(link) = self.alive(&mut state).await {
            return Ok(link);
        }
        if let Some((failure, until, _)) = &state.failed
            && self.clock.now() < *until
        {
            return Err(failure.clone());
        }
        match self.binder.bind(None).await {
            Ok(link) => {
                let link = Arc::new(link);
                let heard = Some(self.clock.now());
                *state = State { link: Some(Arc::clone(&link)), heard, failed: None };
                Ok(link)
            }
            Err(failure) => {
                let (first, most) = BACKOFF;
                let pause = state.failed.take().map_or(first, |(_, _, pause)| most.min(pause * 2));
                let until = later(self.clock.now(), pause);
                state.failed = Some((failure.clone(), until, pause));
                Err(failure)
            }
        }
    }

    /// The link at hand, if it still is one.
    async fn alive(&self, state: &mut State) -> Option<Arc<Link>> {
        let link = state.link.take().filter(|link| !link.has_ended())?;
        let timeouts = &self.binder.timeouts;
        let trusted = state.heard.map(|heard| later(heard, timeouts.idle));
        if trusted.is_none_or(|until| self.clock.now() > until) {
            link.ask(Pdu::EnquireLink, timeouts.enquire).await.ok()?;
            state.heard = Some(self.clock.now());
        }
        state.link = Some(Arc::clone(&link));
        Some(link)
    }

    /// The carrier answered on this link.
    pub(crate) async fn heard(&self) {
        self.state.lock().await.heard = Some(self.clock.now());
    }

    /// It did not: the next use asks first.
    pub(crate) async fn doubt(&self) {
        self.state.lock().await.heard = None;
    }

    /// Takes leave.
    pub(crate) async fn close(&self) {
        let link = self.state.lock().await.link.take();
        if let Some(link) = link {
            link.unbind(self.binder.timeouts.enquire).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direct, Endpoint, Password, Source};

    fn settings(system_id: &str, password: &str) -> Settings {
        let endpoint = Endpoint::parse("smpp://127.0.0.1").unwrap();
        let password = Password::new(password.to_owned());
        Settings::new(endpoint, system_id.to_owned(), password, Source::parse("Shop").unwrap())
    }

    #[test]
    fn credentials_that_smpp_has_no_room_for_are_refused() {
        let refused = |settings: &Settings| Binder::transmitter(Direct, settings).err();
        assert_eq!(refused(&settings("shop", "12345678")), None);
        assert_eq!(refused(&settings("shop", "123456789")), Some(SettingsError::Password));
        assert_eq!(refused(&settings("sixteen-letters!", "x")), Some(SettingsError::SystemId));
        let odd = Settings { system_type: "é".to_owned(), ..settings("shop", "x") };
        assert_eq!(refused(&odd), Some(SettingsError::SystemType));
    }
}
