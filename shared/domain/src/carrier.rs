//! Carriers: who delivers, and what their answers mean.

mod fields;
mod fraud;

use jiff::SignedDuration;

use crate::{access::names, id::MessageId, phone::PhoneNumber};

pub use fields::{Field, Values, fields, longest_id};
pub use fraud::is_fraud;

names!(
    /// A carrier.
    CarrierName {
        /// Test mode: delivers nothing, and plays the outcome that the number asks for.
        Sandbox = "sandbox",
        /// Test mode's second carrier.
        Sandbox2 = "sandbox-2",
        /// AWS End User Messaging, SMS and Voice v2.
        Eum = "eum",
        /// SNS `Publish`: no validity, no receipts; for local stacks and tests.
        Sns = "sns",
        /// Twilio: Messages and Calls.
        Twilio = "twilio",
        /// Vonage: the SMS API.
        Vonage = "vonage",
        /// Any carrier with a plain HTTP interface, described by its account's `shape`.
        Http = "http",
        /// Any carrier that speaks SMPP 3.4.
        Smpp = "smpp",
    }
);

impl CarrierName {
    /// Whether live mode refuses it.
    #[must_use]
    pub const fn is_sandbox(self) -> bool {
        matches!(self, Self::Sandbox | Self::Sandbox2)
    }

    /// Whether it needs an [`Account`] of the store or the deployment. The others are the
    /// deployment's own, by the roles of its functions.
    #[must_use]
    pub const fn needs_account(self) -> bool {
        matches!(self, Self::Twilio | Self::Vonage | Self::Http | Self::Smpp)
    }

    /// Whether it says later what became of a message. The silence of one that does means
    /// something.
    #[must_use]
    pub const fn reports(self) -> bool {
        !matches!(self, Self::Sns)
    }

    /// Whether its silence means something: it reports within seconds. Test mode's carriers play
    /// silence and delay as outcomes of their own.
    #[must_use]
    pub const fn tells_soon(self) -> bool {
        self.reports() && !self.is_sandbox()
    }

    /// Whether it makes calls.
    #[must_use]
    pub const fn calls(self) -> bool {
        matches!(self, Self::Sandbox | Self::Sandbox2 | Self::Eum | Self::Twilio)
    }
}

names!(
    /// Why a text did not arrive. The class decides what happens next.
    FailureClass {
        /// The number does not exist.
        BadNumber = "bad_number",
        /// A landline.
        Landline = "landline",
        /// The shopper opted out at the carrier.
        OptedOut = "opted_out",
        /// Blocked as fraud, by country or by policy.
        Policy = "policy",
        /// Our sender, credentials or credit.
        Configuration = "configuration",
        /// Too many at once.
        Throttled = "throttled",
        /// The carrier is down.
        CarrierDown = "carrier_down",
        /// The handset is off or out of reach.
        HandsetAbsent = "handset_absent",
        /// The content was filtered.
        Content = "content",
        /// Its validity ended first.
        Expired = "expired",
        /// The carrier does not know.
        Unknown = "unknown",
        /// No answer after the request was written: maybe sent.
        MaybeSent = "maybe_sent",
    }
);

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The same carrier again, soon.
    Again,
    /// The next carrier now; the code is the same, so that a duplicate is harmless.
    NextCarrier,
    /// Nothing: another carrier would not help, or must not be asked.
    Stop,
}

impl FailureClass {
    /// The remedy for this class when a carrier was asked for the `take`th time.
    #[must_use]
    pub const fn remedy(self, take: u8) -> Remedy {
        match self {
            Self::Throttled if take < 3 => Remedy::Again,
            Self::Throttled
            | Self::Configuration
            | Self::CarrierDown
            | Self::Content
            | Self::Unknown
            | Self::MaybeSent => Remedy::NextCarrier,
            Self::BadNumber
            | Self::Landline
            | Self::OptedOut
            | Self::Policy
            | Self::HandsetAbsent
            | Self::Expired => Remedy::Stop,
        }
    }
}

names!(
    /// How a message reaches its shopper.
    Channel {
        /// A text.
        Sms = "sms",
        /// A call that reads the code.
        Voice = "voice",
    }
);

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// A text, as it stands on the screen.
    Text(String),
    /// A call.
    Call(Spoken),
}

/// What a call says. The code is read after a keypress only: it must not end on a voicemail.
#[derive(Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The language of the voice, BCP 47, such as `en-GB`.
    pub language: String,
    /// The voice at AWS (a Polly voice of that language).
    pub voice: String,
    /// What is said first: who calls, and that a key must be pressed.
    pub prompt: String,
    /// What is said then: the code, its digits apart from each other, twice.
    pub words: String,
}

impl std::fmt::Debug for Spoken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spoken({})", self.language)
    }
}

/// A carrier account of a store or of the deployment, opened. Its fields (credentials and the
/// like) are named by the carrier's adapter; none prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Which carrier.
    pub carrier: CarrierName,
    /// The carrier's own name of the account, such as Twilio's `AC…`: no secret. Unique in the
    /// deployment, as it stands in callback URLs.
    pub id: String,
    /// Whose it is: a store's, or [`Store::DEPLOYMENT`](crate::store::Store::DEPLOYMENT).
    pub owner: crate::id::StoreId,
    fields: std::collections::BTreeMap<String, String>,
}

impl Account {
    /// An account with these fields.
    #[must_use]
    pub fn new(
        carrier: CarrierName,
        id: String,
        owner: crate::id::StoreId,
        fields: std::collections::BTreeMap<String, String>,
    ) -> Self {
        Self { carrier, id, owner, fields }
    }

    /// A field, such as `auth_token`. The one way out: look for its callers when reviewing.
    #[must_use]
    pub fn expose(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({} of {})", self.carrier.as_str(), self.owner)
    }
}

/// A message on its way to a carrier. Both number and content are in clear: it is never stored.
#[derive(Clone)]
pub struct Outgoing {
    /// Our id, which the carrier echoes where it can.
    pub message: MessageId,
    /// The store and mode, for the carrier's echo.
    pub scope: (crate::id::StoreId, crate::Mode),
    /// Who gets it.
    pub to: PhoneNumber,
    /// What they read or hear.
    pub content: Content,
    /// The store's sender id, if it has one; else the account's own.
    pub sender: Option<String>,
    /// The account to send by, for carriers that need one.
    pub account: Option<std::sync::Arc<Account>>,
    /// How long the carrier may try: the code's remaining life.
    pub validity: SignedDuration,
    /// Which of a route's carriers is asked.
    pub carrier: CarrierName,
    /// How often this carrier was asked, this time included.
    pub take: u8,
    /// The trace that the call belongs to, W3C `traceparent`. SNS has no place for it, nor has SMPP.
    pub trace: String,
}

impl Outgoing {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Call(_) => None,
        }
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({} to {:?} by {})", self.message, self.to, self.carrier.as_str())
    }
}

/// What a carrier answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It took the text, under this id of its own.
    Accepted {
        /// The carrier's id.
        carrier_message_id: String,
    },
    /// It did not, or nobody knows.
    Failed {
        /// What kind of failure.
        class: FailureClass,
        /// The carrier's own stable code, never its text.
        code: String,
    },
}
