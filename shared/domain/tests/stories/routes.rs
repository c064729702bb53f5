//! Which carriers get a live text, and what their health gets to see of it.

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    account::SealedAccount,
    carrier::{Account, CarrierName, Channel, FailureClass, Outcome},
    deliver::{self, deliver},
    health::{Breaker, FUSED, Health, Pin, RESTING},
    id::{SignupId, StoreId},
    message::{AccountRef, DeliveryReceipt, Happening, MessageStatus},
    phone::Region,
    ports::{Clock, HealthBook, Messages, Range},
    route::{Lane, candidates, choose},
    start::Start,
    steer::{Country, fold, look},
    store::Store,
    timer::{Waits, wake},
    watch::Noticed,
};
use doorstep_fakes::{sample, together};
use jiff::SignedDuration;

use crate::shop::{ADA, Recorder, Shop, lane};

const LIVE: &str = "+447400123456";
const EUM: CarrierName = CarrierName::Eum;
const SNS: CarrierName = CarrierName::Sns;
/// Two carriers by chance.
const BOTH: [Lane; 2] = [lane(EUM, 50), lane(SNS, 50)];

/// A live sign-up whose first carrier is End User Messaging, by chance or as the only one.
async fn by_eum(shop: &Shop, lanes: &[Lane]) -> SignupId {
    for number in 0.. {
        let call = shop.call(LIVE, &format!("key-{number}"));
        let call = Start { live_route: lanes.to_vec(), ..call };
        let attempt = shop.asks(call).await.unwrap().attempt;
        if attempt.route[0] == EUM {
            return attempt.id;
        }
    }
    unreachable!("chance is fair")
}

fn failed(class: FailureClass, code: &str) -> Outcome {
    Outcome::Failed { class, code: code.to_owned() }
}

/// What was noticed since the last time, one word for each.
fn noticed(shop: &Shop) -> Vec<String> {
    let told = |noticed: &Noticed| match noticed {
        Noticed::Seen(seen) => seen.to_string(),
        Noticed::Typed(typed) => format!("{}/typed", typed.carrier.as_str()),
    };
    shop.memory.noticed().iter().map(told).collect()
}

/// A carrier reports, so many seconds after now.
async fn reports(shop: &Shop, id: SignupId, status: MessageStatus, class: Option<FailureClass>) {
    let happening =
        Happening { status, at: shop.memory.now(), carrier: Some(EUM), class, code: None };
    let account = AccountRef::new(EUM, None);
    let receipt = DeliveryReceipt { account, happening, price: None };
    let (store, mode) = shop.data.scope();
    shop.memory.receive(store, mode, id.message(0), &receipt).await.unwrap();
}

#[tokio::test]
async fn a_carrier_s_answer_is_seen() {
    for (outcome, lanes, seen) in [
        (None, &BOTH[..], "eum/GB/accepted/drawn"),
        (None, &BOTH[..1], "eum/GB/accepted"),
        (Some((FailureClass::Throttled, "e")), &BOTH, "eum/GB/refused/throttled/drawn"),
        (Some((FailureClass::Policy, "e")), &BOTH, "eum/GB/refused/policy/drawn"),
        (Some((FailureClass::BadNumber, "e")), &BOTH, "eum/GB/refused/bad_number/drawn"),
        (Some((FailureClass::MaybeSent, "e")), &BOTH[..1], "eum/GB/refused/maybe_sent"),
        (Some((FailureClass::CarrierDown, FUSED)), &BOTH, ""),
    ] {
        let shop = Shop::in_mode(Mode::Live);
        let id = by_eum(&shop, lanes).await;
        let carrier = outcome.map_or_else(Recorder::accepting, |(class, code)| {
            Recorder::answering(failed(class, code))
        });
        shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await.unwrap();
        assert_eq!(noticed(&shop).join(" "), seen);
    }
}

#[tokio::test]
async fn only_the_first_try_of_the_first_text_is_drawn() {
    let shop = Shop::in_mode(Mode::Live);
    let id = by_eum(&shop, &BOTH).await;
    let throttled = Recorder::answering(failed(FailureClass::Throttled, "e"));
    for _ in 0..3 {
        shop.sends(&throttled, &shop.dispatch(id, 0, 0)).await.unwrap();
    }
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 1)).await.unwrap();
    shop.pass_seconds(30);
    shop.resends(id, "again").await.unwrap();
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 1, 0)).await.unwrap();
    let again = "eum/GB/refused/throttled";
    let drawn = "eum/GB/refused/throttled/drawn";
    assert_eq!(noticed(&shop), [drawn, again, again, "sns/GB/accepted", "sns/GB/accepted"]);
}

#[tokio::test]
async fn what_no_carrier_was_handed_is_not_seen() {
    let late = Shop::in_mode(Mode::Live);
    let id = by_eum(&late, &BOTH).await;
    late.pass_seconds(541);
    late.sends(&Recorder::accepting(), &late.dispatch(id, 0, 0)).await.unwrap();
    let over = Shop::in_mode(Mode::Live);
    let id = by_eum(&over, &BOTH).await;
    over.types_right(id).await.unwrap();
    noticed(&over);
    over.sends(&Recorder::accepting(), &over.dispatch(id, 0, 0)).await.unwrap();
    let mut unready = Shop::in_mode(Mode::Live);
    let id = by_eum(&unready, &BOTH).await;
    unready.store.settings.name = None;
    unready.sends(&Recorder::accepting(), &unready.dispatch(id, 0, 0)).await.unwrap();
    for shop in [late, over, unready] {
        assert_eq!(noticed(&shop), [""; 0]);
    }
}

#[tokio::test]
async fn test_mode_and_calls_are_not_seen() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    shop.types_right(id).await.unwrap();
    assert_eq!(noticed(&shop), [""; 0]);
    let shop = Shop::in_mode(Mode::Live);
    let call = Start { channel: Channel::Voice, ..shop.call(LIVE, "one") };
    let id = shop.asks(call).await.unwrap().attempt.id;
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    reports(&shop, id, MessageStatus::Delivered, None).await;
    shop.types_right(id).await.unwrap();
    assert_eq!(noticed(&shop), [""; 0]);
}

/// A live shop with an account at Twilio, its own or the deployment's.
fn with_twilio(owner: StoreId) -> Shop {
    let mut shop = Shop::in_mode(Mode::Live);
    let (id, sealed) = ("AC1".to_owned(), Vec::new());
    let account = SealedAccount { id, owner, sealed, changed_at: shop.memory.now() };
    shop.store.accounts.insert(CarrierName::Twilio, account);
    shop
}

#[tokio::test]
async fn a_store_s_own_account_speaks_for_itself_alone() {
    for (owner, class, seen) in [
        (Store::DEPLOYMENT, FailureClass::Configuration, "twilio/GB/refused/configuration"),
        (sample::STORE, FailureClass::Configuration, ""),
        (sample::STORE, FailureClass::CarrierDown, "twilio/GB/refused/carrier_down"),
    ] {
        let shop = with_twilio(owner);
        let call =
            Start { live_route: vec![lane(CarrierName::Twilio, 50)], ..shop.call(LIVE, "one") };
        let id = shop.asks(call).await.unwrap().attempt.id;
        let fields = std::collections::BTreeMap::new();
        let account = Arc::new(Account::new(CarrierName::Twilio, "AC1".to_owned(), owner, fields));
        let keys = deliver::Keys { data: &shop.data, codes: &shop.codes, shared: &shop.data };
        let (deployment, pool, account) = (&sample::deployment(), &shop.pool, Some(&account));
        let sender = deliver::Sender { store: &shop.store, keys, account, deployment, pool };
        let carrier = Recorder::answering(failed(class, "e"));
        let dispatch = shop.dispatch(id, 0, 0);
        deliver(&*shop.memory, &carrier, sender, &dispatch).await.unwrap();
        assert_eq!(noticed(&shop).join(" "), seen);
    }
}

#[tokio::test]
async fn receipts_silence_and_typed_codes_are_seen() {
    use FailureClass::HandsetAbsent;
    use MessageStatus::{Delivered, Undelivered};
    for (status, class, seen) in [
        (Delivered, None, "eum/GB/delivered/3000"),
        (Undelivered, Some(HandsetAbsent), "eum/GB/undelivered/handset_absent/3000"),
        (Undelivered, None, "eum/GB/undelivered/unknown/3000"),
    ] {
        let shop = Shop::in_mode(Mode::Live);
        let id = by_eum(&shop, &BOTH).await;
        shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
        noticed(&shop);
        shop.pass_seconds(3);
        for _ in 0..2 {
            reports(&shop, id, status, class).await;
        }
        assert_eq!(noticed(&shop), [seen], "once, however often it is told");
    }
    let shop = Shop::in_mode(Mode::Live);
    let id = by_eum(&shop, &BOTH).await;
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    shop.types_right(id).await.unwrap();
    shop.types_right(id).await.unwrap();
    assert_eq!(noticed(&shop), ["eum/GB/accepted/drawn", "eum/typed"]);
}

#[tokio::test]
async fn a_silent_carrier_is_blamed_and_one_that_never_had_the_text_is_not() {
    for (has_it, seen) in [(true, "eum/GB/undelivered/unknown/6000"), (false, "")] {
        let shop = Shop::in_mode(Mode::Live);
        let id = by_eum(&shop, &BOTH).await;
        if has_it {
            shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
        }
        noticed(&shop);
        shop.pass_seconds(6);
        let waits = Waits { silence: SignedDuration::from_secs(6) };
        let dispatch = shop.dispatch(id, 0, 0);
        wake(&*shop.memory, &shop.store, &shop.data, (&dispatch, waits)).await.unwrap();
        assert_eq!(noticed(&shop).join(" "), seen);
    }
}

/// What is known of a carrier in the United Kingdom: drawn, verified, accepted.
async fn counts(shop: &Shop, carrier: CarrierName) -> (u32, u32, u32) {
    let country = shop.memory.country(Region::GB).await.unwrap().unwrap();
    let health = country.carriers.iter().find(|health| health.carrier == carrier).unwrap();
    let sum =
        |of: fn(&doorstep_domain::health::Counts) -> u32| health.buckets.values().map(of).sum();
    (sum(|c| c.drawn), sum(|c| c.verified), sum(|c| c.accepted))
}

#[tokio::test]
async fn a_typed_code_counts_for_the_carrier_that_was_left_with_the_text() {
    for (resends, verified) in [(false, 1), (true, 0)] {
        let shop = Shop::in_mode(Mode::Live);
        let id = by_eum(&shop, &BOTH).await;
        shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
        shop.pass_seconds(30);
        if resends {
            shop.resends(id, "again").await.unwrap();
        }
        shop.types_right(id).await.unwrap();
        fold(&*shop.memory, "a", shop.memory.noticed(), &BOTH).await.unwrap();
        assert_eq!(counts(&shop, EUM).await, (1, verified, 1));
    }
}

#[tokio::test]
async fn a_code_that_another_carrier_may_have_brought_counts_for_nobody() {
    let shop = Shop::in_mode(Mode::Live);
    let id = by_eum(&shop, &BOTH).await;
    let down = Recorder::answering(failed(FailureClass::CarrierDown, "e"));
    shop.sends(&down, &shop.dispatch(id, 0, 0)).await.unwrap();
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 1)).await.unwrap();
    shop.types_right(id).await.unwrap();
    fold(&*shop.memory, "a", shop.memory.noticed(), &BOTH).await.unwrap();
    assert_eq!(counts(&shop, EUM).await, (1, 0, 0));
    assert_eq!(counts(&shop, SNS).await, (0, 0, 1));
}

#[tokio::test]
async fn a_batch_that_comes_twice_counts_once() {
    let shop = Shop::in_mode(Mode::Live);
    let id = by_eum(&shop, &BOTH).await;
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    let batch = shop.memory.noticed();
    let twice = (0..3).map(|_| fold(&*shop.memory, "a", batch.clone(), &BOTH));
    together(twice).await;
    assert_eq!(counts(&shop, EUM).await, (1, 0, 1));
    let others = ["b", "c"].map(|name| fold(&*shop.memory, name, batch.clone(), &BOTH));
    together(others).await;
    assert_eq!(counts(&shop, EUM).await, (3, 0, 3), "others count beside it");
}

/// A country in which End User Messaging is in this state.
async fn with_breaker(shop: &Shop, breaker: Breaker) {
    let now = shop.memory.now();
    let health = Health { weight: 0, breaker, ..Health::new(EUM, Region::GB, RESTING, now) };
    let country = Country { carriers: vec![health], ..Country::new(Region::GB) };
    assert!(shop.memory.advance(&country, &[]).await.unwrap());
}

#[tokio::test]
async fn time_alone_ends_a_back_off_and_leaves_a_record() {
    let shop = Shop::in_mode(Mode::Live);
    let until = shop.memory.now() + SignedDuration::from_secs(30);
    with_breaker(&shop, Breaker::Open { until }).await;
    assert_eq!(look(&*shop.memory, &BOTH).await.unwrap().len(), 0);
    shop.pass_seconds(31);
    let [decision] = &look(&*shop.memory, &BOTH).await.unwrap()[..] else {
        panic!("the back-off is over");
    };
    assert_eq!(decision.breaker, Breaker::HalfOpen);
    let now = shop.memory.now();
    let range = Range {
        from: now - SignedDuration::from_secs(60),
        to: now + SignedDuration::from_secs(1),
        limit: 10,
        cursor: None,
    };
    let log = shop.memory.logged((Store::DEPLOYMENT, Mode::Live), &range).await.unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].kind.as_str(), log[0].text.clone()), ("route", decision.to_string()));
    assert_eq!(look(&*shop.memory, &BOTH).await.unwrap().len(), 0, "once");
}

/// The candidates of a shop, with their points.
fn known(shop: &Shop, lanes: &[Lane]) -> String {
    let known = |lane: &Lane| format!("{}:{}", lane.carrier.as_str(), lane.resting);
    candidates(&shop.store, lanes).iter().map(known).collect::<Vec<_>>().join(",")
}

#[test]
fn a_carrier_that_needs_an_account_is_used_with_one() {
    let lanes = [lane(SNS, 100), lane(CarrierName::Twilio, 0), lane(CarrierName::Sandbox, 9)];
    assert_eq!(known(&Shop::in_mode(Mode::Live), &lanes), "sns:100");
    let own = sample::STORE;
    for owner in [own, Store::DEPLOYMENT] {
        assert_eq!(known(&with_twilio(owner), &lanes), "sns:100,twilio:0");
    }
    assert_eq!(known(&with_twilio(own), &lanes[..1]), "sns:100,twilio:50", "its own counts");
    assert_eq!(known(&with_twilio(Store::DEPLOYMENT), &lanes[..1]), "sns:100");
}

/// The first carrier of a hundred routes, and how many were drawn.
async fn hundred(shop: &Shop, lanes: &[Lane]) -> (usize, usize) {
    let mut routes = Vec::new();
    for _ in 0..100 {
        routes.push(choose(&*shop.memory, &shop.store, Region::GB, lanes).await.unwrap());
    }
    let by_eum = routes.iter().filter(|route| route.carriers[0] == EUM).count();
    (by_eum, routes.iter().filter(|route| route.drawn).count())
}

#[tokio::test]
async fn points_share_the_traffic() {
    let shop = Shop::in_mode(Mode::Live);
    assert_eq!(hundred(&shop, &BOTH[..1]).await, (100, 0), "there is no choice");
    assert_eq!(hundred(&shop, &[lane(EUM, 100), lane(SNS, 0)]).await, (100, 100));
    let (by_eum, _) = hundred(&shop, &BOTH).await;
    assert!((30..=70).contains(&by_eum), "{by_eum}");
}

#[tokio::test]
async fn an_open_breaker_takes_the_traffic_away_but_never_the_last_carrier() {
    let shop = Shop::in_mode(Mode::Live);
    let until = shop.memory.now() + SignedDuration::from_secs(30);
    with_breaker(&shop, Breaker::Open { until }).await;
    assert_eq!(hundred(&shop, &BOTH).await.0, 0);
    assert_eq!(hundred(&shop, &BOTH[..1]).await.0, 100);
}

#[tokio::test]
async fn a_pin_wins_until_it_ends_and_in_its_country_alone() {
    let mut shop = Shop::in_mode(Mode::Live);
    let since = shop.memory.now();
    let pin = Pin { carriers: vec![SNS], until: since + SignedDuration::from_secs(60), since };
    shop.store.settings.pins = Some([(Region::GB, pin)].into());
    assert_eq!(hundred(&shop, &BOTH).await, (0, 0));
    let jersey = Region::parse("JE").unwrap();
    let route = choose(&*shop.memory, &shop.store, jersey, &BOTH).await.unwrap();
    assert_eq!(route.carriers.len(), 2);
    shop.pass_seconds(60);
    assert!(hundred(&shop, &BOTH).await.0 > 0);
}
