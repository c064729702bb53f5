//! Receipts: applied once, in any order, never back.

use doorstep_domain::{
    Mode,
    carrier::{CarrierName, FailureClass},
    keys::DataKeys,
    message::{AccountRef, Claimed, DeliveryReceipt, Happening, MessageStatus, ReceiptTaken, Step},
    money::Money,
    ports::Messages,
};

use super::messages::{SIGNUP, account, claim, claimed, failure, happening, read, sent};
use crate::{
    sample::{fresh_keys, fresh_store, keys_of},
    together,
};

use MessageStatus::{Delivered, Failed, Queued, Sending, Sent, Undelivered, Unknown};
use ReceiptTaken::{Gone, Strange};

/// It moved, and no price was told.
const APPLIED: ReceiptTaken = ReceiptTaken::Applied { priced: false };
/// It did not, and none was told.
const IGNORED: ReceiptTaken = ReceiptTaken::Ignored { priced: false };

/// A receipt of the account that its carrier has.
fn receipt(happening: Happening) -> DeliveryReceipt {
    let account = account(happening.carrier.unwrap());
    DeliveryReceipt { account, happening, price: None }
}

async fn receives(
    ports: &impl Messages,
    keys: &DataKeys,
    status: MessageStatus,
    after: i64,
) -> ReceiptTaken {
    let receipt = receipt(happening(status, after));
    let (store, mode) = keys.scope();
    ports.receive(store, mode, SIGNUP.message(0), &receipt).await.unwrap()
}

pub(super) async fn a_receipt_without_its_message_leaves_nothing(ports: &impl Messages) {
    let store = fresh_store();
    let [test, live] = [Mode::Test, Mode::Live].map(|mode| keys_of(store, mode));
    assert_eq!(receives(ports, &test, Delivered, 1).await, Gone);
    assert_eq!(ports.find(&test, &[SIGNUP.message(0)]).await.unwrap(), [], "nothing is kept");
    claimed(ports, &test, &claim(0, 0)).await;
    assert_eq!(receives(ports, &live, Delivered, 1).await, Gone, "of the other mode");
    assert_eq!(receives(ports, &test, Delivered, 1).await, APPLIED);
}

pub(super) async fn a_receipt_moves_a_message_up_and_never_back(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    ports.settle(&keys, &ours, &sent(1), None).await.unwrap();
    for (status, taken, now) in [
        (Queued, IGNORED, Sent),
        (Sending, IGNORED, Sent),
        (Sent, IGNORED, Sent),
        (Unknown, APPLIED, Unknown),
        (Sent, IGNORED, Unknown),
        (Unknown, IGNORED, Unknown),
        (Delivered, APPLIED, Delivered),
        (Undelivered, IGNORED, Delivered),
        (Failed, IGNORED, Delivered),
        (Unknown, IGNORED, Delivered),
    ] {
        assert_eq!(receives(ports, &keys, status, 2).await, taken, "{status:?}");
        assert_eq!(read(ports, &keys).await.status, now, "after {status:?}");
    }
    let history = [(Sent, 1), (Unknown, 2), (Delivered, 2)].map(|(s, t)| happening(s, t));
    assert_eq!(read(ports, &keys).await.history, history, "what was ignored leaves no line");
}

pub(super) async fn a_receipt_may_come_before_the_send_is_recorded(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    assert_eq!(receives(ports, &keys, Delivered, 1).await, APPLIED);
    ports.settle(&keys, &ours, &sent(2), None).await.unwrap();
    let found = read(ports, &keys).await;
    assert_eq!(found.status, Delivered);
    assert!(found.history.contains(&happening(Delivered, 1)));
    assert!(found.history.contains(&happening(Sent, 2)), "the send is still written down");
    assert_eq!(found.history.len(), 2);
}

pub(super) async fn a_receipt_that_comes_twice_changes_nothing(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    ports.settle(&keys, &ours, &sent(1), None).await.unwrap();
    assert_eq!(receives(ports, &keys, Undelivered, 2).await, APPLIED);
    let once = read(ports, &keys).await;
    assert_eq!(receives(ports, &keys, Undelivered, 2).await, IGNORED);
    assert_eq!(receives(ports, &keys, Delivered, 3).await, IGNORED, "final is final");
    assert_eq!(read(ports, &keys).await, once);
}

/// A message that waits for its carrier once more, while the first try arrived after all.
pub(super) async fn a_delivered_message_is_not_sent_again(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    let throttled = failure(Queued, FailureClass::Throttled, 1);
    ports.settle(&keys, &ours, &Step::Again(throttled), None).await.unwrap();
    assert_eq!(receives(ports, &keys, Delivered, 2).await, APPLIED);
    let answer = ports.claim(&keys, &claim(0, 3)).await.unwrap();
    assert_eq!(answer, Claimed::Done);
}

pub(super) async fn receipts_at_once_are_applied_once(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    claimed(ports, &keys, &claim(0, 0)).await;
    let taken = together((0..6).map(|_| receives(ports, &keys, Delivered, 1))).await;
    assert_eq!(taken.iter().filter(|taken| **taken == APPLIED).count(), 1);
    assert_eq!(read(ports, &keys).await.history.len(), 1);
}

/// Its receipt may come late: a text that is on the handset is there, whoever brought it.
pub(super) async fn a_carrier_that_lost_the_message_cannot_give_it_up(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    let happening = failure(Queued, FailureClass::CarrierDown, 1);
    let step = Step::NextCarrier { happening, carrier: CarrierName::Sandbox2 };
    ports.settle(&keys, &ours, &step, None).await.unwrap();
    assert_eq!(receives(ports, &keys, Undelivered, 2).await, IGNORED);
    claimed(ports, &keys, &claim(1, 3)).await;
    assert_eq!(receives(ports, &keys, Failed, 4).await, IGNORED);
    assert_eq!(receives(ports, &keys, Delivered, 5).await, APPLIED);
}

pub(super) async fn a_sender_that_lost_its_claim_settles_nothing(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let first = claimed(ports, &keys, &claim(0, 0)).await;
    let second = claimed(ports, &keys, &claim(0, 15)).await;
    let end = Step::End(failure(Failed, FailureClass::Policy, 16));
    ports.settle(&keys, &first, &end, None).await.unwrap();
    assert_eq!(read(ports, &keys).await.status, Sending);
    ports.settle(&keys, &second, &sent(17), None).await.unwrap();
    assert_eq!(read(ports, &keys).await.status, Sent);
}

pub(super) async fn a_receipt_of_another_account_changes_nothing(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Live);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    ports.settle(&keys, &ours, &sent(1), None).await.unwrap();
    let (store, mode) = keys.scope();
    for account in [
        AccountRef::new(CarrierName::Sandbox2, None),
        AccountRef::new(CarrierName::Sandbox, Some("another")),
    ] {
        let forged = DeliveryReceipt { account, ..receipt(happening(Delivered, 2)) };
        let taken = ports.receive(store, mode, SIGNUP.message(0), &forged).await.unwrap();
        assert_eq!(taken, Strange);
        assert_eq!(read(ports, &keys).await.status, Sent);
    }
}

pub(super) async fn a_price_is_kept_once(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Live);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    ports.settle(&keys, &ours, &sent(1), None).await.unwrap();
    let (store, mode) = keys.scope();
    let priced = true;
    for (status, price, taken, kept) in [
        (Sent, None, IGNORED, None),
        (Sent, Some("0.03"), ReceiptTaken::Ignored { priced }, Some("0.03")),
        (Unknown, Some("0.04"), APPLIED, Some("0.03")),
        (Delivered, Some("0.05"), APPLIED, Some("0.03")),
        (Delivered, Some("0.05"), IGNORED, Some("0.03")),
    ] {
        let money = |amount: &str| Money::parse(amount, "EUR").unwrap();
        let receipt = DeliveryReceipt { price: price.map(money), ..receipt(happening(status, 2)) };
        let answer = ports.receive(store, mode, SIGNUP.message(0), &receipt).await.unwrap();
        assert_eq!(answer, taken, "{status:?} {price:?}");
        assert_eq!(read(ports, &keys).await.price, kept.map(money));
    }
}

pub(super) async fn a_price_that_is_told_at_once_is_told_first_by_one(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Live);
    claimed(ports, &keys, &claim(0, 0)).await;
    let (store, mode) = keys.scope();
    let price = Money::parse("0.03", "EUR").ok();
    let receipt = DeliveryReceipt { price, ..receipt(happening(Delivered, 2)) };
    let taken = together((0..6).map(|_| ports.receive(store, mode, SIGNUP.message(0), &receipt)));
    let first = taken.await.into_iter().filter(|taken| {
        use ReceiptTaken::{Applied, Ignored};
        matches!(taken, Ok(Applied { priced: true } | Ignored { priced: true }))
    });
    assert_eq!(first.count(), 1);
}
