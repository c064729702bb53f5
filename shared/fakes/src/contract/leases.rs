//! Leases: one owner at a time, until it gives back or its time is over.

use doorstep_domain::{lease::Lease, ports::Leases};

use super::at;
use crate::{sample::fresh_store, together};

/// What [`Leases`] promises.
pub async fn leases(ports: &impl Leases) {
    nobody_takes_what_another_holds(ports).await;
    its_owner_renews_it(ports).await;
    what_has_ended_is_free(ports).await;
    what_is_given_back_is_free(ports).await;
    only_its_owner_gives_it_back(ports).await;
    of_wishes_at_once_one_wins(ports).await;
}

/// A minute's lease of something that nobody else wants, from this second on.
fn lease(from: i64) -> Lease {
    let (at, until) = (at(from * 1_000), at((from + 60) * 1_000));
    Lease { name: fresh_store().to_string(), owner: "we".to_owned(), at, until }
}

fn theirs(lease: &Lease) -> Lease {
    Lease { owner: "they".to_owned(), ..lease.clone() }
}

/// The same wish, so many seconds later.
fn later(lease: &Lease, seconds: i64) -> Lease {
    let by = super::seconds(seconds);
    Lease { at: lease.at + by, until: lease.until + by, ..lease.clone() }
}

async fn nobody_takes_what_another_holds(ports: &impl Leases) {
    let ours = lease(0);
    assert!(ports.hold(&ours).await.unwrap());
    assert!(!ports.hold(&theirs(&ours)).await.unwrap());
    assert!(!ports.hold(&theirs(&later(&ours, 59))).await.unwrap());
    assert!(ports.hold(&lease(0)).await.unwrap(), "another name");
}

async fn its_owner_renews_it(ports: &impl Leases) {
    let ours = lease(0);
    assert!(ports.hold(&ours).await.unwrap());
    assert!(ports.hold(&later(&ours, 30)).await.unwrap());
    assert!(!ports.hold(&theirs(&later(&ours, 61))).await.unwrap(), "it was renewed");
}

async fn what_has_ended_is_free(ports: &impl Leases) {
    let ours = lease(0);
    assert!(ports.hold(&ours).await.unwrap());
    let theirs = theirs(&later(&ours, 60));
    assert!(ports.hold(&theirs).await.unwrap());
    assert!(!ports.hold(&later(&ours, 61)).await.unwrap(), "whose end was missed is lost");
}

async fn what_is_given_back_is_free(ports: &impl Leases) {
    let ours = lease(0);
    ports.give_back(&ours).await.unwrap();
    assert!(ports.hold(&ours).await.unwrap());
    for _ in 0..2 {
        ports.give_back(&ours).await.unwrap();
    }
    assert!(ports.hold(&theirs(&ours)).await.unwrap());
}

async fn only_its_owner_gives_it_back(ports: &impl Leases) {
    let ours = lease(0);
    assert!(ports.hold(&ours).await.unwrap());
    ports.give_back(&theirs(&ours)).await.unwrap();
    assert!(!ports.hold(&theirs(&ours)).await.unwrap());
}

async fn of_wishes_at_once_one_wins(ports: &impl Leases) {
    let lease = lease(0);
    let wishes: Vec<_> =
        (0..6).map(|n| Lease { owner: format!("owner {n}"), ..lease.clone() }).collect();
    let held = together(wishes.iter().map(|wish| ports.hold(wish))).await;
    assert_eq!(held.into_iter().filter(|held| *held == Ok(true)).count(), 1);
}
