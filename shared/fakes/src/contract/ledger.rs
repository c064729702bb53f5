//! The ledger: entries in order, each number taken once.

use doorstep_domain::{
    Mode,
    consent::{Basis, Door, Event, Linked, OptInConsent, Sale, Told, Wording, intact, link},
    id::{ConsentId, SignupId, UserId},
    keys::DataKeys,
    ports::Ledger,
};

use super::at;
use crate::sample::{fresh_keys, fresh_store};

/// What [`Ledger`] promises.
pub async fn ledger(ports: &impl Ledger) {
    let keys = fresh_keys(Mode::Live);
    let user = UserId::from_bits(fresh_store().bits());
    assert!(ports.entries(&keys, user).await.unwrap().is_empty());
    let first = link(&keys, &[], vec![whole(user), bare(user, 2)]);
    assert!(ports.append(&keys, user, &first, None).await.unwrap());
    let known = ports.entries(&keys, user).await.unwrap();
    assert_eq!(known, first, "it reads back what was written, every field of it");
    assert!(intact(&keys, &known));
    a_number_is_taken_once(ports, (&keys, user), &first).await;
    nobody_carries_no_news(ports, (&keys, user), &known).await;
    let other = UserId::from_bits(fresh_store().bits());
    assert!(ports.entries(&keys, other).await.unwrap().is_empty());
}

async fn a_number_is_taken_once(
    ports: &impl Ledger,
    (keys, user): (&DataKeys, UserId),
    first: &[Linked],
) {
    let late = link(keys, &first[..1], vec![bare(user, 3), bare(user, 4)]);
    assert!(!ports.append(keys, user, &late, None).await.unwrap());
    assert_eq!(ports.entries(keys, user).await.unwrap(), first, "all of it or nothing");
}

async fn nobody_carries_no_news(
    ports: &impl Ledger,
    (keys, user): (&DataKeys, UserId),
    known: &[Linked],
) {
    let news = doorstep_domain::ports::News { kind: "consent.withdrawn", trace: "" };
    let more = link(keys, known, vec![bare(user, 5)]);
    assert!(!ports.append(keys, user, &more, Some(news)).await.unwrap());
    assert_eq!(ports.entries(keys, user).await.unwrap(), known);
}

fn bare(user: UserId, number: u128) -> OptInConsent {
    let id = ConsentId::from_bits(user.bits() ^ number);
    OptInConsent::new(id, user, (Event::Withdrawn, "offers", "sms"), (Door::Stop, at(2_000)))
}

fn whole(user: UserId) -> OptInConsent {
    let text = |text: &str| Some(text.to_owned());
    OptInConsent {
        event: Event::Granted,
        basis: Basis::SoftOptIn,
        door: Door::Api,
        occurred_at: at(1_000),
        told: Some(Told {
            wording_version: "v3".to_owned(),
            wording: Some(Wording("Text me offers.".to_owned()).hash()),
            controllers: vec!["Corner Shop".to_owned(), "Market Hall".to_owned()],
            privacy_url: text("https://shop.example/privacy"),
        }),
        signup: Some(SignupId::derived(16)),
        page_url: text("https://shop.example/checkout"),
        locale: text("cy-GB"),
        ip_network: text("198.51.100.0/24"),
        sale: Some(Sale { negotiation: true, reference: "order 7".to_owned() }),
        reason: text("too many"),
        actor: text("key 0123456789ab"),
        ..bare(user, 1)
    }
}
