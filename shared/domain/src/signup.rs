//! A sign-up from request to outcome.

use jiff::{SignedDuration, Timestamp};

use crate::{
    access::{Kind, names},
    carrier::{CarrierName, Channel},
    code::CodeSeed,
    consent::ConsentAsked,
    guard::Rule,
    id::{SignupId, UserId},
    keys::{ExternalIndex, Fingerprint, PhoneIndex, RequestKey, SourceIndex},
    phone::PhoneNumber,
    tries::{self, PhoneRecord, Try},
    user::Customer,
};

/// How long a code is valid. NIST SP 800-63B-4 §3.1.3.2: at most 10 minutes.
pub const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// What must be left of it when a text goes out.
pub const LAST_SEND: SignedDuration = SignedDuration::from_secs(60);
/// Pauses before the first, second and any later resend.
const PAUSES: [i64; 3] = [30, 60, 120];
/// Carriers that one hand-over asks: the first, and one failover within the code's life.
pub const AUTOMATIC: usize = 2;
/// Resends of one sign-up.
pub const RESENDS: usize = 3;
/// Resends of a test-mode sign-up whose call does not ask for limits: what an id has room for,
/// beside the first text and the welcome.
pub const RESENDS_IN_TESTS: usize = 14;

names!(
    /// What a verified number is for.
    Purpose {
        /// A new customer.
        Registration = "registration",
        /// A customer who comes back.
        Login = "login",
        /// An order.
        Checkout = "checkout",
    }
);

names!(
    /// How a number is proven.
    Method {
        /// By six digits, typed where the sign-up was started.
        Code = "code",
        /// By a link, opened on the phone.
        Link = "link",
    }
);

/// The one try of a link's match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// When.
    pub at: Timestamp,
    /// The digits that took it, under the store's keyed HMAC.
    pub what: Fingerprint,
}

/// Where a sign-up came from. The address is a network: /24 of IPv4, /48 of IPv6.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The network the shopper came from.
    pub ip_network: Option<String>,
    /// Where the form was shown.
    pub page_url: Option<String>,
    /// The shop's session.
    pub session_id: Option<String>,
    /// The kind of device, in the shop's words.
    pub device: Option<String>,
    /// The region of the shop, in its words.
    pub region: Option<String>,
}

/// One hand-over to the senders: the first text or a resend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// When it was asked for.
    pub at: Timestamp,
    /// The request that asked for it, so that its repetition finds it; the first has none, as the
    /// sign-up's id is derived from its request.
    pub request: Option<(RequestKey, Fingerprint)>,
    /// A text or a call.
    pub channel: Channel,
}

/// What became of a sign-up, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for the code.
    Pending,
    /// The number is proven.
    Verified {
        /// When.
        at: Timestamp,
        /// Whose it is.
        user: UserId,
        /// How many tries it took.
        tries: u8,
    },
    /// No tries left. Codes are closed; a link is not.
    Locked {
        /// When.
        at: Timestamp,
    },
}

names!(
    /// What became of a sign-up, as the shop sees it.
    SignupStatus {
        /// Waits for the code.
        Pending = "pending",
        /// The number is proven.
        Verified = "verified",
        /// Ten minutes have passed.
        Expired = "expired",
        /// No tries left.
        Locked = "locked",
        /// No carrier could deliver, and no call is to come.
        Failed = "failed",
    }
);

/// A sign-up.
#[derive(Debug, Clone)]
pub struct RegistrationAttempt {
    /// Derived from the request's idempotency key.
    pub id: SignupId,
    /// The request's body, so that another body under the same key is noticed.
    pub body: Fingerprint,
    /// The number to prove.
    pub phone: PhoneNumber,
    /// Its index.
    pub phone_index: PhoneIndex,
    /// The shop's own customer id, as an index.
    pub external_index: Option<ExternalIndex>,
    /// What the shop told of the shopper.
    pub customer: Customer,
    /// What the number is for.
    pub purpose: Purpose,
    /// A code or a link.
    pub method: Method,
    /// Where a confirmed link leads back to.
    pub return_url: Option<String>,
    /// The shopper's language, BCP 47.
    pub locale: String,
    /// What the shopper ticked.
    pub consents: Vec<ConsentAsked>,
    /// Where it came from.
    pub context: Context,
    /// The address that asked, under the store's keyed HMAC.
    pub source: Option<SourceIndex>,
    /// What the guards said against it, and how many points it had for that.
    pub reasons: Vec<(Rule, u32)>,
    /// The shop's own notes, name and value.
    pub metadata: Vec<(String, String)>,
    /// What the code is made from.
    pub seed: CodeSeed,
    /// Which kind of key started it: a browser must show its attempt secret.
    pub started_by: Kind,
    /// The carriers to try, in order.
    pub route: Vec<CarrierName>,
    /// Whether chance chose the first of them, by the carriers' health.
    pub drawn: bool,
    /// The hand-overs so far; never empty.
    pub sends: Vec<Send>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When its code ends. It never moves.
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: State,
    /// The try of its match, if it is a link and somebody tried.
    pub tried: Option<Tried>,
    /// The trace that it belongs to, W3C `traceparent`.
    pub trace: String,
}

/// The answer of [`Attempts::create`](crate::ports::Attempts::create).
#[derive(Debug)]
pub enum Created {
    /// It is new.
    New,
    /// It was there, and stays as it was.
    Exists(Box<RegistrationAttempt>),
}

impl RegistrationAttempt {
    /// When a resend is allowed after `sends` hand-overs, the last of them at `at`.
    #[must_use]
    pub fn resend_after(sends: usize, at: Timestamp) -> Timestamp {
        let pause = PAUSES[sends.saturating_sub(1).min(PAUSES.len() - 1)];
        at + SignedDuration::from_secs(pause)
    }

    /// When the next resend is allowed.
    #[must_use]
    pub fn next_resend(&self) -> Timestamp {
        let last = self.sends.last().map_or(self.created_at, |send| send.at);
        Self::resend_after(self.sends.len(), last)
    }

    /// How many tries its code has left.
    #[must_use]
    pub fn attempts_remaining(&self, phone: &PhoneRecord) -> u8 {
        match self.state {
            State::Pending => tries::PER_SIGNUP.saturating_sub(phone.tries_of(self.id)),
            State::Verified { .. } | State::Locked { .. } => 0,
        }
    }

    /// How many of its tries this record may hold: five, and five more once verified. The try that
    /// verified it is among them until it is settled away.
    #[must_use]
    pub fn try_limit(&self, phone: &PhoneRecord) -> u8 {
        match self.state {
            State::Verified { at, tries, .. } => {
                let success = Try { signup: self.id, at };
                let settled = u8::from(!phone.tries.contains(&success));
                tries.saturating_add(tries::PER_SIGNUP) - settled
            }
            State::Pending | State::Locked { .. } => tries::PER_SIGNUP,
        }
    }

    /// The sign-up as it was after so many hand-overs: what the request that asked for the last of
    /// them was answered.
    #[must_use]
    pub fn as_of(mut self, sends: usize) -> Self {
        self.sends.truncate(sends);
        self.state = State::Pending;
        self.tried = None;
        self
    }

    /// The carriers for its `send`th hand-over, in order: every resend begins with another one,
    /// and two are asked without being told to. A call goes by carriers that make calls.
    #[must_use]
    pub fn route_of(&self, send: u8) -> Vec<CarrierName> {
        let channel = self.sends.get(usize::from(send)).map_or(Channel::Sms, |send| send.channel);
        let able = |carrier: &&CarrierName| channel == Channel::Sms || carrier.calls();
        let mut route: Vec<_> = self.route.iter().filter(able).copied().collect();
        let turns = usize::from(send) % route.len().max(1);
        route.rotate_left(turns);
        route.truncate(AUTOMATIC);
        route
    }

    /// The carrier that chance chose for its first text, as long as there is no other text whose
    /// code could have been typed.
    #[must_use]
    pub fn drawn_carrier(&self) -> Option<CarrierName> {
        let texted = matches!(self.sends[..], [Send { channel: Channel::Sms, .. }]);
        self.route.first().copied().filter(|_| self.drawn && texted)
    }

    /// The number of the newest hand-over, from 0.
    #[must_use]
    pub fn newest_send(&self) -> u8 {
        u8::try_from(self.sends.len().saturating_sub(1)).unwrap_or(u8::MAX)
    }
}
