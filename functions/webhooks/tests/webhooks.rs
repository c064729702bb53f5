//! What carriers get for an answer, and what reaches the queue.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::{Arc, Mutex};

use doorstep_domain::{
    Fault, Mode,
    account::{Holder, NewAccount, Unique, put},
    carrier::{Account, CarrierName},
    hear::{Callback, CarrierReceipt, Heard, InboundText, NotHeard},
    id::{MessageId, StoreId},
    message::MessageStatus,
    ports::{Claims, Hearing, Inbox, Overhearing, Stores},
    store::Store,
    webhook::{Proof, Proved},
};
use doorstep_edge::{Call, heard::HeardEvent, http::Routes, sns::Subscriber};
use doorstep_fakes::{Memory, Ring, sample};
use webhooks::{EumEvents, Webhooks};

#[derive(Default)]
struct Bodies(Mutex<Vec<String>>);

impl Inbox for &Bodies {
    async fn put(&self, body: String) -> Result<(), Fault> {
        self.0.lock().unwrap().push(body);
        Ok(())
    }
}

impl Bodies {
    fn taken(&self) -> Vec<HeardEvent> {
        self.0.lock().unwrap().drain(..).map(|body| HeardEvent::read(&body).unwrap()).collect()
    }
}

/// Hears what it is asked: the URL and the body must be signed with the account's secret, as text.
struct Literal;

impl Hearing for Literal {
    fn hear(
        &self,
        account: &Account,
        callback: &Callback<'_>,
    ) -> Result<Proved<Vec<Heard>>, NotHeard> {
        let secret = account.expose("auth_token").unwrap();
        let body = std::str::from_utf8(callback.body).unwrap();
        let signed = format!("{secret} {} {}{body}", callback.method, callback.url);
        if callback.header("x-signature") != Some(&signed) {
            return Err(NotHeard::Unproven);
        }
        let says = match (body, callback.inbound) {
            ("?", _) => return Err(NotHeard::Malformed),
            ("", _) => Vec::new(),
            (_, true) => vec![text()],
            (_, false) => vec![receipt(None), receipt(callback.named())],
        };
        Ok(Proved { proof: Proof::of(signed.as_bytes(), &[]), says })
    }
}

fn receipt(named: Option<(StoreId, MessageId)>) -> Heard {
    Heard::Receipt(CarrierReceipt {
        carrier_message_id: Some("SM1".to_owned()),
        message: named.map(|(store, message)| (Some(store), message)),
        status: MessageStatus::Delivered,
        class: None,
        code: None,
        price: None,
        at: None,
    })
}

fn text() -> Heard {
    let [id, from, to, text] =
        ["in-1", "+447400123456", "+447400654321", "STOP"].map(str::to_owned);
    Heard::Text(InboundText { id, from, to, text })
}

const BASE: &str = "https://api.shop.example/v1";
const RECEIPTS: &str = "POST /webhooks/carriers/{carrier}/{account}";

struct World {
    ports: Arc<Memory>,
    queue: Bodies,
}

impl World {
    async fn new() -> Self {
        let ports = Arc::new(Memory::default());
        ports.save(&sample::store()).await.unwrap();
        let fields = [("auth_token".to_owned(), "secret".to_owned())].into();
        let (carrier, id) = (CarrierName::Twilio, "AC1".to_owned());
        let new = NewAccount { owner: sample::STORE, carrier, id, fields, first: false };
        put(&*ports, &Ring, new).await.unwrap();
        Self { ports, queue: Bodies::default() }
    }

    async fn answers(&self, call: &Call) -> u16 {
        let routes = Webhooks {
            ports: Arc::clone(&self.ports),
            ring: Ring,
            queue: &self.queue,
            ears: Literal,
            standard: Literal,
            public_url: Some(BASE.to_owned()),
        };
        routes.answer(call).await.map_or_else(|problem| problem.status, |answer| answer.status)
    }
}

/// A call to this route, signed for the URL that the carrier knows.
fn call(route: &str, path: &str, body: &str) -> Call {
    let method = route.split(' ').next().unwrap();
    let signed = format!("secret {method} {BASE}{path}{body}");
    let names = [("carrier", "twilio"), ("account", "AC1")];
    Call {
        route: route.to_owned(),
        target: path.to_owned(),
        path: names.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        headers: [("x-signature".to_owned(), signed)].into(),
        body: body.as_bytes().to_vec(),
        ..Call::default()
    }
}

#[tokio::test]
async fn a_proven_receipt_is_sealed_and_waits_for_ingest() {
    let world = World::new().await;
    let message = MessageId::from_bits(9);
    let path = format!("/webhooks/carriers/twilio/AC1?store={}&message={message}", sample::STORE);
    assert_eq!(world.answers(&call(RECEIPTS, &path, "a=1")).await, 204);
    let keys = sample::keys_of(sample::STORE, Mode::Live);
    let heard: Vec<_> =
        world.queue.taken().iter().map(|event| event.open(&keys).unwrap()).collect();
    assert_eq!(heard, [receipt(None), receipt(Some((sample::STORE, message)))]);
}

#[tokio::test]
async fn the_url_is_the_one_that_carriers_know_whatever_the_gateway_calls_it() {
    let world = World::new().await;
    let path = "/webhooks/carriers/twilio/AC1/inbound?x=%20a+b";
    for target in [path.to_owned(), format!("/v1{path}")] {
        let route = "GET /webhooks/carriers/{carrier}/{account}/inbound";
        let call = Call { target, ..call(route, path, "t") };
        assert_eq!(world.answers(&call).await, 204);
        let keys = sample::keys_of(sample::STORE, Mode::Live);
        assert_eq!(world.queue.taken()[0].open(&keys), Ok(text()));
    }
}

#[tokio::test]
async fn what_is_forged_or_for_nobody_is_unauthenticated_and_leaves_nothing() {
    let world = World::new().await;
    let path = "/webhooks/carriers/twilio/AC1";
    let good = || call(RECEIPTS, path, "a=1");
    let named = |name: &str, value: &str| {
        let mut call = good();
        call.path.insert(name.to_owned(), value.to_owned());
        call
    };
    for forged in [
        Call { headers: [].into(), ..good() },
        Call { body: b"a=2".to_vec(), ..good() },
        Call { target: format!("{path}?store=x"), ..good() },
        named("account", "AC2"),
        named("carrier", "vonage"),
        named("carrier", "pigeon"),
    ] {
        assert_eq!(world.answers(&forged).await, 401, "{}", forged.target);
    }
    assert!(world.queue.taken().is_empty());
    assert_eq!(world.answers(&good()).await, 204, "a forged one first changes nothing");
}

#[tokio::test]
async fn malformed_and_meaningless_requests_leave_nothing() {
    let world = World::new().await;
    let path = "/webhooks/carriers/twilio/AC1";
    assert_eq!(world.answers(&call(RECEIPTS, path, "?")).await, 400);
    assert_eq!(world.answers(&call(RECEIPTS, path, "")).await, 204);
    assert_eq!(world.answers(&call("PUT /webhooks", path, "")).await, 404);
    assert!(world.queue.taken().is_empty());
}

#[tokio::test]
async fn the_same_request_again_is_handed_over_again_with_its_first_time() {
    let world = World::new().await;
    let call = call(RECEIPTS, "/webhooks/carriers/twilio/AC1/inbound", "a=1");
    let mut times = Vec::new();
    for _ in 0..2 {
        assert_eq!(world.answers(&call).await, 204);
        times.extend(world.queue.taken().iter().map(|event| event.at));
        world.ports.clock.pass(jiff::SignedDuration::from_hours(1));
    }
    assert_eq!(times.len(), 4);
    assert!(times.iter().all(|at| *at == times[0]));
}

#[tokio::test]
async fn a_standard_webhook_names_its_account_in_the_body() {
    let world = World::new().await;
    for (body, status) in [
        (r#"{"data":{"account":"AC1"}}"#, 204),
        (r#"{"data":{"account":"AC2"}}"#, 401),
        (r#"{"data":{}}"#, 401),
        ("nonsense", 401),
    ] {
        assert_eq!(
            world.answers(&call("POST /webhooks", "/webhooks", body)).await,
            status,
            "{body}"
        );
    }
    assert_eq!(world.queue.taken().len(), 2);
}

struct Overheard(Option<Heard>);

impl Overhearing for Overheard {
    fn overhear(&self, _: &str) -> Option<Heard> {
        self.0.clone()
    }
}

/// What reaches the queue when a topic of End User Messaging says this.
async fn publishes(world: &World, heard: Option<Heard>) -> Vec<HeardEvent> {
    let ports = Arc::clone(&world.ports);
    let events = EumEvents { ports, ring: Ring, queue: &world.queue, ears: Overheard(heard) };
    events.handle("{}").await.unwrap();
    world.queue.taken()
}

#[tokio::test]
async fn an_eum_receipt_goes_to_the_store_of_its_context() {
    let world = World::new().await;
    let message = MessageId::from_bits(9);
    let named = receipt(Some((sample::STORE, message)));
    let events = publishes(&world, Some(named.clone())).await;
    let told = events[0].told().unwrap();
    assert_eq!((told.carrier, told.account, told.owner), (CarrierName::Eum, None, sample::STORE));
    assert_eq!(events[0].open(&sample::keys_of(sample::STORE, Mode::Live)), Ok(named));
    let gone = receipt(Some((StoreId::from_bits(99), message)));
    for nothing in [None, Some(receipt(None)), Some(gone)] {
        assert_eq!(publishes(&world, nothing).await, []);
    }
}

#[tokio::test]
async fn an_eum_text_goes_to_the_store_that_has_the_number() {
    let world = World::new().await;
    assert_eq!(publishes(&world, Some(text())).await, [], "nobody has it yet");
    let holder = Holder { store: sample::STORE, carrier: None };
    let number = Unique::number("447400654321").unwrap();
    world.ports.claim(&number, holder).await.unwrap();
    let events = publishes(&world, Some(text())).await;
    assert_eq!(events[0].told().unwrap().owner, sample::STORE);
    assert_ne!(sample::STORE, Store::DEPLOYMENT);
}
