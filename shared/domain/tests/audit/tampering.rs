//! Whatever is done to the log, the chain or the heads is found.

use std::{
    collections::BTreeMap,
    task::{Context, Poll, Waker},
};

use doorstep_domain::audit::{
    Action, Outcome,
    chain::{Head, Link},
};
use doorstep_fakes::{Memory, memory::Evidence};
use proptest::prelude::*;

use super::{happens, passes, turns, verdict, wrong};

/// A log of so many entries, linked and signed.
async fn log(entries: usize) -> Memory {
    let ports = Memory::default();
    for _ in 0..entries {
        happens(&ports).await;
    }
    passes(&ports, 600);
    turns(&ports).await;
    ports
}

/// Makes the whole chain anew from the entries that are there, as the job would.
fn rebuild(evidence: &mut Evidence) {
    let mut head = Head::NONE;
    let links = evidence.links.values().map(|link| link.at).next().unwrap_or_default();
    evidence.links.clear();
    for entry in evidence.entries.values() {
        let link = Link::after(&head, entry.place(), entry.hash(), links);
        head = link.head();
        evidence.links.insert(link.seq, link);
    }
    if let Some(checkpoint) = &mut evidence.checkpoint {
        checkpoint.head = head;
    }
}

fn nth<K: Copy + Ord, V>(map: &BTreeMap<K, V>, place: usize) -> K {
    *map.keys().nth(place % map.len()).unwrap()
}

/// One thing that somebody may do to a log of at least two entries.
fn change(evidence: &mut Evidence, what: u8, at: usize) {
    let (place, seq) = (nth(&evidence.entries, at), nth(&evidence.links, at));
    let entry = evidence.entries.get_mut(&place).unwrap();
    match what {
        0 => entry.outcome = Outcome::Refused,
        1 => entry.action = Action::BudgetChange,
        2 => entry.actor = None,
        3 => entry.target = Some("FR".to_owned()),
        4 => entry.suppressed += 1,
        5 => entry.request_id.push('x'),
        6 => drop(evidence.entries.remove(&place)),
        7 => drop(evidence.links.remove(&seq)),
        8 => drop(evidence.links.split_off(&seq)),
        9 => {
            let other = if seq == 1 { 2 } else { 1 };
            let (mut a, mut b) = (evidence.links[&seq].clone(), evidence.links[&other].clone());
            std::mem::swap(&mut a.seq, &mut b.seq);
            evidence.links.insert(a.seq, a);
            evidence.links.insert(b.seq, b);
        }
        10 => {
            let link = evidence.links.get_mut(&seq).unwrap();
            link.entry_hash = link.prev;
            link.hash = link.computed();
        }
        11 => {
            evidence.entries.remove(&place);
            rebuild(evidence);
        }
        12 => {
            entry.outcome = Outcome::Refused;
            rebuild(evidence);
        }
        13 => {
            drop(evidence.links.split_off(&seq));
            drop(evidence.entries.split_off(&place));
            evidence.checkpoint = None;
        }
        _ => {
            evidence.links.clear();
            evidence.entries.clear();
            evidence.checkpoint = None;
        }
    }
}

/// Runs a story without a runtime.
fn tell<T>(story: impl Future<Output = T>) -> T {
    let mut story = Box::pin(story);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = story.as_mut().poll(&mut context) {
            return done;
        }
    }
}

proptest! {
    #[test]
    fn a_log_that_nobody_touched_is_verified(entries in 0_usize..40) {
        tell(async {
            let ports = log(entries).await;
            let verdict = verdict(&ports).await;
            assert!(verdict.is_verified(), "{verdict:?}");
            assert_eq!(verdict.linked, entries as u64);
        });
    }

    #[test]
    fn any_change_is_found(entries in 2_usize..40, what in 0_u8..15, at in 0_usize..40) {
        tell(async {
            let ports = log(entries).await;
            ports.tamper(|evidence| change(evidence, what, at));
            assert!(!verdict(&ports).await.is_verified(), "change {what}");
        });
    }
}

#[tokio::test]
async fn what_is_wrong_has_a_name_and_a_place() {
    let ports = log(4).await;
    let first = ports.audit_log()[0].clone();
    ports.tamper(|evidence| evidence.entries.get_mut(&first.place()).unwrap().target = None);
    let found = verdict(&ports).await;
    assert_eq!((found.wrong, found.problems.len()), (1, 1));
    let problem = found.problems[0];
    assert_eq!(problem.kind.as_str(), "entry_changed");
    assert_eq!((problem.seq, problem.entry), (Some(1), Some(first.id)));
}

#[tokio::test]
async fn each_kind_of_change_is_told_apart() {
    for (what, told) in [
        (6, ["entry_missing"].as_slice()),
        (7, &["entry_unlinked", "link_missing"]),
        (8, &["entry_unlinked", "head_differs"]),
        (9, &["link_broken", "link_changed"]),
    ] {
        let ports = log(4).await;
        ports.tamper(|evidence| change(evidence, what, 1));
        assert_eq!(wrong(&ports).await, told, "change {what}");
    }
}

#[tokio::test]
async fn a_chain_that_was_rebuilt_differs_from_what_was_signed() {
    let ports = log(5).await;
    let gone = ports.audit_log()[2].place();
    ports.tamper(|evidence| {
        evidence.entries.remove(&gone);
        rebuild(evidence);
    });
    assert_eq!(wrong(&ports).await, ["head_differs"]);
    // Later heads are of the new chain; the older one still tells.
    passes(&ports, 3_600);
    turns(&ports).await;
    assert_eq!(ports.tamper(|evidence| evidence.heads.len()), 2);
    assert_eq!(wrong(&ports).await, ["head_differs"]);
}

#[tokio::test]
async fn a_head_that_somebody_else_made_is_forged() {
    let ports = log(3).await;
    let hour = ports.tamper(|evidence| *evidence.heads.keys().next().unwrap());
    ports.tamper(|evidence| evidence.heads.get_mut(&hour).unwrap().head.seq = 2);
    assert_eq!(wrong(&ports).await, ["head_forged"]);
    let ports = log(3).await;
    passes(&ports, 3_600);
    turns(&ports).await;
    ports.tamper(|evidence| {
        // An old head in place of a newer one.
        let old = evidence.heads.values().next().unwrap().clone();
        *evidence.heads.values_mut().last().unwrap() = old;
    });
    assert_eq!(wrong(&ports).await, ["head_forged"]);
}

#[tokio::test]
async fn an_entry_that_nobody_linked_is_told_after_five_minutes() {
    let ports = log(3).await;
    happens(&ports).await;
    passes(&ports, 298);
    assert_eq!(wrong(&ports).await, Vec::<&str>::new());
    passes(&ports, 2);
    assert_eq!(wrong(&ports).await, ["entry_unlinked"]);
}

#[tokio::test]
async fn a_job_that_signs_no_more_is_told() {
    let ports = log(3).await;
    passes(&ports, 3 * 3_600);
    assert_eq!(wrong(&ports).await, ["head_missing"]);
    turns(&ports).await;
    assert_eq!(wrong(&ports).await, Vec::<&str>::new());
}
