//! What a carrier's word does to the next sign-ups of a range.

use doorstep_domain::{
    carrier::{FailureClass, Outcome, Outgoing},
    guard::Refused,
    ports::Carrier,
    start::{Start, StartError},
};

use crate::shop::{ADA, BOB, Shop};

/// Refuses every text with this code.
struct Refusing(&'static str);

impl Carrier for Refusing {
    async fn send(&self, _: &Outgoing) -> Outcome {
        Outcome::Failed { class: FailureClass::Policy, code: self.0.to_owned() }
    }
}

/// What becomes of Bob's sign-up after a carrier refused Ada's, whose number is of the same range.
async fn after(code: &'static str, guarded: bool) -> Result<(), StartError> {
    let shop = Shop::open();
    let call = |phone, key| Start { guarded, ..shop.call(phone, key) };
    let id = shop.asks(call(ADA, "ada")).await.unwrap().attempt.id;
    shop.sends(&Refusing(code), &shop.dispatch(id, 0, 0)).await.unwrap();
    shop.asks(Start { guarded: true, ..call(BOB, "bob") }).await.map(drop)
}

#[tokio::test]
async fn a_range_that_a_carrier_calls_fraud_gets_no_more_texts() {
    let refused = after("blocked_as_fraud", true).await.unwrap_err();
    assert!(matches!(refused, StartError::Refused(Refused::Blocked)));
}

#[tokio::test]
async fn a_policy_or_a_test_without_limits_says_nothing_about_a_range() {
    after("not_a_drama_number", true).await.unwrap();
    after("blocked_as_fraud", false).await.unwrap();
}
