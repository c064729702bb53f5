//! Links: whichever of send and receipt comes second joins them.

use doorstep_domain::{
    Mode,
    carrier::CarrierName,
    id::{MessageId, StoreId},
    message::{AccountRef, CarrierMessageId, DeliveryReceipt, Linked, MessageStatus},
    money::Money,
    ports::Links,
};

use super::messages::{SIGNUP, failure, happening};
use crate::{sample::fresh_store, together};

/// What [`Links`] promises.
pub async fn links(ports: &impl Links) {
    a_receipt_finds_the_message_of_its_send(ports).await;
    a_receipt_that_comes_first_waits_for_its_send(ports).await;
    the_same_id_at_another_account_is_another(ports).await;
    of_send_and_receipt_at_once_none_is_lost(ports).await;
}

fn theirs(account: &str, id: &str) -> CarrierMessageId {
    let account = AccountRef::new(CarrierName::Twilio, Some(account));
    CarrierMessageId { account, id: id.to_owned() }
}

fn receipt(status: MessageStatus) -> DeliveryReceipt {
    let account = AccountRef::new(CarrierName::Twilio, Some("AC1"));
    DeliveryReceipt { account, happening: happening(status, 2), price: None }
}

/// A message that nobody else has.
fn message() -> ((StoreId, Mode), MessageId, String) {
    let store = fresh_store();
    ((store, Mode::Live), SIGNUP.message(0), store.to_string())
}

async fn a_receipt_finds_the_message_of_its_send(ports: &impl Links) {
    let (scope, message, id) = message();
    assert_eq!(ports.link(&theirs("AC1", &id), scope, message).await.unwrap(), []);
    let linked = Linked::To(scope.0, scope.1, message);
    let delivered = receipt(MessageStatus::Delivered);
    for _ in 0..2 {
        let found = ports.note_receipt(&theirs("AC1", &id), &delivered).await.unwrap();
        assert_eq!(found, linked);
    }
    assert_eq!(ports.link(&theirs("AC1", &id), scope, message).await.unwrap(), []);
}

async fn a_receipt_that_comes_first_waits_for_its_send(ports: &impl Links) {
    let (scope, message, id) = message();
    let class = doorstep_domain::carrier::FailureClass::HandsetAbsent;
    let gone = DeliveryReceipt {
        happening: failure(MessageStatus::Undelivered, class, 3),
        price: Some(Money::parse("0.0333", "EUR").unwrap()),
        ..receipt(MessageStatus::Sent)
    };
    for early in [&receipt(MessageStatus::Sent), &gone] {
        let found = ports.note_receipt(&theirs("AC1", &id), early).await.unwrap();
        assert_eq!(found, Linked::NotYet);
    }
    let early = ports.link(&theirs("AC1", &id), scope, message).await.unwrap();
    assert_eq!(early, [receipt(MessageStatus::Sent), gone]);
}

async fn the_same_id_at_another_account_is_another(ports: &impl Links) {
    let (scope, message, id) = message();
    ports.link(&theirs("AC1", &id), scope, message).await.unwrap();
    let found = ports.note_receipt(&theirs("AC2", &id), &receipt(MessageStatus::Sent)).await;
    assert_eq!(found.unwrap(), Linked::NotYet);
}

async fn of_send_and_receipt_at_once_none_is_lost(ports: &impl Links) {
    for _ in 0..10 {
        let (scope, message, id) = message();
        let theirs = theirs("AC1", &id);
        let delivered = receipt(MessageStatus::Delivered);
        let delivered = &delivered;
        let sides = together([true, false].map(|send| {
            let theirs = &theirs;
            async move {
                if send {
                    ports.link(theirs, scope, message).await.unwrap().len()
                } else {
                    let found = ports.note_receipt(theirs, delivered).await.unwrap();
                    usize::from(found != Linked::NotYet)
                }
            }
        }));
        let applied: usize = sides.await.into_iter().sum();
        assert_eq!(applied, 1, "exactly one of them applies the receipt");
    }
}
