//! Claims: one holder each, whoever asks.

use doorstep_domain::{
    account::{Holder, Unique},
    carrier::CarrierName,
    ports::Claims,
};

use crate::{sample::fresh_store, together};

/// What [`Claims`] promises. Holders may be cached for 30 s: each is looked up once per test.
pub async fn claims(ports: &impl Claims) {
    what_is_claimed_has_its_holder(ports).await;
    nobody_takes_what_another_has(ports).await;
    what_is_given_back_is_free(ports).await;
    only_its_holder_gives_it_back(ports).await;
    of_claims_at_once_one_wins(ports).await;
}

/// Something that nobody else has.
fn account() -> Unique {
    Unique::Account(fresh_store().to_string())
}

fn holder(carrier: Option<CarrierName>) -> Holder {
    Holder { store: fresh_store(), carrier }
}

async fn what_is_claimed_has_its_holder(ports: &impl Claims) {
    let name = fresh_store().to_string();
    let number = Unique::Number(name.clone());
    let (account, twilio) = (Unique::Account(name), holder(Some(CarrierName::Twilio)));
    for _ in 0..2 {
        assert!(ports.claim(&account, twilio).await.unwrap(), "again by the same");
    }
    assert_eq!(ports.holder(&account).await.unwrap(), Some(twilio));
    assert_eq!(ports.holder(&number).await.unwrap(), None, "a number is no account");
    let shop = holder(None);
    assert!(ports.claim(&number, shop).await.unwrap());
    assert!(!ports.claim(&number, holder(None)).await.unwrap());
}

async fn nobody_takes_what_another_has(ports: &impl Claims) {
    let (account, ours) = (account(), holder(Some(CarrierName::Twilio)));
    assert!(ports.claim(&account, ours).await.unwrap());
    let other_carrier = Holder { carrier: Some(CarrierName::Vonage), ..ours };
    for other in [holder(Some(CarrierName::Twilio)), other_carrier] {
        assert!(!ports.claim(&account, other).await.unwrap());
    }
    assert_eq!(ports.holder(&account).await.unwrap(), Some(ours));
}

async fn what_is_given_back_is_free(ports: &impl Claims) {
    let (account, ours, theirs) = (account(), holder(None), holder(None));
    assert!(ports.claim(&account, ours).await.unwrap());
    for _ in 0..2 {
        ports.release(&account, ours).await.unwrap();
    }
    assert!(ports.claim(&account, theirs).await.unwrap());
}

async fn only_its_holder_gives_it_back(ports: &impl Claims) {
    let (account, ours) = (account(), holder(None));
    assert!(ports.claim(&account, ours).await.unwrap());
    ports.release(&account, holder(None)).await.unwrap();
    assert!(!ports.claim(&account, holder(None)).await.unwrap());
}

async fn of_claims_at_once_one_wins(ports: &impl Claims) {
    let account = account();
    let claims = together((0..6).map(|_| ports.claim(&account, holder(None)))).await;
    assert_eq!(claims.into_iter().filter(|claimed| *claimed == Ok(true)).count(), 1);
}
