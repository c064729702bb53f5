//! Lists of sign-ups.

use std::collections::BTreeSet;

use doorstep_domain::{
    Mode,
    id::SignupId,
    keys::DataKeys,
    ports::{Attempts, Page, Range},
    signup::RegistrationAttempt,
};
use jiff::Timestamp;

use super::{at, attempt};
use crate::sample::{self, fresh_keys, fresh_store, keys_of};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

async fn start(ports: &impl Attempts, keys: &DataKeys, name: &str, at: Timestamp) -> SignupId {
    let attempt = attempt(keys, name, at);
    ports.create(keys, &attempt).await.unwrap();
    attempt.id
}

/// Sign-ups at these times; their ids in the same order.
async fn starts(ports: &impl Attempts, keys: &DataKeys, times: &[i64]) -> Vec<SignupId> {
    let mut ids = Vec::new();
    for time in times {
        ids.push(start(ports, keys, &format!("at {time}"), at(*time)).await);
    }
    ids
}

fn range(from: i64, to: i64, limit: usize) -> Range {
    Range { from: at(from), to: at(to), limit, cursor: None }
}

/// Every page of a list, one after the other.
async fn pages(ports: &impl Attempts, keys: &DataKeys, mut range: Range) -> Vec<Vec<SignupId>> {
    let mut pages = Vec::new();
    loop {
        let page = ports.list(keys, range.clone()).await.unwrap();
        assert!(page.items.len() <= range.limit, "a page is longer than its limit");
        pages.push(page.items);
        assert!(pages.len() < 100, "a list does not end");
        match page.next {
            Some(next) => range.cursor = Some(next),
            None => return pages,
        }
    }
}

pub(super) async fn signups_are_listed_newest_first_page_by_page(ports: &impl Attempts) {
    let store = fresh_store();
    let [keys, live] = [Mode::Test, Mode::Live].map(|mode| keys_of(store, mode));
    start(ports, &live, "of the other mode", at(0)).await;
    let times = [0, 5, 6, HOUR, DAY, DAY + 1, 2 * DAY, 4 * DAY];
    let mut newest_first = starts(ports, &keys, &times).await;
    newest_first.reverse();
    for limit in [1, 2, 3, 4, 8, 50] {
        let pages = pages(ports, &keys, range(0, 5 * DAY, limit)).await;
        assert_eq!(pages.concat(), newest_first, "{limit} at a time");
        let full = pages.iter().filter(|page| page.len() == limit).count();
        assert_eq!(full, 8 / limit, "all pages but the last are full, {limit} at a time");
    }
}

pub(super) async fn a_new_signup_between_two_pages_repeats_none(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Test);
    let old = starts(ports, &keys, &[0, 1, 2]).await;
    let mut range = range(0, DAY, 2);
    let first = ports.list(&keys, range.clone()).await.unwrap();
    assert_eq!(first.items, [old[2], old[1]]);
    start(ports, &keys, "meanwhile", at(3)).await;
    range.cursor = first.next;
    assert_eq!(pages(ports, &keys, range).await.concat(), [old[0]]);
}

pub(super) async fn a_cursor_that_somebody_made_up_is_no_fault(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Test);
    starts(ports, &keys, &[0, 1]).await;
    for cursor in
        ["#", "-", "0", "a", "a#b", "253402207200000", "-377705023201000", "9999999999999"]
    {
        let asked = Range { cursor: Some(cursor.to_owned()), ..range(0, DAY, 2) };
        assert!(ports.list(&keys, asked).await.unwrap().items.len() <= 2, "{cursor}");
    }
}

pub(super) async fn a_range_begins_with_from_and_ends_before_to(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Test);
    let ids = starts(ports, &keys, &[0, 10, 20, DAY]).await;
    for (from, to, expected) in [
        (10, 20, vec![ids[1]]),
        (10, 21, vec![ids[2], ids[1]]),
        (11, 20, vec![]),
        (0, DAY, vec![ids[2], ids[1], ids[0]]),
        (DAY, 2 * DAY, vec![ids[3]]),
        (2 * DAY, 3 * DAY, vec![]),
    ] {
        let found = pages(ports, &keys, range(from, to, 2)).await.concat();
        assert_eq!(found, expected, "from {from} to {to}");
    }
    let same_time: BTreeSet<_> = [
        start(ports, &keys, "twin 1", at(3 * DAY)).await,
        start(ports, &keys, "twin 2", at(3 * DAY)).await,
        start(ports, &keys, "twin 3", at(3 * DAY)).await,
    ]
    .into();
    let found = pages(ports, &keys, range(3 * DAY, 4 * DAY, 1)).await;
    assert_eq!(found.concat().into_iter().collect::<BTreeSet<_>>(), same_time);
    assert_eq!(found.concat().len(), 3, "each of three at the same time once");
}

pub(super) async fn a_customer_has_their_signups_newest_first(ports: &impl Attempts) {
    let store = fresh_store();
    let [keys, live] = [Mode::Test, Mode::Live].map(|mode| keys_of(store, mode));
    let mut own = starts(ports, &keys, &[0, 2, DAY]).await;
    own.reverse();
    start(ports, &live, "of the other mode", at(1)).await;
    let nobodys = RegistrationAttempt { external_index: None, ..attempt(&keys, "nobody's", at(1)) };
    ports.create(&keys, &nobodys).await.unwrap();
    let found = |name: &'static str, limit, cursor| {
        let (keys, range) = (&keys, Range { cursor, ..range(0, 2 * DAY, limit) });
        async move { ports.of_customer(keys, &keys.external_index(name), range).await.unwrap() }
    };
    assert_eq!(found("cust-42", 3, None).await, Page { items: own.clone(), next: None });
    assert_eq!(found("cust-43", 3, None).await.items, []);
    let first = found("cust-42", 2, None).await;
    assert_eq!(first.items, own[..2]);
    let last = Page { items: own[2..].into(), next: None };
    assert_eq!(found("cust-42", 2, first.next).await, last);
}

pub(super) async fn a_number_has_its_signups_newest_first(ports: &impl Attempts) {
    let store = fresh_store();
    let [keys, live] = [Mode::Test, Mode::Live].map(|mode| keys_of(store, mode));
    let mut own = starts(ports, &keys, &[0, 2, 3, DAY, 20 * DAY]).await;
    own.reverse();
    start(ports, &live, "of the other mode", at(1)).await;
    start(ports, &fresh_keys(Mode::Test), "of another store", at(1)).await;
    let bobs = keys.phone_index(&sample::phone());
    let bobs = RegistrationAttempt { phone_index: bobs, ..attempt(&keys, "bob's", at(1)) };
    ports.create(&keys, &bobs).await.unwrap();
    let phones = keys.phone_indexes(&attempt(&keys, "at 0", at(0)).phone);
    for limit in [1, 2, 4, 5, 9] {
        let (mut range, mut found) = (range(0, 21 * DAY, limit), Vec::new());
        loop {
            let page = ports.of_phone(&keys, &phones, range.clone()).await.unwrap();
            assert!(page.items.len() <= limit, "a page is longer than its limit");
            found.extend(page.items);
            range.cursor = page.next;
            if range.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, own, "{limit} at a time");
    }
    let some = ports.of_phone(&keys, &phones, range(2, DAY, 9)).await.unwrap();
    assert_eq!(some, Page { items: own[2..4].into(), next: None });
}
