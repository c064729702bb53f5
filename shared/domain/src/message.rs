//! Messages, and what carriers said became of them.

use jiff::Timestamp;

use crate::{
    access::names,
    carrier::{CarrierName, FailureClass},
    id::{MessageId, SignupId},
};

names!(
    /// What became of a message. It goes up in rank only.
    MessageStatus {
        /// Waits for a sender.
        Queued = "queued",
        /// A sender has claimed it.
        Sending = "sending",
        /// A carrier has it.
        Sent = "sent",
        /// No word from the carrier; not final.
        Unknown = "unknown",
        /// On the handset.
        Delivered = "delivered",
        /// The carrier gave up.
        Undelivered = "undelivered",
        /// No carrier took it.
        Failed = "failed",
        /// Its validity ended first.
        Expired = "expired",
    }
);

impl MessageStatus {
    /// Its rank: a receipt never lowers it, and the last four are final.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sending => 1,
            Self::Sent => 2,
            Self::Unknown => 3,
            Self::Delivered | Self::Undelivered | Self::Failed | Self::Expired => 4,
        }
    }

    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.rank() == 4
    }
}

/// One line of a message's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// What it became.
    pub status: MessageStatus,
    /// When.
    pub at: Timestamp,
    /// By which carrier.
    pub carrier: Option<CarrierName>,
    /// What kind of failure, if one.
    pub class: Option<FailureClass>,
    /// The carrier's own code.
    pub code: Option<String>,
}

/// One text to one number. It exists from the first claim on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Derived from the sign-up.
    pub id: MessageId,
    /// Whose code it carries.
    pub signup: SignupId,
    /// What became of it.
    pub status: MessageStatus,
    /// Which carrier of the route is at it, from 0.
    pub leg: u8,
    /// How often that carrier was asked.
    pub take: u8,
    /// What happened, in order.
    pub history: Vec<Happening>,
}

/// A sender's wish to hand a message to a carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The message.
    pub id: MessageId,
    /// Its sign-up.
    pub signup: SignupId,
    /// Which carrier of the route.
    pub leg: u8,
    /// That carrier.
    pub carrier: CarrierName,
    /// Now.
    pub at: Timestamp,
    /// When another sender may take it for dead.
    pub until: Timestamp,
    /// The trace that it belongs to, W3C `traceparent`.
    pub trace: String,
}

/// The answer of [`Messages::claim`](crate::ports::Messages::claim).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is ours until the claim ends.
    Yes(Message),
    /// Another sender has it.
    Held,
    /// Its carrier has it, it moved on, or it is final: nothing to do.
    Done,
}

/// What follows from a carrier's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The carrier has it.
    Sent {
        /// The carrier's id.
        carrier_message_id: String,
        /// What happened.
        happening: Happening,
    },
    /// Back to waiting for the same carrier.
    Again(Happening),
    /// On to the next carrier: the write carries the event.
    NextCarrier {
        /// What happened.
        happening: Happening,
        /// Who is next.
        carrier: CarrierName,
    },
    /// It ends here.
    End(Happening),
}

/// What a carrier said became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReceipt {
    /// What happened.
    pub happening: Happening,
}

impl DeliveryReceipt {
    /// Whether the text is on the handset, whichever carrier brought it there.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.happening.status == MessageStatus::Delivered
    }
}

/// The answer of [`Messages::receive`](crate::ports::Messages::receive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptTaken {
    /// The status moved.
    Applied,
    /// A duplicate, or overtaken by a higher rank: nothing changed.
    Ignored,
    /// No such message yet: the receipt has to come again.
    NotYet,
}
