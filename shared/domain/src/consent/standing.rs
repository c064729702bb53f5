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

/// What holds, by purpose and channel.
#[must_use]
pub fn standing(entries: &[Linked]) -> Vec<Standing> {
    let mut said = BTreeMap::<(&str, &str), Vec<&OptInConsent>>::new();
    for entry in entries.iter().map(|linked| &linked.entry).filter(|e| e.event != Event::Erased) {
        said.entry((&entry.purpose, &entry.channel)).or_default().push(entry);
    }
    let erased = entries.iter().map(|linked| &linked.entry).find(|e| e.event == Event::Erased);
    let each = said.into_iter().map(|((purpose, channel), mut said)| {
        said.extend(erased);
        of_one((purpose, channel), &said)
    });
    each.collect()
}

/// Of one purpose by one channel: `said` is not empty.
fn of_one((purpose, channel): (&str, &str), said: &[&OptInConsent]) -> Standing {
    let newest = |yes: bool| {
        let some = said.iter().filter(move |entry| (entry.event == Event::Granted) == yes);
        some.max_by_key(|entry| entry.occurred_at).copied()
    };
    let no = newest(false);
    let proven = said.iter().filter(|entry| counts(entry, no)).max_by_key(|e| e.occurred_at);
    let entry = proven.copied().or(no).or(newest(true)).unwrap_or(said[0]);
    let granted_before = |no: &&OptInConsent| {
        said.iter().any(|e| e.event == Event::Granted && e.occurred_at <= no.occurred_at)
    };
    let state = if entry.event == Event::Erased { Event::Withdrawn } else { entry.event };
    Standing {
        purpose: purpose.to_owned(),
        channel: channel.to_owned(),
        state,
        basis: newest(true).map_or(Basis::Consent, |yes| yes.basis),
        since: entry.occurred_at,
        entry: entry.id,
        withdrawn_at: no.filter(granted_before).map(|no| no.occurred_at),
    }
}

/// Whether a yes counts beside the newest no.
fn counts(entry: &OptInConsent, no: Option<&OptInConsent>) -> bool {
    let later = |no: &OptInConsent| entry.door.is_proven() && entry.occurred_at > no.occurred_at;
    entry.event == Event::Granted && no.is_none_or(later)
}

/// The purposes that marketing may be sent for by this channel. `objected` is when the number
/// asked for none at all: only what was proven after it counts.
#[must_use]
pub fn live<'a>(entries: &'a [Linked], channel: &str, objected: Option<Timestamp>) -> Vec<&'a str> {
    let find = |id: ConsentId| entries.iter().map(|it| &it.entry).find(|entry| entry.id == id);
    let since = |entry: &&OptInConsent| {
        objected.is_none_or(|at| entry.door.is_proven() && entry.occurred_at > at)
    };
    let granted = standing(entries)
        .into_iter()
        .filter(|standing| standing.state == Event::Granted && standing.channel == channel);
    granted.filter_map(|it| find(it.entry)).filter(since).map(|it| it.purpose.as_str()).collect()
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
