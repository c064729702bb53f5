//! A receipt finds its text, however the carrier writes ids.

use std::time::Duration;

use doorstep_domain::message::MessageStatus;
use doorstep_smpp::{Base, Delivery, IdBase, Receipt};
use serde_json::json;
use tokio::sync::mpsc;

use crate::smsc::{Smsc, receiver, sent};

/// The id of an answer, and the receipt for it.
async fn both(habits: serde_json::Value, ids: IdBase) -> (String, Receipt) {
    let smsc = Smsc::start();
    smsc.does(habits).await;
    let mut settings = smsc.settings();
    settings.ids = ids;
    let id = sent(&smsc.transmitter(&settings), "123456").await;
    let (sender, mut receipts) = mpsc::unbounded_channel();
    let receiver = receiver(&settings);
    let take = async |delivery| sender.send(delivery).is_ok();
    tokio::select! {
        run = receiver.run(Duration::from_secs(10), take) => panic!("{run:?}"),
        receipt = receipts.recv() => match receipt {
            Some(Delivery::Receipt(receipt)) => (id, receipt),
            other => panic!("{other:?}"),
        },
    }
}

#[tokio::test]
async fn an_answer_and_its_receipt_have_one_id() {
    for (response, receipt, ids) in [
        ("hex", "decimal", IdBase { response: Base::Hex, receipt: Base::Decimal }),
        ("decimal", "hex", IdBase { response: Base::Decimal, receipt: Base::Hex }),
        ("hex", "hex", IdBase { response: Base::Hex, receipt: Base::Hex }),
        ("decimal", "decimal", IdBase::default()),
        ("uuid", "uuid", IdBase::default()),
    ] {
        for by in ["text", "tlv", "unterminated_tlv"] {
            let ids_of = json!({"response": response, "receipt": receipt});
            let habits = json!({"ids": ids_of, "receipt": "after", "receipt_by": by});
            let (id, receipt) = both(habits, ids).await;
            assert!(!id.is_empty());
            assert_eq!(id, receipt.carrier_message_id, "{ids:?} by {by}");
            assert_eq!(receipt.status, MessageStatus::Delivered);
        }
    }
}

#[tokio::test]
async fn bases_that_the_settings_do_not_name_do_not_meet() {
    let habits = json!({"ids": {"response": "hex", "receipt": "decimal"}, "receipt": "after"});
    let (id, receipt) = both(habits, IdBase::default()).await;
    assert_ne!(id, receipt.carrier_message_id);
}
