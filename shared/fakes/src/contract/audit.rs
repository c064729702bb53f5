//! Nonces, the audit log and the links of its chain.

use doorstep_domain::{
    Mode,
    access::{KeyId, Role},
    audit::{
        Action, AuditEntry, Outcome,
        chain::{Head, Link, PAGE},
    },
    id::{AuditId, StoreId},
    nonce::Nonce,
    ports::{Audit, AuditLog, Chain, Nonces, Range},
};
use jiff::Timestamp;

use super::seconds;
use crate::{sample::fresh_store, together};

/// What [`Nonces`] promises.
pub async fn nonces(ports: &impl Nonces) {
    a_nonce_is_good_once(ports).await;
    a_nonce_ends(ports).await;
    a_nonce_is_bound_to_everything_that_it_says(ports).await;
    of_uses_at_once_one_wins(ports).await;
}

/// What [`Audit`] and [`AuditLog`] promise.
pub async fn audit_log(ports: &(impl Audit + AuditLog)) {
    an_entry_reads_back_whole(ports).await;
    an_entry_is_never_replaced(ports).await;
    entries_are_listed_newest_first_page_by_page(ports).await;
}

/// What [`Chain`] promises of links, beside the checkpoint.
pub async fn chain(ports: &(impl Chain + Audit)) {
    entries_of_all_stores_come_in_order(ports).await;
    a_number_is_taken_once(ports).await;
    a_page_reads_back_whole(ports).await;
    a_tail_is_as_long_as_needed(ports).await;
}

/// Some time that no other test has, years from now: jobs of a shared deployment leave it alone.
fn own_time() -> Timestamp {
    let some = i64::try_from(fresh_store().bits() % 60_000).unwrap();
    super::at(0) + seconds(some * 86_400)
}

fn key_id(text: &str) -> KeyId {
    text.parse().unwrap()
}

fn entry(store: StoreId, at: Timestamp) -> AuditEntry {
    AuditEntry {
        id: AuditId::from_bits(fresh_store().bits()),
        at,
        store,
        mode: Mode::Live,
        actor: Some(key_id("abcDEF123456")),
        role: Some(Role::Owner),
        action: Action::ApiKeyDelete,
        target: Some("zyxWVU654321".to_owned()),
        outcome: Outcome::Refused,
        code: Some("forbidden".to_owned()),
        network: Some("192.0.2.0/24".to_owned()),
        request_id: "request-1".to_owned(),
        suppressed: 7,
    }
}

fn nonce() -> Nonce {
    let store = fresh_store();
    let scope = (store, Mode::Live);
    let (actor, action) = (key_id("abcDEF123456"), Action::ApiKeyDelete);
    Nonce { digest: store.to_string(), scope, actor, action }
}

async fn a_nonce_is_good_once(ports: &impl Nonces) {
    let nonce = nonce();
    assert!(!ports.consume(&nonce, super::at(0)).await.unwrap(), "nobody made it");
    ports.keep(&nonce, super::at(300_000)).await.unwrap();
    assert!(ports.consume(&nonce, super::at(299_999)).await.unwrap());
    assert!(!ports.consume(&nonce, super::at(299_999)).await.unwrap());
}

async fn a_nonce_ends(ports: &impl Nonces) {
    let nonce = nonce();
    ports.keep(&nonce, super::at(300_000)).await.unwrap();
    assert!(!ports.consume(&nonce, super::at(300_000)).await.unwrap());
}

async fn a_nonce_is_bound_to_everything_that_it_says(ports: &impl Nonces) {
    let nonce = nonce();
    ports.keep(&nonce, super::at(300_000)).await.unwrap();
    let others = [
        Nonce { actor: key_id("abcDEF123457"), ..nonce.clone() },
        Nonce { action: Action::ApiKeyRotate, ..nonce.clone() },
        Nonce { digest: fresh_store().to_string(), ..nonce.clone() },
        Nonce { scope: (nonce.scope.0, Mode::Test), ..nonce.clone() },
        Nonce { scope: (fresh_store(), Mode::Live), ..nonce.clone() },
    ];
    for other in others {
        assert!(!ports.consume(&other, super::at(1)).await.unwrap(), "{other:?}");
    }
    assert!(ports.consume(&nonce, super::at(2)).await.unwrap(), "a stranger does not burn it");
}

async fn of_uses_at_once_one_wins(ports: &impl Nonces) {
    let nonce = nonce();
    ports.keep(&nonce, super::at(300_000)).await.unwrap();
    let used = together((0..6).map(|_| ports.consume(&nonce, super::at(1)))).await;
    assert_eq!(used.into_iter().filter(|used| *used == Ok(true)).count(), 1);
}

async fn an_entry_reads_back_whole(ports: &(impl Audit + AuditLog)) {
    let (store, now) = (fresh_store(), own_time());
    let whole = entry(store, now);
    let bare = AuditEntry {
        mode: Mode::Test,
        actor: None,
        role: None,
        target: None,
        outcome: Outcome::FailedAuthentication,
        code: None,
        network: None,
        request_id: String::new(),
        suppressed: 0,
        ..entry(store, now)
    };
    for entry in [&whole, &bare] {
        ports.record(entry).await.unwrap();
        let found = ports.at(&[entry.place()]).await.unwrap();
        assert_eq!(found, std::slice::from_ref(entry));
        assert_eq!(found[0].hash(), entry.hash());
    }
    let nothing = entry(store, now).place();
    assert_eq!(ports.at(&[nothing]).await.unwrap(), []);
    assert_eq!(ports.at(&[whole.place(), nothing, bare.place()]).await.unwrap().len(), 2);
}

async fn an_entry_is_never_replaced(ports: &(impl Audit + AuditLog)) {
    let first = entry(fresh_store(), own_time());
    ports.record(&first).await.unwrap();
    let second = AuditEntry { outcome: Outcome::Done, ..first.clone() };
    ports.record(&second).await.unwrap();
    assert_eq!(ports.at(&[first.place()]).await.unwrap(), [first]);
}

async fn entries_are_listed_newest_first_page_by_page(ports: &(impl Audit + AuditLog)) {
    let (store, now) = (fresh_store(), own_time());
    let scope = (store, Mode::Live);
    // Three days, so that a list crosses midnights.
    let mut written: Vec<_> =
        [0, 1, 80_000, 90_000, 180_000].map(|after| entry(store, now + seconds(after))).into();
    for entry in &written {
        ports.record(entry).await.unwrap();
    }
    ports.record(&entry(fresh_store(), now + seconds(2))).await.unwrap();
    ports.record(&AuditEntry { mode: Mode::Test, ..entry(store, now) }).await.unwrap();
    written.reverse();
    let to = now + seconds(200_000);
    let mut range = Range { from: now, to, limit: 2, cursor: None };
    let mut found = Vec::new();
    loop {
        let page = ports.entries(Some(scope), &range).await.unwrap();
        range.cursor = page.last().map(AuditEntry::cursor);
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(found, written);
    let range = Range { from: now + seconds(1), to: now + seconds(80_001), limit: 9, cursor: None };
    assert_eq!(ports.entries(Some(scope), &range).await.unwrap(), written[2..4]);
    let all = ports.entries(None, &range).await.unwrap();
    assert_eq!(all.len(), 3, "another store's, too");
}

async fn entries_of_all_stores_come_in_order(ports: &(impl Chain + Audit)) {
    let now = own_time();
    let mut written: Vec<_> =
        [86_000, 5, 90_000, 0].map(|after| entry(fresh_store(), now + seconds(after))).into();
    for entry in &written {
        ports.record(entry).await.unwrap();
    }
    written.sort_by_key(AuditEntry::place);
    assert_eq!(ports.between(now, now + seconds(90_001)).await.unwrap(), written);
    assert_eq!(ports.between(now, now + seconds(90_000)).await.unwrap(), written[..3]);
    assert_eq!(
        ports.between(now + seconds(1), now + seconds(86_000)).await.unwrap(),
        written[1..2]
    );
}

/// The first links of a page that is far behind every real one.
fn links(count: u64) -> (u64, Vec<Link>) {
    let page = 1_000_000_000 + u64::try_from(fresh_store().bits() % 1_000_000_000).unwrap();
    let mut head = Head { seq: page * PAGE, ..Head::NONE };
    let mut links = Vec::new();
    for n in 0..count {
        let at = super::at(i64::try_from(n).unwrap() * 1_000);
        let entry = entry(fresh_store(), at);
        let link = Link::after(&head, entry.place(), entry.hash(), at);
        head = link.head();
        links.push(link);
    }
    (page, links)
}

async fn a_number_is_taken_once(ports: &impl Chain) {
    let (page, links) = links(1);
    let rivals = (0..6).map(|n| {
        let link = Link { at: super::at(n), ..links[0].clone() };
        async move { ports.append(&link).await }
    });
    let won = together(rivals).await;
    assert_eq!(won.into_iter().filter(|won| *won == Ok(true)).count(), 1);
    assert_eq!(ports.page(page).await.unwrap().len(), 1);
}

async fn a_page_reads_back_whole(ports: &impl Chain) {
    let (page, links) = links(3);
    assert_eq!(ports.page(page).await.unwrap(), []);
    for link in links.iter().rev() {
        assert!(ports.append(link).await.unwrap());
    }
    assert_eq!(ports.page(page).await.unwrap(), links);
    assert!(links.iter().all(|link| link.computed() == link.hash));
}

async fn a_tail_is_as_long_as_needed(ports: &impl Chain) {
    let (page, mut links) = links(70);
    assert_eq!(ports.tail(page, super::at(0)).await.unwrap(), []);
    for link in &links {
        ports.append(link).await.unwrap();
    }
    links.reverse();
    assert_eq!(ports.tail(page, super::at(1_000_000)).await.unwrap(), links[..1]);
    assert_eq!(ports.tail(page, super::at(9_500)).await.unwrap(), links[..61]);
    assert_eq!(ports.tail(page, super::at(0)).await.unwrap(), links);
}
