//! What a carrier's word does to the next sign-ups of a range.

use doorstep_domain::{
    carrier::{Channel, FailureClass, Outcome, Outgoing},
    guard::{
        Admitted, Asked, Effect, Lever, Refused, Rule, Solution, Spend, Task, admit, question,
        solve,
    },
    phone::PhoneNumber,
    ports::{Carrier, Clock},
    price::estimate,
    start::{Start, StartError},
};

use doorstep_fakes::together;
use jiff::Timestamp;

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

/// A shop of which a stranger asked for texts to Ada's range until a challenge is asked for.
async fn pumped() -> (Shop, Task) {
    let mut shop = Shop::open();
    let (rule, effect, until) = (Rule::ProofOfWork, Effect::Enforce, Timestamp::MAX);
    let easy = Lever { scope: shop.mode, rule, value: Some(4), effect, from: None, until };
    shop.store.settings.levers = Some(vec![easy]);
    for number in 0..3 {
        let phone = format!("+44770090020{number}");
        shop.asks(ada(&shop, &phone, &phone, None)).await.unwrap();
    }
    match shop.asks(ada(&shop, ADA, "ada", None)).await {
        Err(StartError::Refused(Refused::Challenge(task))) => (shop, task),
        other => panic!("{other:?}"),
    }
}

fn ada(shop: &Shop, phone: &str, key: &str, solution: Option<Solution>) -> Start {
    Start { guarded: true, solution, ..shop.call(phone, key) }
}

#[tokio::test]
async fn a_solved_challenge_sends_one_text_to_one_number() {
    let (shop, task) = pumped().await;
    let solved = || Some(Solution::Work(solve(&task.work)));
    assert!(shop.asks(ada(&shop, BOB, "bob", solved())).await.is_err(), "it is Ada's");
    shop.asks(ada(&shop, ADA, "ada", solved())).await.unwrap();
    assert!(shop.asks(ada(&shop, ADA, "again", solved())).await.is_err(), "it was used");
}

#[tokio::test]
async fn a_solution_that_comes_ten_times_at_once_sends_one_text() {
    let (shop, task) = pumped().await;
    let solution = Solution::Work(solve(&task.work));
    let calls =
        (0..10).map(|n| shop.asks(ada(&shop, ADA, &format!("{n}"), Some(solution.clone()))));
    let sent = together(calls).await.into_iter().flatten().count();
    assert_eq!(sent, 1);
}

/// The guards alone are asked, as where the sign-up is not written afterwards.
async fn admits(shop: &Shop, key: &str, solution: &Solution) -> Result<Admitted, Refused> {
    let (whole, phone) = (shop.whole(), PhoneNumber::parse(ADA, None, shop.mode).unwrap());
    let asked = Asked {
        spend: Spend {
            store: &whole.store,
            deployment: &whole.deployment,
            mode: shop.mode,
            key: None,
            to: &phone,
            channel: Channel::Sms,
            cost: estimate(phone.region(), 1),
            code: true,
            at: shop.memory.now(),
        },
        keys: &whole.keys,
        shared: &whole.shared,
        signup: (whole.keys.signup_id(key), 0),
        source: Some([203, 0, 113, 7].into()),
        session: Some("session"),
        solution: Some(solution),
    };
    let looked = question(&asked).look(&*shop.memory, None).await.unwrap();
    admit(&*shop.memory, &shop.pool, &asked, looked).await.unwrap()
}

#[tokio::test]
async fn a_solution_is_good_again_for_the_sign_up_that_was_counted_and_not_written() {
    let (shop, task) = pumped().await;
    let solution = Solution::Work(solve(&task.work));
    for _ in 0..3 {
        admits(&shop, "ada", &solution).await.unwrap();
    }
    admits(&shop, "another", &solution).await.unwrap_err();
}
