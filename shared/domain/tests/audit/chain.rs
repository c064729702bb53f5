//! The job links every entry once, in order, whenever it stops.

use doorstep_domain::{
    audit::chain::{PAGE, Turned, turn},
    lease::Lease,
    ports::{Audit, Clock, Leases},
};
use doorstep_fakes::{Memory, Ring, together};
use jiff::SignedDuration;

use super::{entry, happens, passes, turns, verdict};

const fn linked(links: u64, signed: bool) -> Turned {
    Turned::Linked { links, signed }
}

#[tokio::test]
async fn entries_are_linked_once_and_in_order() {
    let ports = Memory::default();
    let mut written = Vec::new();
    for _ in 0..3 {
        written.push(happens(&ports).await.id);
    }
    passes(&ports, 5);
    assert_eq!(turns(&ports).await, linked(3, true));
    assert_eq!(turns(&ports).await, linked(0, false));
    let order: Vec<_> =
        ports.tamper(|evidence| evidence.links.values().map(|link| link.entry.id).collect());
    assert_eq!(order, written);
    let verdict = verdict(&ports).await;
    assert!(verdict.is_verified(), "{verdict:?}");
    assert_eq!((verdict.entries, verdict.linked, verdict.head.seq, verdict.heads), (3, 3, 3, 1));
}

#[tokio::test]
async fn what_may_still_be_overtaken_waits() {
    let ports = Memory::default();
    happens(&ports).await;
    assert_eq!(turns(&ports).await, linked(0, true), "a second old");
    passes(&ports, 5);
    assert_eq!(turns(&ports).await, linked(1, false));
}

#[tokio::test]
async fn what_comes_late_is_linked_when_it_is_found() {
    let ports = Memory::default();
    let began = ports.now();
    for _ in 0..3 {
        happens(&ports).await;
        passes(&ports, 1_800);
        turns(&ports).await;
    }
    ports.record(&entry(&ports, began + SignedDuration::from_secs(1))).await.unwrap();
    assert_eq!(turns(&ports).await, linked(1, false));
    assert!(verdict(&ports).await.is_verified());
}

#[tokio::test]
async fn a_job_that_slept_for_days_finds_everything() {
    let ports = Memory::default();
    turns(&ports).await;
    happens(&ports).await;
    passes(&ports, 5 * 86_400);
    happens(&ports).await;
    passes(&ports, 5);
    assert_eq!(turns(&ports).await, linked(2, true));
    assert_eq!(turns(&ports).await, linked(0, false));
}

#[tokio::test]
async fn each_hour_has_one_signed_head() {
    let ports = Memory::default();
    for minute in 0..180 {
        if minute % 7 == 0 {
            happens(&ports).await;
        }
        passes(&ports, 59);
        turns(&ports).await;
    }
    assert_eq!(ports.tamper(|evidence| evidence.heads.len()), 3);
    passes(&ports, 60);
    let verdict = verdict(&ports).await;
    assert!(verdict.is_verified(), "{verdict:?}");
}

#[tokio::test]
async fn only_one_is_at_work() {
    let ports = Memory::default();
    happens(&ports).await;
    let (at, until) = (ports.now(), ports.now() + SignedDuration::from_secs(60));
    let lease = Lease { name: "audit-chain".to_owned(), owner: "another".to_owned(), at, until };
    assert!(ports.hold(&lease).await.unwrap());
    assert_eq!(turns(&ports).await, Turned::NotOurs);
    passes(&ports, 60);
    assert_eq!(turns(&ports).await, linked(1, true));
}

/// The lease should prevent it; if it ends too early, the numbers do.
#[tokio::test]
async fn turns_at_once_never_fork_the_chain() {
    let ports = Memory::default();
    for _ in 0..10 {
        happens(&ports).await;
    }
    passes(&ports, 5);
    let deadline = ports.now() + SignedDuration::from_secs(50);
    let turns = (0..4).map(|_| turn(&ports, &ports, &Ring, ("the same owner", deadline)));
    for turned in together(turns).await {
        turned.unwrap();
    }
    passes(&ports, 300);
    super::turns(&ports).await;
    let verdict = verdict(&ports).await;
    assert!(verdict.is_verified(), "{verdict:?}");
    assert_eq!(verdict.linked, 10);
}

#[tokio::test]
async fn a_turn_that_ends_too_early_is_gone_on_with() {
    let ports = Memory::default();
    for _ in 0..3 {
        happens(&ports).await;
    }
    passes(&ports, 5);
    let soon = ports.now() + SignedDuration::from_secs(5);
    turn(&ports, &ports, &Ring, ("in a hurry", soon)).await.unwrap();
    assert_eq!(ports.tamper(|evidence| evidence.links.len()), 0);
    assert_eq!(turns(&ports).await, linked(3, false));
    // As if it had ended before its checkpoint.
    ports.tamper(|evidence| evidence.checkpoint = None);
    assert_eq!(turns(&ports).await, linked(3, true), "counted from nothing, linked before");
    assert_eq!(ports.tamper(|evidence| evidence.links.len()), 3);
    assert!(verdict(&ports).await.is_verified());
}

#[tokio::test]
async fn a_chain_goes_on_from_page_to_page() {
    let ports = Memory::default();
    for round in 0..3_u32 {
        for n in 0..PAGE {
            let at = ports.now() + SignedDuration::from_millis(i64::try_from(n).unwrap());
            ports.record(&entry(&ports, at)).await.unwrap();
        }
        passes(&ports, 3_600);
        assert_eq!(turns(&ports).await, linked(PAGE, true), "{round}");
    }
    let verdict = verdict(&ports).await;
    assert!(verdict.is_verified(), "{verdict:?}");
    assert_eq!(verdict.linked, 3 * PAGE);
}

#[tokio::test]
async fn a_chain_that_was_shortened_is_not_gone_on_with() {
    let ports = Memory::default();
    for _ in 0..3 {
        happens(&ports).await;
    }
    passes(&ports, 5);
    turns(&ports).await;
    ports.tamper(|evidence| evidence.links.remove(&3));
    let deadline = ports.now() + SignedDuration::from_secs(50);
    let refused = turn(&ports, &ports, &Ring, ("a turn", deadline)).await.unwrap_err();
    assert_eq!(refused.code, "chain_changed");
    assert_eq!(ports.tamper(|evidence| evidence.links.len()), 2);
}
