//! What an attack costs a shop, and what it costs its shoppers: bounds, held by simulation. The
//! whole report is `make attack`.

use doorstep_domain::money::Money;
use doorstep_fakes::market::{ATTACK, Attack, LOOKALIKES, Outcome, Party, SHOP, Scenario, play};

/// A day with an attack in it, after one without.
async fn attacked(attack: Attack) -> Outcome {
    play(&Scenario { days: 2, whole: false, attack: Some(attack), ..SHOP }, 1).await
}

fn pounds(amount: i64) -> Money {
    Money::pounds(amount * 1_000_000_000)
}

fn cost(outcome: &Outcome) -> i64 {
    outcome.of(Party::Attacker).cost().nanos()
}

fn assert_shoppers_are_served(outcome: &Outcome) {
    let shoppers = outcome.of(Party::Shopper);
    assert!(shoppers.signups > 1_000, "there were shoppers");
    assert!(shoppers.refused_percent() <= 1.0, "{:?}", shoppers.refused);
}

#[tokio::test]
async fn ten_thousand_sign_ups_that_nobody_verifies_cost_less_than_ten_pounds() {
    for attack in [ATTACK, Attack { hours: 1.0, ranges: 2_000, ..ATTACK }] {
        let outcome = attacked(attack).await;
        let raiders = outcome.of(Party::Attacker);
        assert_eq!(raiders.signups, 10_000);
        assert!(raiders.texts > 0, "nothing is known of the first ones");
        assert!(cost(&outcome) <= pounds(10).nanos(), "{}", raiders.cost());
        assert_shoppers_are_served(&outcome);
    }
}

#[tokio::test]
async fn nor_do_fifty_pounds_go_when_a_fifth_is_verified_and_challenges_are_solved() {
    let outcome = attacked(Attack { verified: 0.2, solving: true, ..ATTACK }).await;
    assert!(outcome.of(Party::Attacker).verified > 0);
    assert!(cost(&outcome) <= pounds(50).nanos(), "{}", outcome.of(Party::Attacker).cost());
    assert_shoppers_are_served(&outcome);
}

#[tokio::test]
async fn numbers_that_only_look_british_cost_nothing() {
    let outcome = attacked(Attack { lands: LOOKALIKES, ..ATTACK }).await;
    assert_eq!((outcome.of(Party::Attacker).texts, cost(&outcome)), (0, 0));
    assert_shoppers_are_served(&outcome);
}

#[tokio::test]
async fn shoppers_of_a_first_day_and_of_a_sale_are_not_refused() {
    for sale in [None, Some(12)] {
        let outcome = play(&Scenario { days: 1, sale, ..SHOP }, 1).await;
        let shoppers = outcome.of(Party::Shopper);
        assert!(shoppers.refused.is_empty(), "{:?}", shoppers.refused);
        assert!(shoppers.challenged_percent() <= 5.0, "{:?}", shoppers.challenged);
    }
}

#[tokio::test]
async fn a_refused_send_is_a_decision_that_names_its_rule() {
    let outcome = attacked(Attack { signups: 1_000, ranges: 5, hours: 1.0, ..ATTACK }).await;
    let refused = outcome.of(Party::Attacker).refused;
    let rules: Vec<_> = refused.keys().map(String::as_str).collect();
    assert_eq!(rules, ["prefix_conversion"], "{refused:?}");
}
