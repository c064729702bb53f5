//! How many texts to a country were followed by the right code.
//!
//! Honest shoppers verify: what nobody verifies is what an attack looks like, from however many
//! addresses it comes. The measure, texts without a verification against what is usual, is that of
//! Authgear's fraud protection (its documentation); the numbers are chosen by our own simulation.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{
    pack::{Reader, Writer},
    window::Window,
};
use crate::Fault;

/// Hours that are kept: the last 24, and the one that has not quite left them.
const HOURS: usize = 25;
/// Days whose verifications tell what is usual, and today.
const DAYS: usize = 15;
/// Verifications of a day that tell what is usual.
const TELLING: u32 = 50;

/// Texts of one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hour {
    /// Which one.
    pub number: u32,
    /// Texts sent, or set aside to be sent.
    pub sent: u32,
    /// Of all texts, those verified in this hour.
    pub verified: u32,
}

/// Texts of one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Day {
    number: u32,
    texts: Tally,
}

/// A country's texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// The last hours, oldest first; hours without texts are left out.
    hours: VecDeque<Hour>,
    /// The last days, oldest first; days without texts are left out.
    days: VecDeque<Day>,
}

/// Texts of a while.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sent.
    pub sent: u32,
    /// Verified.
    pub verified: u32,
}

impl Tally {
    /// Texts that nobody verified.
    #[must_use]
    pub const fn unverified(self) -> u32 {
        self.sent.saturating_sub(self.verified)
    }
}

impl Traffic {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut traffic = Self::default();
        for _ in 0..reader.u8()? {
            let (number, sent, verified) = (reader.u32()?, reader.u32()?, reader.u32()?);
            traffic.hours.push_back(Hour { number, sent, verified });
        }
        for _ in 0..reader.u8()? {
            let number = reader.u32()?;
            let texts = Tally { sent: reader.u32()?, verified: reader.u32()? };
            traffic.days.push_back(Day { number, texts });
        }
        Ok(traffic)
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.bytes(&[u8::try_from(self.hours.len()).unwrap_or(u8::MAX)]);
        for hour in &self.hours {
            for number in [hour.number, hour.sent, hour.verified] {
                writer.bytes(&number.to_be_bytes());
            }
        }
        writer.bytes(&[u8::try_from(self.days.len()).unwrap_or(u8::MAX)]);
        for Day { number, texts } in &self.days {
            for number in [*number, texts.sent, texts.verified] {
                writer.bytes(&number.to_be_bytes());
            }
        }
    }

    /// Notes texts that are sent, or set aside to be.
    pub fn send(&mut self, texts: u32, at: Timestamp) {
        let hour = self.hour(at);
        hour.sent = hour.sent.saturating_add(texts);
        let day = self.day(at);
        day.sent = day.sent.saturating_add(texts);
    }

    /// Takes back texts that were set aside in the hour of `at` and not sent.
    pub fn unsend(&mut self, texts: u32, at: Timestamp) {
        let number = Window::Hour.number(at);
        if let Some(hour) = self.hours.iter_mut().find(|hour| hour.number == number) {
            hour.sent = hour.sent.saturating_sub(texts);
        }
        let number = Window::Day.number(at);
        if let Some(day) = self.days.iter_mut().find(|day| day.number == number) {
            day.texts.sent = day.texts.sent.saturating_sub(texts);
        }
    }

    /// Notes a verification.
    pub fn verify(&mut self, at: Timestamp) {
        self.hour(at).verified += 1;
        self.day(at).verified += 1;
    }

    /// The texts of the last hour: of this hour, and of the one before as much as still counts.
    #[must_use]
    pub fn last_hour(&self, at: Timestamp) -> Tally {
        self.sliding(at, 1)
    }

    /// The texts of the last 24 hours.
    #[must_use]
    pub fn last_day(&self, at: Timestamp) -> Tally {
        self.sliding(at, 24)
    }

    /// The most verifications of one of the last fourteen days and today.
    #[must_use]
    pub fn best_day(&self, at: Timestamp) -> u32 {
        let days = self.days(at);
        days.map(|day| day.texts.verified).max().unwrap_or_default()
    }

    /// How many texts are usually not verified, in percent of those that are: of the middle one of
    /// the days before today that had enough texts to tell; `None` when there were fewer than two.
    #[must_use]
    pub fn usual_share(&self, at: Timestamp) -> Option<u32> {
        let today = Window::Day.number(at);
        let telling =
            self.days(at).filter(|day| day.number < today && day.texts.verified >= TELLING);
        let share = |day: &Day| day.texts.unverified().saturating_mul(100) / day.texts.verified;
        let mut shares: Vec<_> = telling.map(share).collect();
        shares.sort_unstable();
        // Of an even number, the lower one.
        (shares.len() >= 2).then(|| shares[(shares.len() - 1) / 2])
    }

    fn days(&self, at: Timestamp) -> impl Iterator<Item = &Day> {
        let oldest = Window::Day.number(at).saturating_sub(14);
        self.days.iter().filter(move |day| day.number >= oldest)
    }

    fn sliding(&self, at: Timestamp, hours: u32) -> Tally {
        let now = Window::Hour.number(at);
        let left = u64::try_from(3_600 - at.as_second().rem_euclid(3_600)).unwrap_or_default();
        let mut tally = Tally::default();
        for hour in &self.hours {
            let part = |texts: u32| match now.saturating_sub(hour.number) {
                age if age < hours => texts,
                // Of the oldest hour as much as has not left the window.
                age if age == hours => {
                    u32::try_from(u64::from(texts) * left / 3_600).unwrap_or(texts)
                }
                _ => 0,
            };
            tally.sent = tally.sent.saturating_add(part(hour.sent));
            tally.verified = tally.verified.saturating_add(part(hour.verified));
        }
        tally
    }

    fn day(&mut self, at: Timestamp) -> &mut Tally {
        let number = Window::Day.number(at);
        if self.days.back().is_none_or(|newest| newest.number < number) {
            self.days.push_back(Day { number, ..Day::default() });
        }
        while self.days.len() > DAYS {
            self.days.pop_front();
        }
        &mut self.days.back_mut().expect("a day was put there").texts
    }

    fn hour(&mut self, at: Timestamp) -> &mut Hour {
        let number = Window::Hour.number(at);
        // Clocks of two functions may differ over the turn of an hour.
        if self.hours.back().is_none_or(|newest| newest.number < number) {
            self.hours.push_back(Hour { number, ..Hour::default() });
        }
        while self.hours.len() > HOURS {
            self.hours.pop_front();
        }
        self.hours.back_mut().expect("an hour was put there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    #[test]
    fn an_hour_slides() {
        let mut traffic = Traffic::default();
        traffic.send(60, at(30));
        traffic.verify(at(31));
        assert_eq!(traffic.last_hour(at(59)), Tally { sent: 60, verified: 1 });
        assert_eq!(traffic.last_hour(at(90)).sent, 30);
        assert_eq!(traffic.last_hour(at(120)).sent, 0);
        assert_eq!(traffic.last_day(at(120)).sent, 60);
        assert_eq!(traffic.last_day(at(26 * 60)).sent, 0);
    }

    #[test]
    fn the_best_of_fourteen_days_is_remembered() {
        let mut traffic = Traffic::default();
        for day in 0..20 {
            for _ in 0..(20 - day) {
                traffic.verify(at(day * 1_440));
            }
        }
        assert_eq!(traffic.best_day(at(19 * 1_440)), 15);
        assert_eq!(traffic.best_day(at(40 * 1_440)), 0);
    }

    #[test]
    fn what_is_usual_is_the_middle_of_days_that_had_enough_texts() {
        let mut traffic = Traffic::default();
        let mut day = |number: i64, sent, verified| {
            traffic.send(sent, at(number * 1_440));
            (0..verified).for_each(|_| traffic.verify(at(number * 1_440)));
            traffic.usual_share(at((number + 1) * 1_440))
        };
        assert_eq!(day(0, 150, 100), None, "one day tells nothing");
        assert_eq!(day(1, 60, 40), None, "nor do few texts");
        assert_eq!(day(2, 140, 100), Some(40));
        assert_eq!(day(3, 1_000, 100), Some(50), "one bad day moves it little");
        assert_eq!(day(17, 0, 0), None, "a fortnight later it is forgotten");
    }

    #[test]
    fn what_was_not_sent_is_taken_back_where_it_was_noted() {
        let mut traffic = Traffic::default();
        traffic.send(16, at(0));
        traffic.send(1, at(61));
        traffic.unsend(10, at(0));
        assert_eq!(traffic.last_day(at(62)).sent, 7);
    }
}
