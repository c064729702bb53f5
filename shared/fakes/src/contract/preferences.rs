//! Links to preferences: whose they are, until they are forgotten.

use doorstep_domain::{
    Mode,
    id::UserId,
    keys::DataKeys,
    ports::PreferenceLinks,
    preference::{PreferenceToken, forget, issue, open},
};
use jiff::SignedDuration;

use super::at;
use crate::sample::{fresh_store, keys_of};

/// What [`PreferenceLinks`] promises.
pub async fn preference_links(ports: &impl PreferenceLinks) {
    what_nobody_made_opens_nothing(ports).await;
    a_link_opens_the_preferences_of_its_shopper_until_it_ends(ports).await;
    a_day_has_one_link_whose_end_never_moves(ports).await;
    a_shopper_who_is_forgotten_has_no_links(ports).await;
}

fn keys() -> DataKeys {
    keys_of(fresh_store(), Mode::Test)
}

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

async fn what_nobody_made_opens_nothing(ports: &impl PreferenceLinks) {
    let nobodys = format!("{:032x}", fresh_store().bits());
    for token in ["", "A", &format!("{}A", &nobodys[..21]), &nobodys] {
        assert_eq!(open(ports, token, at(0)).await.unwrap(), None, "{token}");
    }
}

async fn a_link_opens_the_preferences_of_its_shopper_until_it_ends(ports: &impl PreferenceLinks) {
    let keys = keys();
    let user = UserId::from_bits(7);
    let (token, expires_at) = issue(ports, &keys, user, at(0)).await.unwrap();
    let open = async |at| open(ports, &token.expose(), at).await.unwrap();
    let whose = open(at(0)).await.unwrap();
    assert_eq!((whose.scope, whose.user), (keys.scope(), user));
    assert_eq!(whose.expires_at, expires_at);
    // `at` begins at midday.
    assert_eq!(open(at(0) + hours(29 * 24 + 11)).await, Some(whose));
    assert_eq!(open(at(0) + hours(29 * 24 + 12)).await, None, "its days are over");
}

async fn a_day_has_one_link_whose_end_never_moves(ports: &impl PreferenceLinks) {
    let (keys, user) = (keys(), UserId::from_bits(7));
    let issue = async |keys: &DataKeys, user, at| issue(ports, keys, user, at).await.unwrap();
    let text = |(token, end): (PreferenceToken, _)| (token.expose(), end);
    let first = text(issue(&keys, user, at(0)).await);
    assert_eq!(text(issue(&keys, user, at(0) + hours(11)).await), first);
    let others = [
        issue(&keys, user, at(0) + hours(12)).await,
        issue(&keys, UserId::from_bits(8), at(0)).await,
        issue(&self::keys(), user, at(0)).await,
    ];
    for other in others {
        assert_ne!(text(other).0, first.0);
    }
}

async fn a_shopper_who_is_forgotten_has_no_links(ports: &impl PreferenceLinks) {
    let (keys, user, other) = (keys(), UserId::from_bits(7), UserId::from_bits(8));
    let now = at(0) + hours(29 * 24);
    let issue = async |user, at| issue(ports, &keys, user, at).await.unwrap().0;
    let waits = issue(user, now + hours(13 * 24)).await;
    let theirs = [issue(user, at(0)).await, issue(user, now).await, waits];
    let kept = issue(other, now).await;
    for _ in 0..2 {
        forget(ports, &keys, user, now).await.unwrap();
    }
    for token in theirs {
        assert_eq!(open(ports, &token.expose(), now).await.unwrap(), None);
    }
    assert!(open(ports, &kept.expose(), now).await.unwrap().is_some());
}
