//! Who may bind, for how long, and when the carrier may forget.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Mutex;

use doorstep_domain::{
    Fault, Mode,
    account::{NewAccount, put},
    carrier::CarrierName,
    hear::Heard,
    id::StoreId,
    lease::Lease,
    message::MessageStatus,
    ports::{Clock, Inbox, Leases, Stores},
    store::Store,
};
use doorstep_edge::{
    heard::HeardEvent,
    scheduled::{Job, Turn},
};
use doorstep_fakes::{Memory, Ring, Smsc, sample};
use doorstep_smpp::{Direct, Endpoint};
use jiff::SignedDuration;
use receive_smpp::Receiving;

const RECEIPT: &str = "id:0042 sub:001 dlvrd:001 stat:DELIVRD err:000 text:123456 is";

/// A queue that fails so many times first.
#[derive(Default)]
struct Bodies {
    put: Mutex<Vec<String>>,
    failures: Mutex<usize>,
}

impl Inbox for Bodies {
    async fn put(&self, body: String) -> Result<(), Fault> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(Fault::new("put", "down"));
        }
        self.put.lock().unwrap().push(body);
        Ok(())
    }
}

type Function = Receiving<Memory, Ring, Bodies, Direct>;

/// A function whose deployment has an account, held for 400 ms.
async fn function(smsc: &Smsc) -> Function {
    let receiving = Receiving {
        ports: Memory::default(),
        ring: Ring,
        queue: Bodies::default(),
        dial: Direct,
        endpoint: Endpoint::parse(&smsc.url).unwrap(),
        hold: SignedDuration::from_millis(400),
    };
    account(&receiving, Store::DEPLOYMENT, "group").await;
    receiving
}

async fn account(function: &Function, owner: StoreId, id: &str) {
    let fields = [("password", "secret"), ("from", "Teashop")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let new =
        NewAccount { owner, carrier: CarrierName::Smpp, id: id.to_owned(), fields, first: false };
    put(&function.ports, &function.ring, new).await.unwrap();
}

async fn runs(function: &Function, left: i64) -> Result<(), Fault> {
    let deadline = function.ports.now() + SignedDuration::from_secs(left);
    function.run(Turn { request_id: "r-1", deadline }).await
}

fn taken(function: &Function, owner: StoreId) -> Vec<Heard> {
    let keys = sample::keys_of(owner, Mode::Live);
    let bodies = function.queue.put.lock().unwrap();
    bodies.iter().map(|body| HeardEvent::read(body).unwrap().open(&keys).unwrap()).collect()
}

fn others(function: &Function) -> Lease {
    let at = function.ports.now();
    let (name, owner) = ("smpp".to_owned(), "another".to_owned());
    Lease { name, owner, at, until: at + SignedDuration::from_secs(60) }
}

#[tokio::test]
async fn receipts_and_texts_reach_the_queue_sealed() {
    let text = Smsc::delivery(0, "STOP");
    let smsc = Smsc::start(vec![Smsc::delivery(4, RECEIPT), text]).await;
    let function = function(&smsc).await;
    runs(&function, 60).await.unwrap();
    assert_eq!(smsc.waiting(), 0);
    assert_eq!(smsc.seen().last().unwrap(), "unbind");
    let bodies = function.queue.put.lock().unwrap().concat();
    for personal in ["0042", "STOP", "447700900001", "123456"] {
        assert!(!bodies.contains(personal), "{personal}");
    }
    for heard in taken(&function, Store::DEPLOYMENT) {
        match heard {
            Heard::Receipt(receipt) => {
                assert_eq!(receipt.carrier_message_id.as_deref(), Some("0042"));
                assert_eq!(receipt.status, MessageStatus::Delivered);
            }
            Heard::Text(text) => assert_eq!((text.text, text.id.len()), ("STOP".to_owned(), 32)),
        }
    }
    assert_eq!(taken(&function, Store::DEPLOYMENT).len(), 2);
}

#[tokio::test]
async fn what_the_queue_did_not_take_stays_at_the_carrier() {
    let smsc = Smsc::start(vec![Smsc::delivery(4, RECEIPT)]).await;
    let function = function(&smsc).await;
    *function.queue.failures.lock().unwrap() = 1;
    runs(&function, 60).await.unwrap();
    assert_eq!((smsc.waiting(), taken(&function, Store::DEPLOYMENT).len()), (1, 0));
    runs(&function, 60).await.unwrap();
    assert_eq!((smsc.waiting(), taken(&function, Store::DEPLOYMENT).len()), (0, 1));
}

#[tokio::test]
async fn two_receivers_never_overlap() {
    let smsc = Smsc::start(Vec::new()).await;
    let function = function(&smsc).await;
    assert!(function.ports.hold(&others(&function)).await.unwrap());
    runs(&function, 60).await.unwrap();
    assert_eq!(smsc.seen(), [""; 0]);
    function.ports.give_back(&others(&function)).await.unwrap();
    let (one, two) = tokio::join!(runs(&function, 60), runs(&function, 60));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(smsc.seen(), ["bind_receiver", "unbind"]);
}

#[tokio::test]
async fn the_lease_is_free_after_a_run_even_one_that_failed() {
    let smsc = Smsc::start(Vec::new()).await;
    let mut function = function(&smsc).await;
    function.endpoint = Endpoint::parse("smpp://127.0.0.1:1").unwrap();
    assert_eq!(runs(&function, 60).await.unwrap_err().code, "not_bound");
    assert!(function.ports.hold(&others(&function)).await.unwrap());
}

#[tokio::test]
async fn a_receiver_ends_ten_seconds_before_lambda_would_end_it() {
    let smsc = Smsc::start(Vec::new()).await;
    let mut function = function(&smsc).await;
    runs(&function, 9).await.unwrap();
    assert_eq!(smsc.seen(), [""; 0], "no time is left");
    function.hold = SignedDuration::from_mins(14);
    let run = tokio::time::timeout(std::time::Duration::from_secs(5), runs(&function, 11)).await;
    run.unwrap().unwrap();
    assert_eq!(smsc.seen(), ["bind_receiver", "unbind"]);
}

#[tokio::test]
async fn a_stores_own_account_is_received_for_under_its_own_keys() {
    let smsc = Smsc::start(Vec::new()).await;
    let function = function(&smsc).await;
    for id in [sample::STORE, StoreId::from_bits(16)] {
        function.ports.save(&Store { id, ..sample::store() }).await.unwrap();
    }
    runs(&function, 60).await.unwrap();
    assert_eq!(smsc.seen().len(), 2, "one bind for all stores without an account");
    account(&function, sample::STORE, "teashop").await;
    runs(&function, 60).await.unwrap();
    let binds = smsc.seen().iter().filter(|seen| *seen == "bind_receiver").count();
    assert_eq!(binds, 3);
}
