//! What of our own traffic the carriers' health gets to see.
//!
//! The writes that a message needs anyway carry it, so that health costs a text no call. Nothing
//! of test mode is seen, nothing of calls, and nothing of what was never handed to a carrier.

use jiff::Timestamp;

use crate::{
    carrier::{CarrierName, FailureClass, Outcome},
    health::{FUSED, Observation, Seen},
    id::{SignupId, StoreId},
    message::{Happening, MessageStatus},
    phone::Region,
};

/// Something that a write tells health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noticed {
    /// This.
    Seen(Observation),
    /// A code was typed whose first text was drawn: what became of that text is to be read.
    Typed(Typed),
}

/// A code that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// Whose sign-up.
    pub store: StoreId,
    /// Which one.
    pub signup: SignupId,
    /// The carrier that was drawn for its text.
    pub carrier: CarrierName,
    /// Where the number is.
    pub region: Region,
    /// When.
    pub at: Timestamp,
}

/// What is stored of a text: enough for health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which carrier of the route was the last at it.
    pub leg: u8,
    /// What happened, in order.
    pub history: Vec<Happening>,
}

/// A live text that was handed to a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Who was asked.
    pub carrier: CarrierName,
    /// Where the number is.
    pub region: Region,
    /// When it answered.
    pub at: Timestamp,
    /// Whether chance chose the carrier, for the first try of the text.
    pub drawn: bool,
    /// Whether it went by an account of the store's own.
    pub own_account: bool,
}

impl Asked {
    /// What the answer says of the carrier. What is wrong with a store's own account, and what a
    /// fuse said instead of the carrier, says nothing of it.
    #[must_use]
    pub fn answered(self, outcome: &Outcome) -> Option<Observation> {
        let Self { carrier, region, at, drawn, own_account } = self;
        let what = match outcome {
            Outcome::Accepted { .. } => Seen::Accepted { drawn },
            Outcome::Failed { code, .. } if code == FUSED => return None,
            Outcome::Failed { class: FailureClass::Configuration, .. } if own_account => {
                return None;
            }
            Outcome::Failed { class, .. } => Seen::Refused { class: *class, drawn },
        };
        Some(Observation { carrier, region, sent_at: at, what })
    }
}

/// What the newest line of a text's history says of its carrier, if a receipt or a timer wrote it.
/// A receipt may come before its send is recorded: then it came at once.
#[must_use]
pub fn reported(region: Region, history: &[Happening]) -> Option<Observation> {
    let (newest, before) = history.split_last()?;
    let carrier = newest.carrier?;
    let taken = taken(carrier, before);
    let sent_at = taken.unwrap_or(newest.at).min(newest.at);
    let after = newest.at.duration_since(sent_at);
    let class = newest.class.unwrap_or(FailureClass::Unknown);
    let what = match newest.status {
        MessageStatus::Delivered => Seen::Delivered { after },
        MessageStatus::Undelivered | MessageStatus::Failed | MessageStatus::Expired => {
            Seen::Undelivered { class, after }
        }
        // A timer left the carrier. One that never had the text is not to blame.
        MessageStatus::Queued if taken.is_some() => Seen::Undelivered { class, after },
        MessageStatus::Queued
        | MessageStatus::Sending
        | MessageStatus::Sent
        | MessageStatus::Unknown => return None,
    };
    Some(Observation { carrier, region, sent_at, what })
}

impl Typed {
    /// What a typed code says of the carrier that was drawn: only if it took the text, and the
    /// text was left to it. With another carrier's help, nobody knows whose text was read.
    #[must_use]
    pub fn of(&self, text: &Told) -> Option<Observation> {
        let sent_at = taken(self.carrier, &text.history).filter(|_| text.leg == 0)?;
        let after = self.at.duration_since(sent_at);
        let what = Seen::Verified { after };
        Some(Observation { carrier: self.carrier, region: self.region, sent_at, what })
    }
}

/// When the carrier took the text.
fn taken(carrier: CarrierName, history: &[Happening]) -> Option<Timestamp> {
    let took = |line: &&Happening| {
        line.status == MessageStatus::Sent && line.class.is_none() && line.carrier == Some(carrier)
    };
    history.iter().rev().find(took).map(|line| line.at)
}
