//! What a store, or the whole deployment, has sent and spent: the counters behind limits and
//! budgets.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    pack::{Reader, Writer, corrupt},
    traffic::Traffic,
    window::Window,
};
use crate::{Fault, phone::Region};

/// Shares of a bound that are told, in percent.
const LINES: [u8; 3] = [50, 80, 100];
/// By how much, in percent, a share has to fall below a line before that is told again.
const SLACK: u128 = 10;
/// How long a book is kept after its last entry.
const KEPT: SignedDuration = SignedDuration::from_hours(40 * 24);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Texts and calls.
    Sends,
    /// Billionths of a pound.
    Nanos,
}

/// Which counter: what it is about (`*`, `c:GB`, `k:…`, `p:+4477`, `v`), of which window.
pub type CounterKey = (String, Unit, Window);

/// A bound, and what one send takes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// The counter that it bounds.
    pub counter: CounterKey,
    /// No more than this in one window.
    pub most: u64,
    /// So much for each send.
    pub each: u64,
    /// Its name for people and in problems, such as `store_hour` or `budget_day`.
    pub name: String,
    /// Whether it refuses nothing, and what it would have refused is written down.
    pub observed: bool,
}

impl Cap {
    /// How much of its bound this is, in percent: all of it where no send more has room.
    fn share(&self, used: u64) -> u128 {
        if used.saturating_add(self.each) > self.most {
            return 100;
        }
        u128::from(used) * 100 / u128::from(self.most.max(1))
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Used {
    window: u32,
    sum: u64,
    /// How many of [`LINES`] were told.
    told: u8,
}

/// The counters of one store and mode, or of the deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    counters: BTreeMap<CounterKey, Used>,
    countries: BTreeMap<Region, Traffic>,
}

impl Book {
    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(bytes)?;
        let mut book = Self::default();
        if reader.is_empty() {
            return Ok(book);
        }
        for _ in 0..reader.u32()? {
            let (subject, kind) = (reader.text()?, reader.u8()?);
            let unit = if kind & 1 == 0 { Unit::Sends } else { Unit::Nanos };
            let window = *Window::ALL.get(usize::from(kind >> 1 & 3)).ok_or_else(corrupt)?;
            let used = Used { window: reader.u32()?, sum: reader.u64()?, told: kind >> 3 };
            book.counters.insert((subject, unit, window), used);
        }
        while !reader.is_empty() {
            let region = Region::from_bytes(reader.bytes()?).ok_or_else(corrupt)?;
            book.countries.insert(region, Traffic::read(&mut reader)?);
        }
        Ok(book)
    }

    /// As it is kept. Counters of windows that ended before this time are left out: it may be long
    /// ago, when what is written down is late.
    #[must_use]
    pub fn to_bytes(&self, at: Timestamp) -> Vec<u8> {
        let mut writer = Writer::new();
        let live: Vec<_> =
            self.counters.iter().filter(|((.., w), used)| used.window >= w.number(at)).collect();
        writer.bytes(&u32::try_from(live.len()).unwrap_or(u32::MAX).to_be_bytes());
        for ((subject, unit, window), used) in live {
            let window = Window::ALL.iter().position(|known| known == window).unwrap_or_default();
            let window = u8::try_from(window).unwrap_or_default();
            let kind = used.told << 3 | window << 1 | u8::from(*unit == Unit::Nanos);
            writer
                .text(subject)
                .bytes(&[kind])
                .bytes(&used.window.to_be_bytes())
                .bytes(&used.sum.to_be_bytes());
        }
        for (region, traffic) in &self.countries {
            writer.bytes(region.as_str().as_bytes());
            traffic.write(&mut writer);
        }
        writer.finish()
    }

    /// Until when it is kept.
    #[must_use]
    pub fn until(at: Timestamp) -> Timestamp {
        at + KEPT
    }

    /// How much of a counter is used in the window of this time.
    #[must_use]
    pub fn used(&self, counter: &CounterKey, at: Timestamp) -> u64 {
        self.now(counter, at).sum
    }

    fn now(&self, counter: &CounterKey, at: Timestamp) -> Used {
        let window = counter.2.number(at);
        let known = self.counters.get(counter).filter(|known| known.window == window);
        known.copied().unwrap_or(Used { window, ..Used::default() })
    }

    /// How many sends fit under all caps, at most `wanted`; or the first cap that has no room for
    /// one.
    ///
    /// # Errors
    /// The cap.
    pub fn fits<'a>(&self, caps: &'a [Cap], wanted: u32, at: Timestamp) -> Result<u32, &'a Cap> {
        let mut fits = u64::from(wanted);
        for cap in caps.iter().filter(|cap| !cap.observed) {
            let room = cap.most.saturating_sub(self.used(&cap.counter, at));
            let sends = room.checked_div(cap.each).unwrap_or(u64::MAX);
            if sends == 0 {
                return Err(cap);
            }
            fits = fits.min(sends);
        }
        Ok(u32::try_from(fits).unwrap_or(wanted))
    }

    /// Takes so many sends from all caps' counters, and tells which caps passed 50, 80 or 100 %:
    /// each of them once in a window, unless much came back in between.
    pub fn take(&mut self, caps: &[Cap], sends: u32, at: Timestamp) -> Vec<(Cap, u8)> {
        let mut passed = Vec::new();
        for cap in caps {
            let mut used = self.now(&cap.counter, at);
            let before = cap.share(used.sum);
            used.told = used.told.min(lines(before + SLACK));
            used.sum = used.sum.saturating_add(cap.each.saturating_mul(sends.into()));
            let reached = lines(cap.share(used.sum));
            if reached > used.told {
                used.told = reached;
                passed.push((cap.clone(), LINES[usize::from(reached) - 1]));
            }
            self.counters.insert(cap.counter.clone(), used);
        }
        passed
    }

    /// The caps that refuse nothing, and of which more is used than they would have allowed.
    pub fn beyond<'a>(&self, caps: &'a [Cap], at: Timestamp) -> impl Iterator<Item = &'a Cap> {
        caps.iter().filter(move |cap| cap.observed && self.used(&cap.counter, at) > cap.most)
    }

    /// Gives back what was taken at `taken` and not used, where its window still runs.
    pub fn give_back(&mut self, caps: &[Cap], sends: u32, taken: Timestamp) {
        for cap in caps {
            let window = cap.counter.2.number(taken);
            if let Some(used) = self.counters.get_mut(&cap.counter).filter(|u| u.window == window) {
                used.sum = used.sum.saturating_sub(cap.each.saturating_mul(sends.into()));
            }
        }
    }

    /// The texts of a country.
    #[must_use]
    pub fn traffic(&self, region: Region) -> Traffic {
        self.countries.get(&region).cloned().unwrap_or_default()
    }

    /// The texts of a country, to be changed.
    pub fn traffic_mut(&mut self, region: Region) -> &mut Traffic {
        self.countries.entry(region).or_default()
    }
}

/// How many of [`LINES`] a share reaches.
fn lines(share: u128) -> u8 {
    LINES.into_iter().map(|line| u8::from(share >= line.into())).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn cap(window: Window, most: u64, each: u64) -> Cap {
        let counter = ("*".to_owned(), Unit::Sends, window);
        Cap { counter, most, each, name: "test".to_owned(), observed: false }
    }

    #[test]
    fn a_block_is_as_large_as_the_tightest_cap_allows() {
        let mut book = Book::default();
        let caps = [cap(Window::Hour, 10, 1), cap(Window::Day, 30, 4)];
        assert_eq!(book.fits(&caps, 16, at(0)), Ok(7));
        book.take(&caps, 7, at(0));
        assert_eq!(book.fits(&caps, 16, at(0)), Err(&caps[1]));
        book.give_back(&caps, 2, at(0));
        assert_eq!(book.fits(&caps, 16, at(1)), Ok(2));
        assert_eq!(book.fits(&caps, 16, at(3_600)), Ok(2), "the day goes on");
        assert_eq!(book.fits(&caps, 16, at(86_400)), Ok(7));
    }

    #[test]
    fn what_is_written_down_late_leaves_the_counters_of_now_alone() {
        let mut book = Book::default();
        let caps = [cap(Window::Hour, 10, 1)];
        book.take(&caps, 7, at(3_600));
        let late = Book::parse(&book.to_bytes(at(3_599))).unwrap();
        assert_eq!(late.used(&caps[0].counter, at(3_600)), 7);
        let next = Book::parse(&book.to_bytes(at(7_200))).unwrap();
        assert_eq!(next, Book::default(), "what ended is dropped");
    }

    #[test]
    fn each_threshold_is_passed_once() {
        let mut book = Book::default();
        let caps = [cap(Window::Hour, 10, 1)];
        let mut passed = |sends| book.take(&caps, sends, at(0)).pop().map(|(_, line)| line);
        assert_eq!(
            [4, 1, 1, 2, 1, 1].map(&mut passed),
            [None, Some(50), None, Some(80), None, Some(100)]
        );
    }

    #[test]
    fn a_bound_is_reached_where_no_send_more_has_room() {
        let pounds = |amount: u64| Cap { each: 24, ..cap(Window::Hour, amount * 1_000, 24) };
        for amount in [40, 120] {
            let (mut book, caps) = (Book::default(), [pounds(amount)]);
            let mut told = Vec::new();
            while let Ok(block) = book.fits(&caps, 16, at(0)) {
                told.extend(book.take(&caps, block, at(0)).into_iter().map(|(_, line)| line));
            }
            assert_eq!(told, [50, 80, 100], "{amount}");
        }
    }

    #[test]
    fn what_comes_back_a_little_tells_nothing_again_and_what_is_raised_does() {
        let mut book = Book::default();
        let (caps, raised) = ([cap(Window::Hour, 100, 1)], [cap(Window::Hour, 200, 1)]);
        let passed = |book: &mut Book, caps: &[Cap], sends| {
            book.take(caps, sends, at(0)).pop().map(|(_, line)| line)
        };
        assert_eq!(passed(&mut book, &caps, 100), Some(100));
        book.give_back(&caps, 10, at(0));
        book = Book::parse(&book.to_bytes(at(0))).unwrap();
        assert_eq!(passed(&mut book, &caps, 10), None);
        assert_eq!(passed(&mut book, &raised, 60), Some(80));
        assert_eq!(passed(&mut book, &raised, 40), Some(100));
    }

    #[test]
    fn a_cap_that_observes_refuses_nothing_and_tells_what_is_beyond_it() {
        let mut book = Book::default();
        let caps = [Cap { observed: true, ..cap(Window::Hour, 10, 1) }];
        assert_eq!(book.fits(&caps, 16, at(0)), Ok(16));
        book.take(&caps, 10, at(0));
        assert_eq!(book.beyond(&caps, at(0)).count(), 0);
        book.take(&caps, 1, at(0));
        assert_eq!(book.beyond(&caps, at(0)).count(), 1);
    }

    proptest! {
        #[test]
        fn a_book_reads_back_as_it_was(takes in prop::collection::vec((0..5_u8, 0..3_usize, 1..1_000_u32, any::<bool>()), 0..30)) {
            let mut book = Book::default();
            for (subject, window, sends, sent) in takes {
                let window = Window::ALL[window];
                let counter = (format!("c:{subject}"), if sent { Unit::Sends } else { Unit::Nanos }, window);
                book.take(&[Cap { counter, most: 1, each: 3, name: String::new(), observed: false }], sends, at(0));
                book.traffic_mut(Region::GB).send(sends, at(0));
                book.traffic_mut(Region::GB).verify(at(0));
            }
            prop_assert_eq!(Book::parse(&book.to_bytes(at(0))).unwrap(), book);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Book::parse(&bytes);
        }

        /// However blocks are taken and given back, no cap is ever passed.
        #[test]
        fn never_more_than_the_cap(steps in prop::collection::vec((1..40_u32, any::<bool>()), 1..60), most in 1..200_u64) {
            let mut book = Book::default();
            let caps = [cap(Window::Hour, most, 1), cap(Window::Month, most * 2, 3)];
            let mut held = 0;
            for (wanted, back) in steps {
                if back {
                    book.give_back(&caps, held, at(0));
                    held = 0;
                } else if let Ok(block) = book.fits(&caps, wanted, at(0)) {
                    book.take(&caps, block, at(0));
                    held += block;
                }
                for cap in &caps {
                    prop_assert!(book.used(&cap.counter, at(0)) <= cap.most);
                }
            }
        }
    }
}
