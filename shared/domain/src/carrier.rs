//! Carriers: who delivers, and what their answers mean.

use jiff::SignedDuration;

use crate::{access::names, id::MessageId, phone::PhoneNumber};

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
    }
);

impl CarrierName {
    /// Whether live mode refuses it.
    #[must_use]
    pub const fn is_sandbox(self) -> bool {
        matches!(self, Self::Sandbox | Self::Sandbox2)
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

/// A text on its way to a carrier. Both number and text are in clear: it is never stored.
#[derive(Clone)]
pub struct Outgoing {
    /// Our id, which the carrier echoes where it can.
    pub message: MessageId,
    /// The store and mode, for the carrier's echo.
    pub scope: (crate::id::StoreId, crate::Mode),
    /// Who gets it.
    pub to: PhoneNumber,
    /// What they read.
    pub text: String,
    /// How long the carrier may try: the code's remaining life.
    pub validity: SignedDuration,
    /// Which of a route's carriers is asked.
    pub carrier: CarrierName,
    /// How often this carrier was asked, this time included.
    pub take: u8,
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
