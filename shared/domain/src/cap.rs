//! How much marketing one number gets. No law gives a figure; too much of it is why people leave.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault,
    id::MessageId,
    keys::{DataKeys, PhoneIndex},
    ports::Phones,
};

/// How often others may be faster.
const ROUNDS: usize = 16;

/// So many marketing texts in so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrequencyCap {
    /// 1 to [`Self::MOST`].
    pub texts: u8,
    /// 1 to 31, in any window of 24 hours times this.
    pub days: u8,
}

impl FrequencyCap {
    /// What holds where a store sets nothing.
    pub const USUAL: Self = Self { texts: 4, days: 7 };
    /// The most texts that a cap may allow: so many are remembered.
    pub const MOST: u8 = 40;

    fn window(self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.days))
    }
}

/// A marketing text, and when it goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub message: MessageId,
    /// When, to the millisecond.
    pub at: Timestamp,
}

/// Counts a text against the cap of its number, once however often it is asked. When it is too
/// many, from when on there is room.
///
/// # Errors
/// When a port is broken, or contended for too long: then nothing goes out.
pub(crate) async fn count(
    ports: &impl Phones,
    (keys, phone): (&DataKeys, &PhoneIndex),
    (text, now): (Planned, Timestamp),
    cap: FrequencyCap,
) -> Result<Result<(), Timestamp>, Fault> {
    for _ in 0..ROUNDS {
        let known = ports.find(keys, phone).await?.marketing;
        if known.iter().any(|planned| planned.message == text.message) {
            return Ok(Ok(()));
        }
        let window = cap.window();
        // A text for next week must not forget those of today.
        let mut kept: Vec<_> = known.iter().filter(|it| it.at > now - window).copied().collect();
        let is_near = |it: &&Planned| it.at > text.at - window && it.at < text.at + window;
        let mut near: Vec<_> = kept.iter().filter(is_near).collect();
        if near.len() >= usize::from(cap.texts) {
            near.sort_by_key(|it| it.at);
            let frees = near[near.len() - usize::from(cap.texts)].at + window;
            return Ok(Err(frees));
        }
        kept.push(text);
        kept.sort_by_key(|it| it.at);
        if ports.plan(keys, phone, (&known, &kept)).await? {
            return Ok(Ok(()));
        }
    }
    Err(Fault::new("count a marketing text", "contended"))
}
