//! Messages, and what carriers said became of them.

use jiff::{SignedDuration, Timestamp};

use crate::{
    access::names,
    carrier::{CarrierName, Channel, FailureClass},
    id::{MessageId, SignupId, UserId},
    keys::Fingerprint,
    money::Money,
    phone::{PhoneNumber, Region},
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

/// One text or call to one number. A sign-up's exists from its first claim on, a letter's from
/// the request on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Derived from the sign-up, or from the letter's request.
    pub id: MessageId,
    /// What it is about.
    pub about: About,
    /// A text or a call.
    pub channel: Channel,
    /// What became of it.
    pub status: MessageStatus,
    /// Which carrier of the route is at it, from 0.
    pub leg: u8,
    /// How often that carrier was asked.
    pub take: u8,
    /// What happened, in order.
    pub history: Vec<Happening>,
    /// What it cost, once a carrier told.
    pub price: Option<Money>,
}

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// It carries the code of this sign-up.
    Signup(SignupId),
    /// It says what the store wrote.
    Letter(Box<Letter>),
}

impl Message {
    /// How often this carrier said that it may be asked again, since the message last waited for
    /// its hour: what it did not take costs nothing.
    #[must_use]
    pub fn refusals(&self, carrier: CarrierName) -> usize {
        let waits = |line: &Happening| line.carrier.is_none();
        let since = self.history.rsplit(waits).next().unwrap_or_default();
        let refused = |line: &&Happening| {
            let again = line.status == MessageStatus::Queued && line.class.is_some();
            again && line.carrier == Some(carrier)
        };
        since.iter().filter(refused).count()
    }

    /// The sign-up whose code it carries.
    #[must_use]
    pub fn signup(&self) -> Option<SignupId> {
        match self.about {
            About::Signup(id) => Some(id),
            About::Letter(_) => None,
        }
    }

    /// When the last carrier gave it up, if one did.
    #[must_use]
    pub fn gave_up(&self) -> Option<Timestamp> {
        let over = matches!(self.status, MessageStatus::Failed | MessageStatus::Undelivered);
        let last = self.history.iter().rev().find(|happening| happening.status == self.status);
        last.filter(|_| over).map(|happening| happening.at)
    }
}

/// How long after its hour carriers may try a letter.
pub const LETTER_LIFE: SignedDuration = SignedDuration::from_hours(4);

/// A message of the store's own: a welcome, an order's news, marketing. Number and text are kept
/// sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who gets it.
    pub to: PhoneNumber,
    /// Whose number it is, if it was verified.
    pub user: Option<UserId>,
    /// `transactional`, or one of the store's marketing purposes.
    pub purpose: String,
    /// What they read.
    pub text: String,
    /// The request's body, so that another body under the same key is noticed.
    pub body: Fingerprint,
    /// The carriers to try, in order.
    pub route: Vec<CarrierName>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Not before this time.
    pub send_after: Option<Timestamp>,
    /// No carrier tries after this time.
    pub expires_at: Timestamp,
    /// The trace that it belongs to, W3C `traceparent`.
    pub trace: String,
    /// Whether its money was set aside when it was asked for; a sender does it for the others.
    pub counted: bool,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({} to {:?})", self.purpose, self.to)
    }
}

/// A sender's wish to hand a message to a carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The message.
    pub id: MessageId,
    /// Its sign-up; a letter is there already.
    pub signup: Option<SignupId>,
    /// A text or a call.
    pub channel: Channel,
    /// Which carrier of the route.
    pub leg: u8,
    /// That carrier.
    pub carrier: CarrierName,
    /// The carrier's account by which it goes: it alone may report on it.
    pub account: AccountRef,
    /// Where the number is, for the carriers' health.
    pub region: Region,
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
    /// A letter waits for its hour, and begins with its first carrier again: the write carries the
    /// event.
    Wait {
        /// What happened.
        happening: Happening,
        /// Until when.
        until: Timestamp,
        /// When no carrier tries any more.
        expires: Timestamp,
    },
    /// It ends here.
    End(Happening),
}

/// Names a carrier's account in the deployment, such as `twilio/AC…`; a carrier that needs no
/// account has one all the same, `eum/-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountRef(String);

impl AccountRef {
    /// The account of this carrier's own name, or its only one.
    #[must_use]
    pub fn new(carrier: CarrierName, account: Option<&str>) -> Self {
        Self(format!("{}/{}", carrier.as_str(), account.unwrap_or("-")))
    }

    /// As it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a carrier said became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReceipt {
    /// The account whose secret proved it: it changes only messages that went by that account.
    pub account: AccountRef,
    /// What happened.
    pub happening: Happening,
    /// What it cost, if the carrier told.
    pub price: Option<Money>,
}

/// A carrier's own id of a message: how a receipt without our id finds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CarrierMessageId {
    /// The account that it belongs to.
    pub account: AccountRef,
    /// The carrier's id.
    pub id: String,
}

/// The answer of [`Links::note_receipt`](crate::ports::Links::note_receipt).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linked {
    /// The message with this id.
    To(crate::id::StoreId, crate::Mode, MessageId),
    /// No send has told of it yet: the receipt is kept until one does.
    NotYet,
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
    Applied {
        /// Whether nobody had told what it cost before.
        priced: bool,
    },
    /// A duplicate, or overtaken by a higher rank: the status is as it was.
    Ignored {
        /// Whether nobody had told what it cost before.
        priced: bool,
    },
    /// Of an account that the message did not go by: nothing changed.
    Strange,
    /// No such message. It is claimed before its carrier is asked, so this one was erased or has had
    /// its time.
    Gone,
}
