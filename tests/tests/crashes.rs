//! Functions die at the worst moments, and everything comes twice: still one registration.

use doorstep_tests::{
    Shop, drama, emulator, eventually,
    leaks::{Needle, none_of, spoken},
    mobile, post,
    proxy::{Fault, Proxy, Rule},
    put,
    shop::code_in,
    unique,
    waiting::{now, now_ms},
};
use serde_json::json;
use tokio::sync::Mutex;

/// Each story changes functions that the others use.
static ALONE: Mutex<()> = Mutex::const_new(());

fn rule(says: &[&'static str], fault: Fault, times: usize) -> Rule {
    Rule { says: says.to_vec(), fault, times }
}

async fn starts_live(shop: &Shop, phone: &str) -> String {
    let call = post("/signups").key(&shop.live_key).json(&json!({"phone": phone}));
    let started = call.header("Idempotency-Key", &unique()).send().await.is(202);
    started.text_at("/id").to_owned()
}

/// One sign-up, one user, one text, nothing left over.
async fn is_one_registration(shop: &Shop, id: &str) {
    shop.delivery_is(id, "delivered", 90).await;
    emulator::quiet(&shop.id, 90).await;
    let texts = shop.texts(id).await;
    assert_eq!(texts.len(), 1, "{texts:?}");
    let code = code_in(texts[0]["text"].as_str().unwrap_or_default());
    let first = shop.types(id, &code).await.is(200);
    let again = shop.types(id, &code).await.is(200);
    assert_eq!(again.body, first.body);
    assert_eq!(shop.reads("/signups").await.is(200).data().len(), 1);
    let user = first.text_at("/user/id");
    let users =
        |item: &&serde_json::Value| item["pk"]["S"].as_str().is_some_and(|pk| pk.contains("#USR#"));
    let items = emulator::items_of(&shop.id).await;
    let users: Vec<_> = items.iter().filter(users).map(spoken).collect();
    assert!(!users.is_empty() && users.iter().all(|item| item.contains(user)), "{users:?}");
    assert!(no_dead_letters(shop).await);
}

async fn no_dead_letters(shop: &Shop) -> bool {
    let dead = emulator::dead_letters().await;
    !dead.iter().any(|(_, message)| spoken(message).contains(&shop.id))
}

async fn a_registration_survives(functions: &[&str], rule: Rule) {
    let _alone = ALONE.lock().await;
    let shop = Shop::patient().await;
    let (proxy, wanted) = (Proxy::before(functions, rule.clone()), rule.times.min(1));
    let id = shop.signs_up(&drama(1)).await;
    let delivered = shop.delivery_is(&id, "delivered", 120).await;
    assert!(proxy.fired() >= wanted, "nothing went wrong: {}", proxy.seen());
    assert_eq!(delivered.body["status"], "delivered");
    is_one_registration(&shop, &id).await;
}

#[tokio::test]
async fn relay_dies_between_reading_and_publishing() {
    a_registration_survives(&["Relay"], rule(&["Action=Publish"], Fault::KillBefore, 1)).await;
}

#[tokio::test]
async fn relay_dies_between_publishing_and_knowing() {
    a_registration_survives(&["Relay"], rule(&["Action=Publish"], Fault::KillAfter, 1)).await;
}

#[tokio::test]
async fn the_topic_says_everything_twice() {
    a_registration_survives(&["Relay"], rule(&["Action=Publish"], Fault::Twice, 100)).await;
}

#[tokio::test]
async fn every_receipt_comes_twice() {
    a_registration_survives(&["SendSandbox"], rule(&["AmazonSQS.SendMessage"], Fault::Twice, 100))
        .await;
}

/// Slow: the queue shows the message again after 48 s.
#[tokio::test]
async fn the_sender_dies_before_it_writes_the_claim_down() {
    let claim = rule(&["DynamoDB_20120810.", "#MSG#", "sending"], Fault::KillBefore, 1);
    a_registration_survives(&["SendSandbox"], claim).await;
}

/// Slow: the queue shows the message again after 48 s.
#[tokio::test]
async fn the_receiver_dies_before_it_writes_the_receipt_down() {
    let write = rule(&["DynamoDB_20120810.", "#MSG#", "delivered"], Fault::KillBefore, 1);
    a_registration_survives(&["Ingest"], write).await;
}

/// Slow: the queue shows the message again after 48 s.
#[tokio::test]
async fn a_sender_that_dies_after_the_carriers_answer_sends_the_same_code() {
    let _alone = ALONE.lock().await;
    let (shop, phone) = (Shop::patient().await, mobile());
    let write = rule(&["DynamoDB_20120810.", "#MSG#", "\"sent\""], Fault::KillBefore, 1);
    let proxy = Proxy::before(&["SendSns"], write);
    let id = starts_live(&shop, &phone).await;
    let status = format!("/delivery-status?signup_id={id}");
    eventually("the text is sent", 120, || async {
        let answer = doorstep_tests::get(&status).key(&shop.live_key).send().await.is(200);
        (answer.body["status"] == "sent").then_some(())
    })
    .await;
    assert_eq!(proxy.fired(), 1, "it did not die: {}", proxy.seen());
    emulator::quiet(&shop.id, 90).await;
    let texts = emulator::sms_to(&phone).await;
    assert!((1..=2).contains(&texts.len()), "{texts:?}");
    assert!(texts.iter().all(|text| *text == texts[0]), "another code: {texts:?}");
    let call = post(&format!("/signups/{id}/verify")).key(&shop.live_key);
    let _ = call.json(&json!({"code": code_in(&texts[0])})).send().await.is(200);
    assert!(no_dead_letters(&shop).await);
}

async fn verify_can_be_asked_again(dies: Fault) {
    let _alone = ALONE.lock().await;
    let shop = Shop::patient().await;
    let (id, code) = shop.signs_up_and_reads(&drama(2)).await;
    let proxy = Proxy::before(&["Verify"], rule(&["TransactWriteItems"], dies, 1));
    let broken = shop.types(&id, &code).await;
    assert!(broken.status >= 500, "{}: {}", broken.text, proxy.seen());
    assert_eq!(proxy.fired(), 1);
    let verified = shop.types(&id, &code).await.is(200);
    assert!(verified.text_at("/user/id").starts_with("usr_"));
}

#[tokio::test]
async fn verify_that_dies_between_counting_and_registering_can_be_asked_again() {
    verify_can_be_asked_again(Fault::KillBefore).await;
}

#[tokio::test]
async fn verify_that_dies_after_registering_can_be_asked_again() {
    verify_can_be_asked_again(Fault::KillAfter).await;
}

async fn signup_can_be_asked_again(dies: Fault) {
    let _alone = ALONE.lock().await;
    let shop = Shop::patient().await;
    let write = rule(&["DynamoDB_20120810.PutItem", "#SGN#"], dies, 1);
    let proxy = Proxy::before(&["Signup"], write);
    let (key, body) = (unique(), json!({"phone": drama(3)}));
    let broken = shop.starts_as(&key, &body).await;
    assert!(broken.status >= 500, "{}: {}", broken.text, proxy.seen());
    assert_eq!(proxy.fired(), 1, "{}", proxy.seen());
    let started = shop.starts_as(&key, &body).await.is(202);
    is_one_registration(&shop, started.text_at("/id")).await;
}

#[tokio::test]
async fn signup_that_dies_between_noting_the_phone_and_its_write_can_be_asked_again() {
    signup_can_be_asked_again(Fault::KillBefore).await;
}

#[tokio::test]
async fn signup_that_dies_after_its_write_can_be_asked_again() {
    signup_can_be_asked_again(Fault::KillAfter).await;
}

/// A carrier that says back in its error what it was sent.
#[tokio::test]
async fn what_a_carrier_says_back_is_kept_nowhere() {
    let _alone = ALONE.lock().await;
    let (shop, phone, since) = (Shop::patient().await, mobile(), now_ms());
    let until = (now() + jiff::SignedDuration::from_hours(1)).to_string();
    let pin = json!({"country": "GB", "carriers": ["sns"], "until": until});
    let _ = put("/routes").key(&shop.live_key).json(&pin).send().await.is(200);
    let proxy = Proxy::before(&["SendSns"], rule(&["Action=Publish"], Fault::Echo, 100));
    let id = starts_live(&shop, &phone).await;
    let status = format!("/delivery-status?signup_id={id}");
    let answer = eventually("the text has failed", 60, || async {
        let answer = doorstep_tests::get(&status).key(&shop.live_key).send().await.is(200);
        (answer.body["status"] == "failed" || answer.body["status"] == "undelivered")
            .then_some(answer)
    })
    .await;
    let echoed = proxy.seen();
    assert!(proxy.fired() >= 1, "{echoed}");
    let code = echoed.split("is+your").next().and_then(|before| before.rsplit('=').next());
    let code = code.unwrap_or_default().trim_matches('+').to_owned();
    let mut needles = Needle::phone(&phone);
    needles.push(Needle::new("host of the text", &format!("@{}", shop.domain)));
    if code.len() == 6 {
        needles.push(Needle::new("code", &format!("{code} is your")));
    }
    none_of(&needles, "an answer", &[answer.text]);
    let items: Vec<_> = emulator::items_of(&shop.id).await.iter().map(spoken).collect();
    none_of(&needles, "a table", &items);
    let queued: Vec<_> =
        emulator::queued().await.iter().map(|(_, message)| spoken(message)).collect();
    none_of(&needles, "a queue", &queued);
    none_of(&needles, "a log", &emulator::logged_since(since).await);
}
