//! Jobs as the queue brings them: once, twice, or for what is gone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::{Arc, Mutex};

use doorstep_domain::{
    Fault, Mode,
    carrier::CarrierName,
    complaint::{About, Complaint, Contents, Note, NoteKind},
    erase::{Erasure, request},
    export::{Export, ExportState, Reason},
    hear::{Heard, InboundText},
    id::{ComplaintId, MessageId, UserId},
    keys::DataKeys,
    phone::PhoneNumber,
    ports::{
        Archive, Calls, Clock, Complaints, DeadLetter, DeadLetters, Phones, Rights, Stores,
        Suppressions, Users,
    },
    seal::Place,
    start::start,
    store::Store,
    usage::Meter,
    verify::verify,
};
use doorstep_edge::{
    batch::{Unhandled, Worker},
    events::JobEvent,
    heard::{HeardEvent, Source},
};
use doorstep_fakes::{Memory, Ring, sample};
use privacy_jobs::Jobs;
use serde_json::Value;

/// A number of a live shopper, and another's.
const EVE: &str = "+447400123456";
const ZOE: &str = "+447400123457";

/// Dead letters that are hidden from everybody once somebody took them.
#[derive(Default)]
struct Dead {
    waiting: Mutex<Vec<String>>,
    hidden: Mutex<Vec<String>>,
    removed: Mutex<Vec<String>>,
}

impl Dead {
    /// Takes one out of those that are hidden.
    fn shown(&self, handle: &str) -> Option<String> {
        let mut hidden = self.hidden.lock().unwrap();
        let place = hidden.iter().position(|body| body == handle)?;
        Some(hidden.remove(place))
    }
}

impl DeadLetters for Dead {
    async fn take(&self) -> Result<Vec<DeadLetter>, Fault> {
        let mut waiting = self.waiting.lock().unwrap();
        let some = waiting.len().min(10);
        let bodies: Vec<_> = waiting.drain(..some).collect();
        self.hidden.lock().unwrap().extend(bodies.clone());
        Ok(bodies.into_iter().map(|body| DeadLetter { handle: body.clone(), body }).collect())
    }

    async fn hidden(&self) -> Result<usize, Fault> {
        Ok(self.hidden.lock().unwrap().len())
    }

    async fn give_back(&self, handle: &str) -> Result<(), Fault> {
        self.waiting.lock().unwrap().extend(self.shown(handle));
        Ok(())
    }

    async fn remove(&self, handle: &str) -> Result<(), Fault> {
        self.removed.lock().unwrap().extend(self.shown(handle));
        Ok(())
    }
}

type Desk = Jobs<Memory, Ring, Memory, Dead>;

async fn desk() -> Desk {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    ports.save(&sample::deployment()).await.unwrap();
    let (archive, receipts) = (Memory::default(), Dead::default());
    Jobs { ports, ring: Ring, archive, receipts, meter: Arc::new(Meter::default()) }
}

fn keys() -> Arc<DataKeys> {
    sample::data_keys(Mode::Live)
}

async fn shopper(desk: &Desk, phone: &str) -> UserId {
    let shop = sample::shop(sample::store(), Mode::Live);
    let pool = doorstep_domain::guard::Pool::default();
    let live_route = vec![CarrierName::Eum.into()];
    let call = sample::start(phone, phone);
    let call = doorstep_domain::start::Start { mode: Mode::Live, live_route, ..call };
    let attempt = start(&desk.ports, &pool, &shop, call).await.unwrap().attempt;
    let codes = sample::code_keys(Mode::Live);
    let code = codes.code(attempt.id, &attempt.seed).unwrap();
    let store = Arc::new(sample::store());
    let shop = doorstep_domain::verify::Shop { store, data: keys(), codes };
    verify(&desk.ports, &shop, attempt, &code).await.unwrap().user
}

/// What the queue brings.
fn body(kind: &str, item: &str) -> String {
    let event = JobEvent {
        store: sample::STORE.to_string(),
        mode: "live".to_owned(),
        r#type: kind.to_owned(),
        item: item.to_owned(),
        traceparent: String::new(),
    };
    serde_json::to_string(&event).unwrap()
}

async fn does(desk: &Desk, kind: &str, item: &str) {
    desk.handle(&body(kind, item)).await.unwrap();
}

async fn asks_for_export(desk: &Desk, user: UserId) -> Export {
    let export = Export::new(user, desk.ports.now(), &desk.ports);
    desk.ports.ask_export(&keys(), &export, "").await.unwrap();
    export
}

async fn asks_for_erasure(desk: &Desk, user: UserId) -> Erasure {
    let erasure = request(&desk.ports, &keys(), user, desk.ports.now()).await.unwrap().unwrap();
    desk.ports.ask_erasure(&keys(), &erasure, "").await.unwrap();
    erasure
}

async fn erases(desk: &Desk, user: UserId) -> Erasure {
    asks_for_erasure(desk, user).await;
    does(desk, "erase", &format!("ERS#{user}")).await;
    desk.ports.erasure(&keys(), user).await.unwrap().unwrap()
}

fn index(phone: &str) -> doorstep_domain::keys::PhoneIndex {
    keys().phone_index(&PhoneNumber::parse(phone, None, Mode::Live).unwrap())
}

/// What nobody could handle: a text to the store from this number.
fn dead(from: &str, text: &str, owner: &DataKeys) -> String {
    let [id, from, to, text] = ["in-1", from, "447400654321", text].map(str::to_owned);
    let at = "2027-01-01T00:00:00Z".parse().unwrap();
    let account = Some("AC1");
    let source = Source { carrier: CarrierName::Twilio, account, at, trace: "00-t" };
    let heard = Heard::Text(InboundText { id, from, to, text });
    HeardEvent::seal(owner, source, &heard, &Memory::default()).body()
}

#[tokio::test]
async fn an_export_is_sealed_and_tells_who_the_person_is() {
    let desk = desk().await;
    let (eve, _) = (shopper(&desk, EVE).await, shopper(&desk, ZOE).await);
    let export = asks_for_export(&desk, eve).await;
    for _ in 0..2 {
        does(&desk, "export", &format!("EXP#{}", export.id)).await;
    }
    let done = desk.ports.export(&keys(), export.id).await.unwrap().unwrap();
    let ExportState::Ready { expires_at } = done.state else { panic!("{done:?}") };
    assert_eq!(expires_at, desk.ports.now() + doorstep_domain::export::KEPT);
    let of = (eve, export.id);
    let sealed = desk.archive.sealed_export(keys().scope(), of).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&sealed);
    assert!(!text.contains(EVE) && !text.contains("Ada"), "it is sealed");
    let name = export.id.to_string();
    let plain = keys().open(Place { item: &name, attribute: "export" }, &sealed).unwrap();
    let document: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(document["user"]["phone"], EVE);
    assert_eq!(document["user"]["customer"]["email"], "ada@shop.example");
    assert_eq!(document["consents"][0]["wording"], "Text me offers from Corner Shop.");
    assert_eq!(document["signups"][0]["status"], "verified");
    assert!(!document.to_string().contains(ZOE));
}

fn complains(phone: &str, bits: u128) -> Complaint {
    let number = PhoneNumber::parse(phone, None, Mode::Live).unwrap();
    let contents = Contents {
        name: Some("Mallory".to_owned()),
        contact: "mallory@letters.example".to_owned(),
        text: "My ex-wife's number.".to_owned(),
        phone: Some(number),
    };
    let at = "2027-01-01T00:00:00Z".parse().unwrap();
    Complaint {
        id: ComplaintId::from_bits(bits),
        about: About::Other,
        contents,
        phone: Some(index(phone)),
        received_at: at,
        notes: vec![Note {
            kind: NoteKind::Progress,
            at,
            actor: "0123456789ab".to_owned(),
            text: "We have asked Mallory.".to_owned(),
        }],
    }
}

/// The document of an export that is done.
async fn exported(desk: &Desk, user: UserId) -> Value {
    let export = asks_for_export(desk, user).await;
    does(desk, "export", &format!("EXP#{}", export.id)).await;
    let of = (user, export.id);
    let sealed = desk.archive.sealed_export(keys().scope(), of).await.unwrap().unwrap();
    let name = export.id.to_string();
    let plain = keys().open(Place { item: &name, attribute: "export" }, &sealed).unwrap();
    serde_json::from_slice(&plain).unwrap()
}

#[tokio::test]
async fn an_export_tells_all_that_is_known_of_the_number() {
    let desk = desk().await;
    let eve = shopper(&desk, EVE).await;
    let at = |hour| desk.ports.now() + jiff::SignedDuration::from_hours(hour);
    let message = MessageId::from_bits(1);
    desk.ports.suppress(&keys(), &index(EVE), at(1), "").await.unwrap();
    desk.ports.lift(&keys(), &index(EVE), at(2)).await.unwrap();
    desk.ports.reserve_reply(&keys(), &index(EVE), message, at(3)).await.unwrap();
    desk.ports.may_call(&keys(), &index(EVE), message, at(4)).await.unwrap();
    let document = exported(&desk, eve).await;
    let number = &document["numbers"][0];
    for (member, hour) in [
        ("no_marketing_since", 1),
        ("texts_again_since", 2),
        ("answered_by_text_at", 3),
        ("called_at", 4),
    ] {
        assert_eq!(number[member], at(hour).to_string(), "{member}: {number}");
    }
    assert!(number["no_texts_since"].is_null(), "{number}");
}

#[tokio::test]
async fn an_export_tells_of_complaints_but_not_what_whoever_wrote_them_said() {
    let desk = desk().await;
    let eve = shopper(&desk, EVE).await;
    desk.ports.file(&keys(), &complains(EVE, 1)).await.unwrap();
    let document = exported(&desk, eve).await;
    let told = &document["complaints"][0];
    assert_eq!((&told["about"], &told["status"]), (&"other".into(), &"in_progress".into()));
    assert!(told["id"].is_string() && told["received_at"].is_string());
    for theirs in ["Mallory", "mallory", "ex-wife", "We have asked"] {
        assert!(!document.to_string().contains(theirs), "{theirs}");
    }
}

#[tokio::test]
async fn an_export_that_is_too_large_fails_and_says_so() {
    let desk = desk().await;
    let eve = shopper(&desk, EVE).await;
    for bits in 0..16_000 {
        desk.ports.file(&keys(), &complains(EVE, bits)).await.unwrap();
    }
    let export = asks_for_export(&desk, eve).await;
    does(&desk, "export", &format!("EXP#{}", export.id)).await;
    let done = desk.ports.export(&keys(), export.id).await.unwrap().unwrap();
    assert_eq!(done.state, ExportState::Failed(Reason::TooLarge));
    assert_eq!(desk.archive.sealed_exports(), 0);
}

#[tokio::test]
async fn an_export_of_somebody_who_was_erased_meanwhile_is_none() {
    let desk = desk().await;
    let eve = shopper(&desk, EVE).await;
    let export = asks_for_export(&desk, eve).await;
    erases(&desk, eve).await;
    does(&desk, "export", &format!("EXP#{}", export.id)).await;
    assert_eq!(desk.ports.export(&keys(), export.id).await.unwrap(), None);
    assert_eq!(desk.archive.sealed_exports(), 0);
}

#[tokio::test]
async fn an_erasure_takes_exports_with_it() {
    let desk = desk().await;
    let (eve, zoe) = (shopper(&desk, EVE).await, shopper(&desk, ZOE).await);
    for user in [eve, zoe] {
        let export = asks_for_export(&desk, user).await;
        does(&desk, "export", &format!("EXP#{}", export.id)).await;
    }
    assert_eq!(desk.archive.sealed_exports(), 2);
    let done = erases(&desk, eve).await;
    assert_eq!(done.erased_at, Some(desk.ports.now()));
    assert_eq!(desk.archive.sealed_exports(), 1, "Zoe's");
    assert_eq!(desk.ports.exports_of(&keys(), eve).await.unwrap(), []);
    assert!(Users::find(&desk.ports, &keys(), eve).await.unwrap().is_none());
    assert!(Users::find(&desk.ports, &keys(), zoe).await.unwrap().is_some());
}

#[tokio::test]
async fn what_a_person_texted_and_nobody_could_handle_goes_and_a_stop_counts() {
    let desk = desk().await;
    let eve = shopper(&desk, EVE).await;
    let mine = dead("447400123456", "STOP", &keys());
    let others = dead(ZOE, "STOP", &keys());
    let elsewhere =
        dead(EVE, "STOP", &sample::keys_of(doorstep_fakes::sample::fresh_store(), Mode::Live));
    let to_nobody = dead(EVE, "hello", &sample::keys_of(Store::DEPLOYMENT, Mode::Live));
    let all = [&mine, &others, &elsewhere, &to_nobody].map(String::clone);
    *desk.receipts.waiting.lock().unwrap() = [&all[..], &["{}".to_owned()]].concat();
    erases(&desk, eve).await;
    assert_eq!(*desk.receipts.removed.lock().unwrap(), [mine]);
    assert_eq!(desk.receipts.waiting.lock().unwrap().len(), 4, "others find the others at once");
    let record = Phones::find(&desk.ports, &keys(), &index(EVE)).await.unwrap();
    assert!(record.suppressed.is_some());
}

#[tokio::test]
async fn a_dead_letter_that_another_erasure_hides_is_not_missed() {
    let desk = desk().await;
    let eve = shopper(&desk, EVE).await;
    let mine = dead(EVE, "STOP", &keys());
    desk.receipts.waiting.lock().unwrap().push(mine.clone());
    // Another one is just looking at it.
    let taken = desk.receipts.take().await.unwrap();
    asks_for_erasure(&desk, eve).await;
    let job = body("erase", &format!("ERS#{eve}"));
    let early = desk.handle(&job).await;
    assert!(matches!(early, Err(Unhandled::Fault(_))), "it comes again");
    let asked = desk.ports.erasure(&keys(), eve).await.unwrap().unwrap();
    assert_eq!(asked.erased_at, None);
    desk.receipts.give_back(&taken[0].handle).await.unwrap();
    desk.handle(&job).await.unwrap();
    assert_eq!(*desk.receipts.removed.lock().unwrap(), [mine]);
    let asked = desk.ports.erasure(&keys(), eve).await.unwrap().unwrap();
    assert!(asked.erased_at.is_some());
}

#[tokio::test]
async fn more_dead_letters_than_can_be_looked_at_are_not_done() {
    let desk = desk().await;
    let eve = shopper(&desk, EVE).await;
    let many = (0..5_001).map(|n| format!("{{\"n\":{n}}}"));
    desk.receipts.waiting.lock().unwrap().extend(many);
    asks_for_erasure(&desk, eve).await;
    let job = desk.handle(&body("erase", &format!("ERS#{eve}"))).await;
    assert!(matches!(job, Err(Unhandled::Fault(_))), "an operator should know");
    let asked = desk.ports.erasure(&keys(), eve).await.unwrap().unwrap();
    assert_eq!(asked.erased_at, None);
}

#[tokio::test]
async fn the_journal_erases_again_who_is_there_again() {
    let desk = desk().await;
    let eve = shopper(&desk, EVE).await;
    let done = erases(&desk, eve).await;
    // The table is as it was before; the bucket is not.
    let restored = Jobs { archive: desk.archive, ..self::desk().await };
    let eve_again = shopper(&restored, EVE).await;
    assert_eq!(eve_again, eve, "the same chance makes the same ids");
    let entry = format!("JRN#{}/{eve}", done.day());
    for _ in 0..2 {
        does(&restored, "replay", &entry).await;
    }
    assert!(Users::find(&restored.ports, &keys(), eve).await.unwrap().is_none());
    assert_eq!(restored.ports.signups(), 0);
    let noted = restored.ports.erasure(&keys(), eve).await.unwrap().unwrap();
    assert!(noted.erased_at.is_some());
}

#[tokio::test]
async fn what_nobody_can_read_is_buried_and_what_is_gone_is_done() {
    let desk = desk().await;
    let user = UserId::from_bits(1);
    for (kind, item) in [("export", "EXP#x"), ("replay", "JRN#2027-01-01"), ("tidy", "EXP#x")] {
        let refused = desk.handle(&body(kind, item)).await.unwrap_err();
        assert!(matches!(refused, Unhandled::Unreadable(_)), "{kind} {item}");
    }
    does(&desk, "erase", &format!("ERS#{user}")).await;
    does(&desk, "export", "EXP#exp_00000000000000000000000001").await;
    let missing = desk.handle(&body("replay", &format!("JRN#2027-01-01/{user}"))).await;
    assert!(matches!(missing, Err(Unhandled::Fault(_))), "an operator should know");
}
