//! A proof of work that an honest browser does within a second or two, and an attacker ten thousand
//! times.
//!
//! A challenge is `{expiry}.{bits}.{tag}`: the second when it ends, the leading zero bits that are
//! asked for, and a keyed HMAC of both, of the number, and of the texts that went to it so far. So
//! it is good for one send of one store, and nothing has to be remembered. Its solution is the
//! challenge, a dot, and any text that gives their SHA-256 so many leading zero bits.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};

use crate::{
    keys::{DataKeys, equal_in_constant_time},
    phone::PhoneNumber,
};

/// How long a challenge may be solved.
pub(super) const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// The usual number of leading zero bits: 2¹⁸ hashes on average, half a second of a browser.
pub const BITS: u32 = 18;
/// The most that anybody may ask for: 2²⁴ hashes are half a minute of a browser.
const MOST_BITS: u32 = 24;
/// Longest solution that is looked at.
const LONGEST: usize = 128;

/// What a shopper's browser has to do before a text is sent: either of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Our own challenge, a proof of work.
    pub work: String,
    /// What a challenge of somebody else's has to be bound to.
    pub binding: String,
}

/// What a shopper's browser did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Solution {
    /// A proof of work, as it was sent: it proves itself.
    Work(String),
    /// Somebody else told that a challenge bound to this was solved: see
    /// [`person`](super::person).
    Person(String),
}

/// What a solution is bound to.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// The store's keys.
    pub keys: &'a DataKeys,
    /// The number.
    pub phone: &'a PhoneNumber,
    /// How many texts went to it in a day, and when the newest did, in seconds since 1970.
    pub before: (usize, i64),
    /// The leading zero bits that are asked for; at most 24 count.
    pub bits: u32,
}

impl Binding<'_> {
    /// What has to be done for one send.
    #[must_use]
    pub fn task(&self, now: Timestamp) -> Task {
        Task { work: self.challenge(now), binding: self.person() }
    }

    /// Whether this has been done.
    #[must_use]
    pub fn is_done(&self, solution: &Solution, now: Timestamp) -> bool {
        match solution {
            Solution::Work(work) => self.is_solved(work, now),
            Solution::Person(binding) => {
                equal_in_constant_time(self.person().as_bytes(), binding.as_bytes())
            }
        }
    }

    /// What somebody else's challenge is bound to: the number, and the texts that went to it.
    fn person(&self) -> String {
        let (sends, newest) = self.before;
        self.keys.challenge_tag(self.phone, &format!("person.{sends}.{newest}"))
    }

    /// The challenge for one send.
    #[must_use]
    pub fn challenge(&self, now: Timestamp) -> String {
        let (expiry, bits) = ((now + LIFE).as_second(), self.bits.min(MOST_BITS));
        format!("{expiry}.{bits}.{}", self.tag(expiry, bits))
    }

    /// Whether this is a solution that is good now. It may be of a challenge that asked for other
    /// bits: the rule may have changed since.
    #[must_use]
    pub fn is_solved(&self, solution: &str, now: Timestamp) -> bool {
        let mut parts = solution.splitn(4, '.');
        let (Some(expiry), Some(bits), Some(tag), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let (Ok(until), Ok(asked)) = (expiry.parse::<i64>(), bits.parse::<u32>()) else {
            return false;
        };
        let ours = equal_in_constant_time(self.tag(until, asked).as_bytes(), tag.as_bytes());
        let in_time = now.as_second() < until && until <= (now + LIFE).as_second();
        let work = || zero_bits(digest(&SHA256, solution.as_bytes()).as_ref()) >= asked;
        solution.len() <= LONGEST && ours && in_time && work()
    }

    fn tag(&self, expiry: i64, bits: u32) -> String {
        let (sends, newest) = self.before;
        self.keys.challenge_tag(self.phone, &format!("{expiry}.{bits}.{sends}.{newest}"))
    }
}

/// The leading zero bits that a challenge asks for.
#[must_use]
pub fn bits_of(challenge: &str) -> u32 {
    challenge.split('.').nth(1).and_then(|bits| bits.parse().ok()).unwrap_or(BITS)
}

/// Whether this looks like a solution of ours, good or not: nobody else needs to be asked about it.
#[must_use]
pub fn is_work(token: &str) -> bool {
    let mut parts = token.splitn(4, '.');
    let mut number = || parts.next().is_some_and(|part| part.parse::<u64>().is_ok());
    number() && number() && parts.count() == 2
}

/// Solves a challenge, as a storefront does.
#[must_use]
pub fn solve(challenge: &str) -> String {
    let bits = bits_of(challenge);
    let mut tried = (0_u64..).map(|n| format!("{challenge}.{n}"));
    let solved = |text: &String| zero_bits(digest(&SHA256, text.as_bytes()).as_ref()) >= bits;
    tried.find(solved).unwrap_or_default()
}

fn zero_bits(bytes: &[u8]) -> u32 {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let next = bytes.get(zeros).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(zeros * 8).unwrap_or(u32::MAX) + next
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Mode,
        id::StoreId,
        keys::Root,
        phone::{NumberType, Region},
        seal::KeyVersion,
    };

    fn keys(store: u128, mode: Mode) -> DataKeys {
        let roots = vec![(KeyVersion(1), Root::new([7; 32]))];
        DataKeys::new(StoreId::from_bits(store), mode, &roots, KeyVersion(1)).unwrap()
    }

    fn phone(digit: u8) -> PhoneNumber {
        PhoneNumber::restore(format!("+44740012345{digit}"), Region::GB, NumberType::Mobile)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_solution_is_good_for_one_number_one_store_and_one_send_for_five_minutes() {
        let (shop, phones) = (keys(1, Mode::Live), [phone(6), phone(7)]);
        let binding = Binding { keys: &shop, phone: &phones[0], before: (0, 0), bits: 8 };
        let solution = solve(&binding.challenge(at(0)));
        assert!(binding.is_solved(&solution, at(0)) && binding.is_solved(&solution, at(299)));
        assert!(!binding.is_solved(&solution, at(300)), "it ended");
        assert!(!binding.is_solved(&solution, at(-1)), "it lives longer than any of ours");
        let elsewhere = [keys(2, Mode::Live), keys(1, Mode::Test)];
        for other in [
            Binding { phone: &phones[1], ..binding },
            Binding { before: (1, 1_800_000_000), ..binding },
            Binding { before: (0, 1_800_000_000), ..binding },
            Binding { keys: &elsewhere[0], ..binding },
            Binding { keys: &elsewhere[1], ..binding },
        ] {
            assert!(!other.is_solved(&solution, at(0)));
        }
    }

    #[test]
    fn what_somebody_else_told_is_bound_to_one_number_and_one_send_too() {
        let (shop, phones) = (keys(1, Mode::Live), [phone(6), phone(7)]);
        let binding = Binding { keys: &shop, phone: &phones[0], before: (0, 0), bits: 8 };
        let task = binding.task(at(0));
        let solution = Solution::Person(task.binding.clone());
        assert!(binding.is_done(&solution, at(0)));
        for other in [
            Binding { phone: &phones[1], ..binding },
            Binding { before: (1, 1_800_000_000), ..binding },
            Binding { keys: &keys(2, Mode::Live), ..binding },
        ] {
            assert!(!other.is_done(&solution, at(0)));
        }
        let work = format!("{}.{}", task.work, task.binding);
        assert!(!binding.is_done(&Solution::Person(work), at(0)));
        assert!(!binding.is_done(&Solution::Work(task.binding), at(0)), "it is no proof of work");
    }

    #[test]
    fn who_does_less_work_than_was_asked_for_did_none() {
        let (shop, phone) = (keys(1, Mode::Live), phone(6));
        let binding = Binding { keys: &shop, phone: &phone, before: (0, 0), bits: 12 };
        let challenge = binding.challenge(at(0));
        let lazy = solve(&challenge.replacen(".12.", ".1.", 1));
        assert!(!binding.is_solved(&lazy, at(0)), "the bits are under the tag");
        let short = (0..).map(|n| format!("{challenge}.{n}"));
        let mut short = short.filter(|it| zero_bits(digest(&SHA256, it.as_bytes()).as_ref()) < 12);
        assert!(!binding.is_solved(&short.next().unwrap(), at(0)));
        let raised = Binding { bits: 20, ..binding };
        assert!(raised.is_solved(&solve(&challenge), at(0)), "it was asked for before the rule");
    }

    #[test]
    fn a_token_of_somebody_elses_does_not_look_like_work() {
        let (shop, phone) = (keys(1, Mode::Live), phone(6));
        let binding = Binding { keys: &shop, phone: &phone, before: (0, 0), bits: 1 };
        assert!(is_work(&solve(&binding.challenge(at(0)))));
        // The first is as Turnstile writes its own, the second the one of its documented tests.
        for theirs in ["0.zrSn_8p.d62306.4fe1", "XXXX.DUMMY.TOKEN.XXXX", "", "1.18.x", "shop|0f"] {
            assert!(!is_work(theirs), "{theirs}");
        }
    }

    #[test]
    fn nobody_is_asked_for_more_than_a_browser_can_do() {
        let (shop, phone) = (keys(1, Mode::Live), phone(6));
        let binding = Binding { keys: &shop, phone: &phone, before: (0, 0), bits: u32::MAX };
        assert!(binding.challenge(at(0)).contains(".24."));
    }

    proptest! {
        #[test]
        fn what_we_did_not_ask_for_is_no_solution(text in "\\PC{0,140}", expiry in 0..300_i64, bits in 0..30_u32) {
            let (shop, phone) = (keys(1, Mode::Live), phone(6));
            let binding = Binding { keys: &shop, phone: &phone, before: (0, 0), bits: 8 };
            prop_assert!(!binding.is_solved(&text, at(0)));
            let forged = format!("{}.{bits}.{text}.1", 1_800_000_000 + expiry);
            prop_assert!(!binding.is_solved(&forged, at(0)));
        }
    }
}
