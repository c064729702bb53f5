//! What carriers call: forged first, then twice, elsewhere, and for who is gone.

use doorstep_domain::{
    Fault,
    account::{NewAccount, put, remove},
    carrier::{Account, CarrierName, FailureClass},
    hear::{Callback, CarrierReceipt, Heard, NotHeard},
    id::{MessageId, StoreId},
    message::{AccountRef, MessageStatus},
    open_store,
    ports::{Clock, Hearing},
    receive::{Of, Report, Told},
    store::Store,
    webhook::{Addressed, Proof, Proved, Proven, Refused, prove},
};
use doorstep_fakes::{Memory, Ring, sample};
use jiff::SignedDuration;

/// Hears whoever names the account's secret in a header; the body `?` is not readable.
struct Trusting;

impl Hearing for Trusting {
    fn hear(
        &self,
        account: &Account,
        callback: &Callback<'_>,
    ) -> Result<Proved<Vec<Heard>>, NotHeard> {
        let secret = account.expose("auth_token").unwrap();
        if callback.header("x-signature") != Some(secret) {
            return Err(NotHeard::Unproven);
        }
        if callback.body == b"?" {
            return Err(NotHeard::Malformed);
        }
        let proof = Proof::of(secret.as_bytes(), &[callback.body]);
        Ok(Proved { proof, says: vec![receipt()] })
    }
}

fn receipt() -> Heard {
    Heard::Receipt(told(None, Some("SM1")))
}

fn told(message: Option<(Option<StoreId>, MessageId)>, theirs: Option<&str>) -> CarrierReceipt {
    CarrierReceipt {
        carrier_message_id: theirs.map(str::to_owned),
        message,
        status: MessageStatus::Undelivered,
        class: Some(FailureClass::Landline),
        code: Some("30006".to_owned()),
        price: None,
        at: None,
    }
}

struct World {
    memory: Memory,
    shop: StoreId,
    other: StoreId,
}

impl World {
    /// Two shops with an account each; their secrets are the same.
    async fn new() -> Self {
        let memory = Memory::default();
        let settings = sample::store().own;
        let shop = open_store::open(&memory, &Ring, settings.clone()).await.unwrap().id;
        let other = open_store::open(&memory, &Ring, settings).await.unwrap().id;
        let world = Self { memory, shop, other };
        world.puts(shop, "AC1").await;
        world.puts(other, "AC2").await;
        world
    }

    async fn puts(&self, owner: StoreId, id: &str) {
        let fields = [("auth_token".to_owned(), "secret".to_owned())].into();
        let new = NewAccount {
            owner,
            carrier: CarrierName::Twilio,
            id: id.to_owned(),
            fields,
            first: false,
        };
        put(&self.memory, &Ring, new).await.unwrap();
    }

    async fn hears(&self, account: &str, secret: &str, body: &str) -> Result<Proven, Refused> {
        self.hears_of(Some(CarrierName::Twilio), account, secret, body).await
    }

    async fn hears_of(
        &self,
        carrier: Option<CarrierName>,
        account: &str,
        secret: &str,
        body: &str,
    ) -> Result<Proven, Refused> {
        let headers = [("x-signature".to_owned(), secret.to_owned())];
        let callback = Callback { now: self.memory.now(), ..request(&headers, &[], body) };
        prove(&self.memory, &Ring, &Trusting, (Addressed { carrier, account }, &callback)).await
    }
}

fn request<'a>(
    headers: &'a [(String, String)],
    query: &'a [(String, String)],
    body: &'a str,
) -> Callback<'a> {
    Callback {
        url: "https://shop.example/webhooks/carriers/twilio/AC1",
        method: "POST",
        query,
        headers,
        body: body.as_bytes(),
        inbound: false,
        now: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn a_forged_request_and_one_for_nobody_look_alike_and_leave_nothing() {
    let world = World::new().await;
    for (account, secret) in [("AC1", "guessed"), ("AC1", ""), ("AC9", "secret"), ("", "secret")] {
        let refused = world.hears(account, secret, "{}").await;
        assert!(matches!(refused, Err(Refused::Unproven)), "{account}");
    }
    let proven = world.hears("AC1", "secret", "{}").await.unwrap();
    assert_eq!(proven.heard, [receipt()]);
    assert_eq!((proven.account.owner, proven.keys.scope().0), (world.shop, world.shop));
}

#[tokio::test]
async fn an_account_of_another_carrier_is_nobodys() {
    let world = World::new().await;
    let vonage = world.hears_of(Some(CarrierName::Vonage), "AC1", "secret", "{}").await;
    assert!(matches!(vonage, Err(Refused::Unproven)));
    world.hears_of(None, "AC1", "secret", "{}").await.unwrap();
}

#[tokio::test]
async fn what_is_proven_and_unreadable_is_malformed() {
    let world = World::new().await;
    assert!(matches!(world.hears("AC1", "guessed", "?").await, Err(Refused::Unproven)));
    assert!(matches!(world.hears("AC1", "secret", "?").await, Err(Refused::Malformed)));
}

#[tokio::test]
async fn a_request_that_comes_again_is_as_old_as_the_first_time() {
    let world = World::new().await;
    let first = world.hears("AC1", "secret", "{}").await.unwrap().at;
    world.memory.clock.pass(SignedDuration::from_hours(24));
    assert_eq!(world.hears("AC1", "secret", "{}").await.unwrap().at, first);
    assert!(world.hears("AC1", "secret", "{} ").await.unwrap().at > first, "another request");
}

#[tokio::test]
async fn a_request_that_was_good_for_one_account_is_good_for_no_other_for_seven_days() {
    let world = World::new().await;
    world.hears("AC1", "secret", "{}").await.unwrap();
    assert!(matches!(world.hears("AC2", "secret", "{}").await, Err(Refused::Elsewhere)));
    world.memory.clock.pass(SignedDuration::from_hours(7 * 24) - SignedDuration::from_secs(1));
    assert!(matches!(world.hears("AC2", "secret", "{}").await, Err(Refused::Elsewhere)));
    world.hears("AC1", "secret", "{}").await.unwrap();
    world.hears("AC2", "secret", "{\"of\":2}").await.unwrap();
}

#[tokio::test]
async fn an_account_that_was_removed_or_moved_is_no_longer_heard() {
    let world = World::new().await;
    remove(&world.memory, world.shop, CarrierName::Twilio).await.unwrap();
    assert!(matches!(world.hears("AC1", "secret", "{}").await, Err(Refused::Unproven)));
    world.puts(world.other, "AC1").await;
    let proven = world.hears("AC1", "secret", "{}").await.unwrap();
    assert_eq!(proven.account.owner, world.other);
    assert!(matches!(world.hears("AC2", "secret", "{}").await, Err(Refused::Unproven)));
}

#[tokio::test]
async fn a_broken_port_is_no_refusal() {
    struct Deaf;
    impl doorstep_domain::ports::KeyRing for Deaf {
        async fn data(
            &self,
            _: &Store,
            _: doorstep_domain::Mode,
        ) -> Result<std::sync::Arc<doorstep_domain::keys::DataKeys>, Fault> {
            Err(Fault::new("unwrap a root", "Throttled"))
        }
        async fn codes(
            &self,
            _: &Store,
            _: doorstep_domain::Mode,
        ) -> Result<std::sync::Arc<doorstep_domain::keys::CodeKeys>, Fault> {
            unreachable!("webhooks need no codes")
        }
    }
    let world = World::new().await;
    let to = Addressed { carrier: None, account: "AC1" };
    let callback = request(&[], &[], "{}");
    let refused = prove(&world.memory, &Deaf, &Trusting, (to, &callback)).await;
    assert!(matches!(refused, Err(Refused::Fault(_))));
}

#[tokio::test]
async fn what_a_sender_adds_makes_a_request_no_newer() {
    let world = World::new().await;
    let first = world.hears("AC1", "secret", "{}").await.unwrap().at;
    world.memory.clock.pass(SignedDuration::from_hours(1));
    let to = Addressed { carrier: None, account: "AC1" };
    for name in ["authorization", "x-other-signature", "webhook-id"] {
        let headers =
            [("x-signature", "secret"), (name, "1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let callback = Callback { now: world.memory.now(), ..request(&headers, &headers, "{}") };
        let again = prove(&world.memory, &Ring, &Trusting, (to, &callback)).await.unwrap();
        assert_eq!(again.at, first, "{name}");
    }
}

#[test]
fn a_proof_is_all_that_was_verified() {
    let proof = Proof::of(b"tag", &[b"a", b"b"]);
    assert_eq!(proof, Proof::of(b"tag", &[b"a", b"b"]));
    for (tag, verified) in
        [(&b"gat"[..], &[&b"a"[..], b"b"][..]), (b"tag", &[b"ab"]), (b"taga", &[b"b"])]
    {
        assert_ne!(proof, Proof::of(tag, verified));
    }
}

/// What an account of this owner told.
fn report(owner: StoreId, receipt: CarrierReceipt) -> Option<Report> {
    let at = jiff::Timestamp::UNIX_EPOCH;
    Report::of(Told { carrier: CarrierName::Twilio, account: Some("AC1"), owner, at }, receipt)
}

#[test]
fn a_receipt_names_its_message_by_our_ids_else_by_the_carriers() {
    let (one, two, message) =
        (StoreId::from_bits(1), StoreId::from_bits(2), MessageId::from_bits(7));
    let account = AccountRef::new(CarrierName::Twilio, Some("AC1"));
    let live = doorstep_domain::Mode::Live;
    let ours = |store| Of::Ours(store, live, message);
    let theirs =
        Of::Theirs(doorstep_domain::message::CarrierMessageId { account, id: "SM1".to_owned() });
    for (owner, echo, id, of) in [
        (one, Some((Some(two), message)), Some("SM1"), Some(ours(two))),
        (one, Some((None, message)), None, Some(ours(one))),
        (Store::DEPLOYMENT, Some((Some(two), message)), None, Some(ours(two))),
        (Store::DEPLOYMENT, Some((None, message)), Some("SM1"), Some(theirs.clone())),
        (Store::DEPLOYMENT, Some((None, message)), None, None),
        (one, None, Some("SM1"), Some(theirs)),
        (one, None, None, None),
    ] {
        assert_eq!(report(owner, told(echo, id)).map(|report| report.of), of);
    }
}
