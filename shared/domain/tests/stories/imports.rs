//! A shop brings its shoppers along.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use doorstep_domain::{
    Mode,
    consent::{Basis, Door, Event, How, OptInConsent, Wording, intact, live, object, record},
    id::{ConsentId, ImportId, UserId},
    import::{Format, Import, MAX_ERRORS, Person, Row, RowError, Status, chunks, turn},
    keys::DataKeys,
    phone::PhoneNumber,
    ports::{Chunks, Clock, Imports, Ledger, People, Phones, Users},
    said::{Said, Scribe},
    store::Store,
    tell::{TellError, may_be_used, tell},
    user::User,
};
use doorstep_fakes::{Memory, sample};
use jiff::{SignedDuration, Timestamp};

pub(crate) const NUMBER: &str = "+447700900001";
const OTHER: &str = "+447700900002";

pub(crate) struct Shop {
    pub(crate) memory: Memory,
    pub(crate) store: Store,
    pub(crate) keys: Arc<DataKeys>,
    sent: std::cell::Cell<u128>,
}

pub(crate) fn shop() -> Shop {
    let mut store = sample::store();
    store.settings.purposes = Some(vec!["offers".to_owned(), "news".to_owned()]);
    store.settings.wordings = Some(vec![("v1".to_owned(), "Text me offers.".to_owned())]);
    let (memory, keys) = (Memory::default(), sample::data_keys(Mode::Test));
    memory.clock.pass(SignedDuration::from_hours(1_000));
    Shop { memory, store, keys, sent: std::cell::Cell::new(1) }
}

impl Shop {
    /// An hour ago, or so many.
    pub(crate) fn ago(&self, hours: i64) -> Timestamp {
        self.memory.now() - SignedDuration::from_hours(hours)
    }

    pub(crate) fn yes(&self, hours: i64) -> Said {
        Said {
            purpose: "offers".to_owned(),
            channel: "sms".to_owned(),
            granted: true,
            basis: Basis::Consent,
            wording_version: Some("v1".to_owned()),
            wording: None,
            occurred_at: Some(self.ago(hours)),
            page_url: None,
            sale: None,
            method: Some("checkout".to_owned()),
        }
    }

    pub(crate) fn no(&self, hours: i64) -> Said {
        Said { granted: false, wording_version: None, method: None, ..self.yes(hours) }
    }

    async fn sends(&self, people: Vec<Person>) -> ImportId {
        let rows: Vec<_> =
            (1..).zip(people).map(|(number, person)| Row { number, read: Ok(person) }).collect();
        self.sends_rows(&rows).await
    }

    async fn sends_rows(&self, rows: &[Row]) -> ImportId {
        let id = ImportId::from_bits(self.sent.replace(self.sent.get() + 1));
        let split: Vec<_> = chunks(rows).collect();
        for chunk in &split {
            self.memory.keep(&self.keys, id, *chunk).await.unwrap();
        }
        let import = Import {
            id,
            body: self.keys.fingerprint("POST /imports", b"rows"),
            format: Format::Lines,
            rows: rows.len().try_into().unwrap(),
            chunks: split.len().try_into().unwrap(),
            next: 0,
            accepted: 0,
            rejected: 0,
            status: Status::Running,
            created_at: self.memory.now(),
            ended_at: None,
            actor: "0123456789ab".to_owned(),
            trace: "trace".to_owned(),
        };
        assert!(self.memory.open(&self.keys, &import).await.unwrap());
        id
    }

    async fn turns(&self, id: ImportId) {
        turn(&self.memory, &self.memory, (&self.store, &self.keys), id).await.unwrap();
    }

    async fn import(&self, id: ImportId) -> Import {
        Imports::find(&self.memory, &self.keys, id).await.unwrap().unwrap()
    }

    async fn works(&self, id: ImportId) -> Import {
        while self.import(id).await.status == Status::Running {
            self.turns(id).await;
        }
        self.import(id).await
    }

    pub(crate) async fn brings(&self, people: Vec<Person>) -> Import {
        let id = self.sends(people).await;
        self.works(id).await
    }

    async fn errors(&self, id: ImportId) -> Vec<RowError> {
        self.memory.errors(&self.keys, id).await.unwrap()
    }

    pub(crate) async fn user(&self, number: &str) -> Option<User> {
        let phone = PhoneNumber::parse(number, None, Mode::Test).unwrap();
        let index = self.keys.phone_index(&phone);
        let id = Phones::find(&self.memory, &self.keys, &index).await.unwrap().user?;
        Users::find(&self.memory, &self.keys, id).await.unwrap()
    }

    /// How many entries the ledger has of a number, and whether offers may go to it.
    pub(crate) async fn agreed(&self, number: &str) -> (usize, bool) {
        let Some(user) = self.user(number).await else { return (0, false) };
        let held = may_be_used(&self.memory, &self.keys, &user).await.unwrap();
        assert!(intact(&self.keys, &held.entries));
        let phone = self.keys.phone_index(&user.phone);
        let number = Phones::find(&self.memory, &self.keys, &phone).await.unwrap();
        let gate = live(&held.entries, "sms", number.objected).contains(&"offers");
        let offers = held.standings.iter().find(|(it, _)| it.purpose == "offers");
        assert_eq!(offers.is_some_and(|(_, live)| *live), gate, "what is shown is what is done");
        (held.entries.len(), gate)
    }

    pub(crate) async fn objects(&self, number: &str) {
        let phone = PhoneNumber::parse(number, None, Mode::Test).unwrap();
        let at = self.memory.now();
        let (door, name) = (Door::Page, "a click");
        let how = How { door, name, at, reason: None, actor: None, trace: "" };
        object(&self.memory, &self.keys, &self.keys.phone_index(&phone), how).await.unwrap();
    }

    pub(crate) async fn says(&self, user: UserId, event: Event, door: Door, at: Timestamp) {
        let id = ConsentId::from_bits(at.as_millisecond().unsigned_abs().into());
        let entry = OptInConsent::new(id, user, (event, "offers", "sms"), (door, at));
        let entry = OptInConsent { told: Some(sample::told()), ..entry };
        record(&self.memory, (&self.keys, user), vec![entry], "").await.unwrap();
    }

    pub(crate) async fn tells(&self, number: &str, said: Said) -> Result<bool, TellError> {
        let user = self.user(number).await.unwrap();
        let scribe = Scribe {
            keys: &self.keys,
            store: &self.store,
            door: Door::Api,
            now: self.memory.now(),
            actor: None,
            reason: None,
        };
        let holds = tell(&self.memory, &scribe, &user, (&[said], "")).await?;
        Ok(holds.iter().any(|it| it.purpose == "offers" && it.state == Event::Granted))
    }
}

pub(crate) fn person(number: &str, consents: Vec<Said>) -> Person {
    let (phone, external_id) = (number.to_owned(), Some("c-1".to_owned()));
    Person { phone, external_id, consents, suppressed: false, suppressed_at: None }
}

fn suppressed(number: &str, at: Option<Timestamp>) -> Person {
    Person { suppressed: true, suppressed_at: at, ..person(number, Vec::new()) }
}

#[tokio::test]
async fn who_is_brought_is_known_agreed_and_not_verified() {
    let shop = shop();
    let done = shop.brings(vec![person(NUMBER, vec![shop.yes(100)])]).await;
    assert_eq!((done.status, done.accepted, done.rejected), (Status::Done, 1, 0));
    let user = shop.user(NUMBER).await.unwrap();
    assert_eq!((user.verified_at, user.customer.external_id.as_deref()), (None, Some("c-1")));
    assert_eq!(shop.agreed(NUMBER).await, (1, true));
    let entry = shop.memory.entries(&shop.keys, user.id).await.unwrap().remove(0).entry;
    assert_eq!((entry.door, entry.reason.as_deref()), (Door::Import, Some("checkout")));
    let told = entry.told.unwrap();
    assert_eq!(told.wording, Some(Wording("Text me offers.".to_owned()).hash()));
    assert_eq!(told.controllers, ["Corner Shop"]);
    assert_eq!(shop.memory.messages(), 0, "an import sends nothing");
}

#[tokio::test]
async fn what_is_said_twice_counts_once() {
    let shop = shop();
    let same = || person(NUMBER, vec![shop.yes(100)]);
    let done = shop.brings(vec![same(), same(), person(OTHER, vec![shop.yes(100)])]).await;
    assert_eq!(done.accepted, 3);
    shop.brings(vec![same()]).await;
    assert_eq!(shop.agreed(NUMBER).await, (1, true));
    assert_eq!(shop.memory.users(), 2);
}

#[tokio::test]
async fn no_list_brings_a_consent_back_that_was_withdrawn() {
    let shop = shop();
    let list = vec![person(NUMBER, vec![shop.yes(100)])];
    shop.brings(list.clone()).await;
    let user = shop.user(NUMBER).await.unwrap().id;
    shop.says(user, Event::Withdrawn, Door::Page, shop.ago(50)).await;
    assert_eq!(shop.agreed(NUMBER).await, (2, false));
    shop.brings(list).await;
    assert_eq!(shop.agreed(NUMBER).await, (2, false), "the same list says nothing new");
    shop.brings(vec![person(NUMBER, vec![shop.yes(1)])]).await;
    assert_eq!(shop.agreed(NUMBER).await, (3, false), "a later yes is kept, and does not count");
    shop.says(user, Event::Granted, Door::Code, shop.ago(0)).await;
    assert_eq!(shop.agreed(NUMBER).await, (4, true), "the shopper says yes again");
    shop.brings(vec![person(NUMBER, vec![shop.no(10)])]).await;
    assert_eq!(shop.agreed(NUMBER).await, (5, true), "what is older than that says nothing");
}

#[tokio::test]
async fn a_no_on_the_list_is_heard() {
    let shop = shop();
    let both = vec![shop.yes(100), shop.no(200)];
    shop.brings(vec![person(NUMBER, both)]).await;
    assert_eq!(shop.agreed(NUMBER).await, (2, false));
}

#[tokio::test]
async fn who_wants_nothing_is_heard_whether_known_or_not() {
    let shop = shop();
    let done = shop.brings(vec![suppressed(NUMBER, None), suppressed(OTHER, None)]).await;
    assert_eq!((done.accepted, shop.memory.users()), (2, 0), "nobody gets known by it");
    shop.brings(vec![person(NUMBER, vec![shop.yes(1)])]).await;
    assert_eq!(shop.agreed(NUMBER).await, (1, false), "and no list takes it back");
    let list = vec![Person { suppressed: true, ..person(OTHER, vec![shop.yes(1)]) }];
    shop.brings(list).await;
    assert!(!shop.agreed(OTHER).await.1);
}

#[tokio::test]
async fn a_suppression_takes_back_what_held() {
    let shop = shop();
    shop.brings(vec![person(NUMBER, vec![shop.yes(100)])]).await;
    let list = vec![suppressed(NUMBER, Some(shop.ago(1)))];
    shop.brings(list.clone()).await;
    assert_eq!(shop.agreed(NUMBER).await, (2, false));
    shop.brings(list).await;
    assert_eq!(shop.agreed(NUMBER).await, (2, false));
}

#[tokio::test]
async fn an_objection_outlives_every_list() {
    let shop = shop();
    let list = vec![person(NUMBER, vec![shop.yes(100)])];
    shop.brings(list.clone()).await;
    shop.objects(NUMBER).await;
    shop.memory.clock.pass(SignedDuration::from_hours(1));
    shop.brings(list).await;
    shop.brings(vec![person(NUMBER, vec![shop.yes(0)])]).await;
    assert!(!shop.agreed(NUMBER).await.1);
}

#[tokio::test]
async fn a_row_that_is_wrong_says_where_and_repeats_nothing() {
    let shop = shop();
    let future = Said { occurred_at: Some(shop.ago(-1)), ..shop.yes(1) };
    let bare = Said { occurred_at: None, method: None, ..shop.yes(1) };
    let unknown = Said { purpose: "=prizes()".to_owned(), ..shop.yes(1) };
    let id = shop
        .sends(vec![
            person("+447400123456", vec![shop.yes(1)]),
            person(NUMBER, vec![shop.yes(1), future]),
            person(NUMBER, vec![bare]),
            person("0800 FLOWERS", vec![unknown]),
            person(NUMBER, Vec::new()),
            suppressed(NUMBER, Some(shop.ago(-1))),
            person(OTHER, vec![shop.yes(1)]),
        ])
        .await;
    let done = shop.works(id).await;
    assert_eq!((done.accepted, done.rejected, done.rows), (1, 6, 7));
    assert_eq!(shop.memory.users(), 1);
    let errors = shop.errors(id).await;
    let named: Vec<_> = errors.iter().map(|e| format!("{} {}", e.row, e.column)).collect();
    assert_eq!(
        named,
        [
            "1 phone",
            "2 consents/1/occurred_at",
            "3 consents/0/occurred_at",
            "3 consents/0/method",
            "4 phone",
            "4 consents/0/purpose",
            "5 consents",
            "6 suppressed_at",
        ]
    );
    let told = format!("{errors:?}");
    for secret in ["7400123456", "prizes", "FLOWERS"] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn the_first_thousand_errors_are_kept() {
    let shop = shop();
    let wrong = |number| Row { number, read: Err(vec![RowError::new(number, "phone", "wrong")]) };
    let rows: Vec<_> = (1..=2_500).map(wrong).collect();
    let id = shop.sends_rows(&rows).await;
    let done = shop.works(id).await;
    assert_eq!((done.accepted, done.rejected), (0, 2_500));
    let errors = shop.errors(id).await;
    assert_eq!((errors.len(), errors[0].row, errors[999].row), (MAX_ERRORS, 1, 1_000));
}

#[tokio::test]
async fn rows_that_are_gone_fail_the_import() {
    let shop = shop();
    let id = shop.sends(vec![person(NUMBER, vec![shop.yes(1)])]).await;
    shop.memory.forget(&shop.keys, id, 0).await.unwrap();
    let failed = shop.works(id).await;
    assert_eq!((failed.status, failed.accepted), (Status::Failed, 0));
    assert!(failed.ended_at.is_some());
}

/// Three chunks: a number that comes in each, one that is wrong in each, one that wants nothing.
fn long_list(shop: &Shop) -> Vec<Row> {
    let row = |number: u32| {
        let read = match number % 1_000 {
            1 => Ok(person(NUMBER, vec![shop.yes(100)])),
            2 => Ok(suppressed(OTHER, None)),
            _ => Err(vec![RowError::new(number, "phone", "wrong")]),
        };
        Row { number, read }
    };
    (1..=2_002).map(row).collect()
}

#[tokio::test]
async fn a_crash_at_any_step_loses_and_doubles_nothing() {
    let mut steps = 0;
    loop {
        let shop = shop();
        let id = shop.sends_rows(&long_list(&shop)).await;
        let ended = crashes_after(&shop, id, steps);
        let done = shop.works(id).await;
        assert_eq!((done.accepted, done.rejected), (6, 1_996), "after {steps} steps");
        assert_eq!(shop.agreed(NUMBER).await, (1, true));
        let errors = shop.errors(id).await;
        assert!(errors.windows(2).all(|pair| pair[0].row < pair[1].row));
        assert_eq!(errors.len(), MAX_ERRORS);
        shop.turns(id).await;
        for chunk in 0..3 {
            let rows = shop.memory.rows(&shop.keys, id, chunk).await.unwrap();
            assert!(rows.is_none(), "chunk {chunk} after {steps} steps");
        }
        if ended {
            break;
        }
        steps += 1;
    }
    assert!(steps > 10);
}

/// Takes so many steps of the work on the first chunk, and drops it; whether it had ended.
fn crashes_after(shop: &Shop, id: ImportId, steps: usize) -> bool {
    let mut work = pin!(turn(&shop.memory, &shop.memory, (&shop.store, &shop.keys), id));
    let mut context = Context::from_waker(Waker::noop());
    (0..steps).any(|_| matches!(work.as_mut().poll(&mut context), Poll::Ready(_)))
}

#[tokio::test]
async fn a_number_that_is_known_stays_who_it_is() {
    let shop = shop();
    let phone = PhoneNumber::parse(NUMBER, None, Mode::Test).unwrap();
    let known = UserId::from_bits(0xada);
    shop.memory.reserve(&shop.keys, &shop.keys.phone_index(&phone), known).await.unwrap();
    shop.brings(vec![person(NUMBER, vec![shop.yes(1)])]).await;
    assert_eq!(shop.user(NUMBER).await.unwrap().id, known);
}
