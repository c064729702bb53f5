//! What receipts mean for money and for ranges of numbers.

use doorstep_domain::{
    Mode,
    account::SealedAccount,
    aftermath::{Aftermath, Parties, Settled, follow},
    carrier::{CarrierName, Channel, FailureClass},
    deliver::CLAIM,
    guard::{Book, Refused, Unit, Window, book_key},
    hear::CarrierReceipt,
    id::{MessageId, SignupId},
    message::{AccountRef, Claim, DeliveryReceipt, Happening, MessageStatus, ReceiptTaken},
    money::Money,
    phone::Region,
    ports::{Clock, HealthBook, Messages, Range, Slates},
    price::Rates,
    receive::{Received, Report, Told, receive},
    signup::Method,
    start::{Start, StartError},
    store::Store,
};
use doorstep_fakes::{sample, together};
use jiff::{SignedDuration, Timestamp};

use crate::{
    deliver::Lost,
    shop::{Recorder, Shop, lane},
};

const ADA: &str = "+447400123456";
const BOB: &str = "+447400123457";

/// A live shop that works with these carriers, in the middle of an hour.
struct World(Shop, Vec<CarrierName>);

impl World {
    fn of(route: &[CarrierName]) -> Self {
        let shop = Shop::in_mode(Mode::Live);
        shop.pass(SignedDuration::from_mins(5));
        Self(shop, route.to_vec())
    }

    async fn starts(&self, phone: &str, method: Method) -> Result<SignupId, StartError> {
        let live_route = self.1.iter().map(|carrier| lane(*carrier, 50)).collect();
        // Links are in Arabic here, in two parts.
        let locale = (method == Method::Link).then(|| "ar".to_owned());
        let call = Start { live_route, method, locale, ..self.0.call(phone, phone) };
        let started = self.0.asks(call).await?;
        Ok(started.attempt.id)
    }

    /// Ada's sign-up, whose text is with the first carrier.
    async fn sent(&self, method: Method) -> SignupId {
        let id = self.starts(ADA, method).await.unwrap();
        self.0.sends(&Recorder::accepting(), &self.0.dispatch(id, 0, 0)).await.unwrap();
        id
    }

    /// A sender claims the sign-up's text for this carrier.
    async fn claims(&self, id: SignupId, carrier: CarrierName) {
        let at = self.0.memory.now();
        let claim = Claim {
            id: id.message(0),
            signup: Some(id),
            channel: Channel::Sms,
            leg: 0,
            carrier,
            account: AccountRef::new(carrier, None),
            region: Region::GB,
            at,
            until: at + CLAIM,
            trace: String::new(),
        };
        Messages::claim(&*self.0.memory, &self.0.data, &claim).await.unwrap();
    }

    /// A carrier reports on a message by its only account.
    async fn told(&self, message: MessageId, receipt: CarrierReceipt) -> Option<Settled> {
        self.told_by(self.1[0], None, message, receipt).await
    }

    async fn told_by(
        &self,
        carrier: CarrierName,
        account: Option<&str>,
        message: MessageId,
        receipt: CarrierReceipt,
    ) -> Option<Settled> {
        let memory = &*self.0.memory;
        let told = Told { carrier, account, owner: sample::STORE, at: memory.now() };
        let receipt = CarrierReceipt { message: Some((None, message)), ..receipt };
        let report = Report::of(told, receipt).unwrap();
        let Received::Follows(after) = receive(memory, &report).await.unwrap() else { return None };
        let (shop, rates) = (self.0.whole(), Rates::default());
        let parties = Parties {
            store: &shop.store,
            keys: &shop.keys,
            deployment: &shop.deployment,
            shared: &shop.shared,
            rates: &rates,
        };
        Some(follow(memory, parties, &after).await.unwrap())
    }

    /// What is spent or set aside this hour, in the store's book and in the deployment's.
    async fn spent(&self) -> [Money; 2] {
        let scopes = [(self.0.store.id, Mode::Live), (Store::DEPLOYMENT, Mode::Live)];
        let (_, slates) = self.0.memory.look(None, &scopes.map(book_key)).await.unwrap();
        let hour = ("*".to_owned(), Unit::Nanos, Window::Hour);
        let used = slates.iter().map(|slate| {
            let used = Book::parse(&slate.bytes).unwrap().used(&hour, self.0.memory.now());
            Money::pounds(i64::try_from(used).unwrap())
        });
        used.collect::<Vec<_>>().try_into().unwrap()
    }

    /// How much less is spent than it was, in both books.
    async fn given_back(&self, before: [Money; 2]) -> String {
        let now = self.spent().await;
        let [store, all] = [0, 1].map(|n| before[n].nanos() - now[n].nanos());
        assert_eq!(store, all, "both books hold the same");
        Money::pounds(store).amount()
    }

    async fn lines(&self) -> Vec<(String, String)> {
        let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let range = Range { from, to, limit: 50, cursor: None };
        let lines = self.0.memory.logged((self.0.store.id, Mode::Live), &range).await.unwrap();
        lines.into_iter().map(|line| (line.kind, line.reason)).collect()
    }
}

fn cost(amount: &str, currency: &str) -> CarrierReceipt {
    let price = Some(Money::parse(amount, currency).unwrap());
    CarrierReceipt { price, ..receipt(MessageStatus::Delivered) }
}

fn receipt(status: MessageStatus) -> CarrierReceipt {
    CarrierReceipt {
        carrier_message_id: None,
        message: None,
        status,
        class: None,
        code: None,
        price: None,
        at: None,
    }
}

fn refused(class: FailureClass, code: &str) -> CarrierReceipt {
    let (class, code) = (Some(class), Some(code.to_owned()));
    CarrierReceipt { class, code, ..receipt(MessageStatus::Undelivered) }
}

#[tokio::test]
async fn what_was_set_aside_beyond_the_price_is_given_back_once() {
    let world = World::of(&[CarrierName::Eum]);
    let message = world.sent(Method::Code).await.message(0);
    let before = world.spent().await;
    assert_eq!(world.told(message, cost("0.01", "USD")).await, Some(Settled::Yes));
    assert_eq!(world.given_back(before).await, "0.016", "0.024 less 0.01 × 0.80");
    for again in [cost("0.01", "USD"), cost("0.001", "USD"), receipt(MessageStatus::Delivered)] {
        assert_eq!(world.told(message, again).await, None);
    }
    assert_eq!(world.given_back(before).await, "0.016");
}

#[tokio::test]
async fn a_price_that_is_told_ten_times_at_once_gives_back_once() {
    let world = World::of(&[CarrierName::Eum]);
    let message = world.sent(Method::Code).await.message(0);
    let before = world.spent().await;
    let told = together((0..10).map(|_| world.told(message, cost("0.01", "GBP")))).await;
    assert_eq!(told.into_iter().flatten().count(), 1);
    assert_eq!(world.given_back(before).await, "0.014");
}

#[tokio::test]
async fn a_price_above_what_was_set_aside_takes_nothing_and_is_told() {
    let world = World::of(&[CarrierName::Eum]);
    let message = world.sent(Method::Code).await.message(0);
    let before = world.spent().await;
    let settled = world.told(message, cost("0.05", "GBP")).await;
    let [reserved, price] = [24_000_000, 50_000_000].map(Money::pounds);
    assert_eq!(settled, Some(Settled::Above { reserved, price }));
    assert_eq!(world.given_back(before).await, "0.00");
    let line = ("budget".to_owned(), "price_above_reserve".to_owned());
    assert_eq!(world.lines().await.iter().filter(|it| **it == line).count(), 1);
}

#[tokio::test]
async fn a_price_in_a_currency_that_nobody_gave_a_rate_for_gives_nothing_back() {
    let world = World::of(&[CarrierName::Eum]);
    let message = world.sent(Method::Code).await.message(0);
    let before = world.spent().await;
    assert_eq!(world.told(message, cost("0.01", "NGN")).await, Some(Settled::No));
    assert_eq!(world.given_back(before).await, "0.00");
}

#[tokio::test]
async fn two_parts_are_set_aside_for_a_link_in_arabic() {
    let world = World::of(&[CarrierName::Eum]);
    let message = world.sent(Method::Link).await.message(0);
    let before = world.spent().await;
    world.told(message, cost("0.00", "GBP")).await.unwrap();
    assert_eq!(world.given_back(before).await, "0.048");
}

#[tokio::test]
async fn the_price_of_one_part_is_paid_for_each() {
    let mut world = World::of(&[CarrierName::Vonage]);
    let changed_at = world.0.memory.now();
    let account =
        SealedAccount { id: "a".to_owned(), owner: Store::DEPLOYMENT, sealed: vec![], changed_at };
    world.0.store.accounts.insert(CarrierName::Vonage, account);
    let id = world.starts(ADA, Method::Link).await.unwrap();
    let message = id.message(0);
    world.claims(id, CarrierName::Vonage).await;
    let before = world.spent().await;
    world.told(message, cost("0.02", "GBP")).await.unwrap();
    assert_eq!(world.given_back(before).await, "0.008", "0.048 less twice 0.02");
}

#[tokio::test]
async fn what_was_counted_in_another_hour_or_perhaps_was_is_not_given_back() {
    for (wait, settled) in [(54 * 60, Settled::Yes), (55 * 60 + 5, Settled::No)] {
        let world = World::of(&[CarrierName::Eum]);
        world.0.pass_seconds(wait);
        let message = world.sent(Method::Code).await.message(0);
        assert_eq!(world.told(message, cost("0.01", "GBP")).await, Some(settled), "{wait}");
    }
    let world = World::of(&[CarrierName::Eum]);
    let message = world.sent(Method::Code).await.message(0);
    world.0.pass(SignedDuration::from_hours(1));
    world.starts(BOB, Method::Code).await.unwrap();
    let before = world.spent().await;
    world.told(message, cost("0.01", "GBP")).await.unwrap();
    assert_eq!(world.given_back(before).await, "0.00", "of the hour that runs now");
}

#[tokio::test]
async fn the_second_carriers_price_is_settled_with_what_was_set_aside_for_it() {
    use doorstep_domain::carrier::Outcome;
    let world = World::of(&[CarrierName::Eum, CarrierName::Sns]);
    let id = world.starts(ADA, Method::Code).await.unwrap();
    let route = world.0.attempt(id).await.route;
    let (class, code) = (FailureClass::CarrierDown, "503".to_owned());
    let down = Recorder::answering(Outcome::Failed { class, code });
    world.0.sends(&down, &world.0.dispatch(id, 0, 0)).await.unwrap();
    world.0.sends(&Recorder::accepting(), &world.0.dispatch(id, 0, 1)).await.unwrap();
    let before = world.spent().await;
    let settled = world.told_by(route[1], None, id.message(0), cost("0.01", "GBP")).await;
    assert_eq!(settled, Some(Settled::Yes));
    assert_eq!(world.given_back(before).await, "0.014");
}

#[tokio::test]
async fn a_range_that_a_receipt_calls_fraud_gets_no_more_texts() {
    let world = World::of(&[CarrierName::Eum]);
    let id = world.sent(Method::Code).await;
    let fraud = || refused(FailureClass::Policy, "PROTECT_BLOCKED");
    for _ in 0..2 {
        assert_eq!(world.told(id.message(0), fraud()).await, Some(Settled::No));
    }
    let blocked = world.starts(BOB, Method::Code).await.unwrap_err();
    assert!(matches!(blocked, StartError::Refused(Refused::Blocked)));
}

#[tokio::test]
async fn a_verdict_that_comes_after_the_next_carrier_was_asked_still_counts() {
    let world = World::of(&[CarrierName::Eum]);
    let id = world.sent(Method::Code).await;
    world.told(id.message(0), receipt(MessageStatus::Expired)).await;
    let fraud = refused(FailureClass::Policy, "PROTECT_BLOCKED");
    world.told(id.message(0), fraud).await.unwrap();
    world.starts(BOB, Method::Code).await.unwrap_err();
}

#[tokio::test]
async fn other_verdicts_and_those_of_strangers_say_nothing_about_a_range() {
    let world = World::of(&[CarrierName::Eum]);
    let message = world.sent(Method::Code).await.message(0);
    let fraud = || refused(FailureClass::Policy, "PROTECT_BLOCKED");
    let stranger = Some("another");
    assert_eq!(world.told_by(CarrierName::Eum, stranger, message, fraud()).await, None);
    let twilio = refused(FailureClass::Policy, "30450");
    assert_eq!(world.told_by(CarrierName::Twilio, Some("AC9"), message, twilio).await, None);
    let policy = refused(FailureClass::Policy, "COUNTRY_NOT_ENABLED");
    assert_eq!(world.told(message, policy).await, None);
    world.starts(BOB, Method::Code).await.unwrap();
}

#[tokio::test]
async fn receipts_of_test_mode_settle_nothing() {
    let shop = Shop::open();
    let id = shop.signs_up(crate::shop::ADA, "one").await;
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    let carrier = shop.attempt(id).await.route[0];
    let told = Told { carrier, account: None, owner: sample::STORE, at: shop.memory.now() };
    let echoed = CarrierReceipt { message: Some((None, id.message(0))), ..cost("0.01", "GBP") };
    let mut report = Report::of(told, echoed).unwrap();
    let (store, mode) = shop.data.scope();
    report.of = doorstep_domain::receive::Of::Ours(store, mode, id.message(0));
    assert_eq!(receive(&*shop.memory, &report).await.unwrap(), Received::Done);
}

#[test]
fn nobody_opts_out_of_test_mode() {
    let of = |mode| {
        let (carrier, class) = (CarrierName::Twilio, Some(FailureClass::OptedOut));
        let (status, at) = (MessageStatus::Undelivered, Timestamp::UNIX_EPOCH);
        let happening = Happening { status, at, carrier: Some(carrier), class, code: None };
        let account = AccountRef::new(carrier, None);
        let receipt = DeliveryReceipt { account, happening, price: None };
        let message = SignupId::derived(16).message(0);
        let taken = ReceiptTaken::Applied { priced: false };
        Aftermath::of(((sample::STORE, mode), message), &receipt, taken)
    };
    assert!(of(Mode::Live).is_some_and(|after| after.opted_out));
    assert_eq!(of(Mode::Test), None);
}

#[tokio::test]
async fn as_many_parts_are_set_aside_as_the_text_has_in_its_language() {
    let long = "the-longest-name-of-a-host-that-a-corner-shop-ever-had.example";
    for (method, locale, domain, set_aside) in [
        (Method::Code, None, "shop.example", "0.024"),
        (Method::Code, Some("ar"), "shop.example", "0.024"),
        (Method::Code, Some("ar-EG"), long, "0.048"),
        (Method::Code, Some("fr"), long, "0.048"),
        (Method::Link, None, "shop.example", "0.024"),
        (Method::Link, None, long, "0.048"),
    ] {
        let mut world = World::of(&[CarrierName::Eum]);
        world.0.store.settings.domain = Some(domain.to_owned());
        let locale = locale.map(str::to_owned);
        let call = Start { method, locale: locale.clone(), ..world.0.call(ADA, "one") };
        let id = world.0.asks(call).await.unwrap().attempt.id;
        let carrier = Recorder::accepting();
        world.0.sends(&carrier, &world.0.dispatch(id, 0, 0)).await.unwrap();
        let parts = doorstep_domain::gsm7::measure(&carrier.texts()[0]).segments;
        let sent = doorstep_domain::price::estimate(Region::GB, parts).amount();
        assert_eq!(sent, set_aside, "the text itself, {locale:?} {domain}");
        let before = world.spent().await;
        world.told(id.message(0), cost("0.00", "GBP")).await.unwrap();
        assert_eq!(world.given_back(before).await, set_aside, "{locale:?} {domain}");
    }
}

#[tokio::test]
async fn a_text_that_a_dead_sender_may_have_sent_is_paid_for_twice() {
    let world = World::of(&[CarrierName::Eum]);
    let id = world.starts(ADA, Method::Code).await.unwrap();
    let (lost, dispatch) =
        (Lost(Recorder::accepting(), <_>::default()), world.0.dispatch(id, 0, 0));
    tokio::select! {
        answer = world.0.sends(&lost, &dispatch) => panic!("{answer:?}"),
        () = lost.1.notified() => {}
    }
    let before = world.spent().await;
    world.0.pass(CLAIM);
    world.0.sends(&Recorder::accepting(), &dispatch).await.unwrap();
    let [store, all] = world.spent().await;
    assert!(before[0].nanos() < store.nanos() && before[1].nanos() < all.nanos());
}

#[tokio::test]
async fn a_text_that_its_carrier_did_not_take_yet_is_paid_for_once() {
    use doorstep_domain::carrier::Outcome;
    let world = World::of(&[CarrierName::Eum]);
    let id = world.starts(ADA, Method::Code).await.unwrap();
    let before = world.spent().await;
    let (class, code) = (FailureClass::Throttled, "429".to_owned());
    let throttled = Recorder::answering(Outcome::Failed { class, code });
    for carrier in [&throttled, &throttled, &Recorder::accepting()] {
        world.0.sends(carrier, &world.0.dispatch(id, 0, 0)).await.unwrap();
    }
    assert_eq!(throttled.texts().len(), 2);
    assert_eq!(world.spent().await, before);
}
