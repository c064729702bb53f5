//! What a user's entries come to.
//!
//! Withdrawal wins every conflict. A yes that the shopper proved counts until a no that is as late
//! or later; a yes that somebody else told us of never counts beside any no, whatever the times.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    consent::{Basis, Event, Linked, OptInConsent},
    id::ConsentId,
};

/// What holds for one purpose by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What for.
    pub purpose: String,
    /// By which channel.
    pub channel: String,
    /// Granted, refused or withdrawn.
    pub state: Event,
    /// On what the last yes rests.
    pub basis: Basis,
    /// Since when it is so.
    pub since: Timestamp,
    /// The entry that says so.
    pub entry: ConsentId,
    /// When a yes was taken back last, if one was.
    pub withdrawn_at: Option<Timestamp>,
}

impl Standing {
    /// What a no to it is: a withdrawal, unless nobody ever said yes.
    #[must_use]
    pub fn no(&self) -> Event {
        let never = self.state == Event::Refused && self.withdrawn_at.is_none();
        if never { Event::Refused } else { Event::Withdrawn }
    }
}

type Said<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a OptInConsent>>;

/// What was said, by purpose and channel; an erasure is said of all.
fn said(entries: &[Linked]) -> Said<'_> {
    let entries = || entries.iter().map(|linked| &linked.entry);
    let mut said = Said::new();
    for entry in entries().filter(|entry| entry.event != Event::Erased) {
        said.entry((&entry.purpose, &entry.channel)).or_default().push(entry);
    }
    let erased = entries().find(|entry| entry.event == Event::Erased);
    for said in said.values_mut() {
        said.extend(erased);
    }
    said
}

/// The newest yes, or the newest of all else.
fn newest<'a>(said: &[&'a OptInConsent], yes: bool) -> Option<&'a OptInConsent> {
    let some = said.iter().filter(|entry| (entry.event == Event::Granted) == yes);
    some.max_by_key(|entry| entry.occurred_at).copied()
}

/// Whether this is a yes that counts beside the newest no.
fn counts(entry: &OptInConsent, no: Option<Timestamp>) -> bool {
    let later = |no| entry.door.is_proven() && entry.occurred_at > no;
    entry.event == Event::Granted && no.is_none_or(later)
}

/// What holds, by purpose and channel.
#[must_use]
pub fn standing(entries: &[Linked]) -> Vec<Standing> {
    said(entries).into_iter().map(|(what, said)| of_one(what, &said)).collect()
}

/// Of one purpose by one channel: `said` is not empty.
fn of_one((purpose, channel): (&str, &str), said: &[&OptInConsent]) -> Standing {
    let (yes, no) = (newest(said, true), newest(said, false));
    let no_at = no.map(|no| no.occurred_at);
    let good = said.iter().filter(|e| counts(e, no_at)).max_by_key(|e| e.occurred_at);
    let entry = good.copied().or(no).unwrap_or(said[0]);
    let granted_before =
        |no: &Timestamp| said.iter().any(|e| e.event == Event::Granted && e.occurred_at <= *no);
    let state = if entry.event == Event::Erased { Event::Withdrawn } else { entry.event };
    Standing {
        purpose: purpose.to_owned(),
        channel: channel.to_owned(),
        state,
        basis: yes.map_or(Basis::Consent, |yes| yes.basis),
        since: entry.occurred_at,
        entry: entry.id,
        withdrawn_at: no_at.filter(granted_before),
    }
}

/// The purposes that marketing may be sent for by this channel. `objected` is when the number
/// asked for none at all: a no to everything.
#[must_use]
pub fn live<'a>(entries: &'a [Linked], channel: &str, objected: Option<Timestamp>) -> Vec<&'a str> {
    let good = |said: &[&OptInConsent]| {
        let no = newest(said, false).map(|no| no.occurred_at).max(objected);
        said.iter().any(|entry| counts(entry, no))
    };
    let said = said(entries).into_iter();
    let live = said.filter(|((_, of), said)| *of == channel && good(said));
    live.map(|((purpose, _), _)| purpose).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        consent::Door,
        id::UserId,
        keys::{DataKeys, Root},
        seal::KeyVersion,
    };

    const USER: UserId = UserId::from_bits(1);

    fn keys() -> DataKeys {
        let root = (KeyVersion(1), Root::new([7; 32]));
        let (store, mode) = (crate::id::StoreId::from_bits(1), crate::Mode::Live);
        DataKeys::new(store, mode, &[root], KeyVersion(1)).unwrap()
    }

    fn entry(id: u128, event: Event, door: Door, second: i64) -> OptInConsent {
        let at = Timestamp::from_second(second).unwrap();
        OptInConsent::new(ConsentId::from_bits(id), USER, (event, "offers", "sms"), (door, at))
    }

    fn linked(entries: Vec<OptInConsent>) -> Vec<Linked> {
        crate::consent::link(&keys(), &[], entries)
    }

    #[test]
    fn a_yes_counts_for_its_purpose_and_channel_alone() {
        let yes = linked(vec![entry(1, Event::Granted, Door::Code, 1)]);
        assert_eq!(live(&[], "sms", None), [""; 0]);
        assert_eq!(live(&yes, "sms", None), ["offers"]);
        assert_eq!(live(&yes, "email", None), [""; 0]);
    }

    #[test]
    fn a_list_never_beats_a_no() {
        for no in [Event::Refused, Event::Withdrawn] {
            for second in [1, 3] {
                let list = entry(2, Event::Granted, Door::Import, second);
                let said = linked(vec![entry(1, no, Door::Page, 2), list]);
                assert_eq!(live(&said, "sms", None), [""; 0], "{no:?} {second}");
            }
        }
    }

    #[test]
    fn who_asked_for_nothing_at_all_gets_what_they_proved_later() {
        let at = |second| Timestamp::from_second(second).ok();
        let proven = linked(vec![entry(1, Event::Granted, Door::Code, 2)]);
        let told = linked(vec![entry(1, Event::Granted, Door::Import, 2)]);
        assert_eq!(live(&proven, "sms", at(1)), ["offers"]);
        assert_eq!(live(&proven, "sms", at(2)), [""; 0]);
        assert_eq!(live(&told, "sms", at(1)), [""; 0]);
    }

    #[test]
    fn nothing_lives_after_an_erasure() {
        let yes = entry(1, Event::Granted, Door::Code, 1);
        let mut all = entry(2, Event::Erased, Door::Erasure, 2);
        (all.purpose, all.channel) = ("all".to_owned(), "all".to_owned());
        let said = linked(vec![yes, all]);
        assert_eq!(live(&said, "sms", None), [""; 0]);
        let [standing] = standing(&said).try_into().unwrap();
        assert_eq!((standing.state, standing.since.as_second()), (Event::Withdrawn, 2));
    }

    proptest! {
        /// However proven entries come, the newest decides, and of two at once the no.
        #[test]
        fn the_newest_word_decides(words in prop::collection::vec((any::<bool>(), 0..5_i64), 1..8)) {
            let newest = words.iter().map(|(_, at)| *at).max().unwrap();
            let yes = words.iter().all(|(granted, at)| *at < newest || *granted);
            let event = |yes| if yes { Event::Granted } else { Event::Withdrawn };
            let all = (1..).zip(&words).map(|(id, (yes, at))| entry(id, event(*yes), Door::Code, *at));
            prop_assert_eq!(live(&linked(all.collect()), "sms", None).contains(&"offers"), yes);
        }

        /// Whatever is changed, moved or taken out of a chain but its end is found.
        #[test]
        fn a_chain_that_was_touched_is_found(
            count in 2..6_u32, at in any::<prop::sample::Index>(), how in 0..3,
        ) {
            let entries = (0..count).map(|n| entry(n.into(), Event::Granted, Door::Code, n.into()));
            let mut chain = linked(entries.collect());
            prop_assert!(crate::consent::intact(&keys(), &chain));
            let at = at.index(chain.len() - 1);
            match how {
                0 => chain[at].entry.event = Event::Withdrawn,
                1 => drop(chain.remove(at)),
                _ => chain.swap(at, at + 1),
            }
            prop_assert!(!crate::consent::intact(&keys(), &chain));
        }
    }
}
