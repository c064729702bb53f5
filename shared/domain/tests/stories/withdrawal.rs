//! Whatever comes, in whatever order: no marketing after a withdrawal, and none without consent.

use doorstep_domain::{
    Mode,
    carrier::CarrierName,
    consent::{Door, Event, How, OptInConsent, object, opt_out, record, withdraw},
    deliver::Dispatch,
    erase::{self, Erasure},
    hear::InboundText,
    id::{ConsentId, MessageId, SignupId, UserId},
    inbound::{Inbound, inbound},
    phone::PhoneNumber,
    ports::{Clock, Users},
    quiet::QuietHours,
    signup::LIFE,
    start::Start,
    template::Kind,
    write::{Recipient, Write, WriteError, write},
};
use doorstep_fakes::{sample, together};
use jiff::{SignedDuration, Timestamp, civil::Time};
use proptest::prelude::*;

use crate::shop::{Recorder, Shop, told};

const EVE: &str = "+447400123456";

/// One thing that somebody does.
#[derive(Debug, Clone)]
enum Deed {
    /// The shopper begins to sign up, and says yes or no.
    Starts(bool),
    /// They type the code of one of their sign-ups; of which is left to chance.
    Types(usize),
    /// They text it.
    Texts(&'static str),
    /// They take it back on the page, or the store does for them.
    Withdraws(Door),
    /// They want nothing at all any more.
    Objects,
    /// A carrier knows of an opt-out.
    CarrierRefuses,
    /// The store says that they agreed, so many hours ago.
    StoreTells(Door, i64),
    /// They ask to be forgotten.
    AsksToBeForgotten,
    /// The job forgets them.
    IsForgotten,
    /// The store wants to send marketing.
    Asks,
    /// A text that was asked for goes out; which one is left to chance.
    GoesOut(usize),
    /// Time passes, in seconds.
    Passes(i64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let told = prop_oneof![Just(Door::Import), Just(Door::Api), Just(Door::Store)];
    let taken = prop_oneof![Just(Door::Page), Just(Door::Api), Just(Door::Store)];
    let deed = prop_oneof![
        4 => any::<bool>().prop_map(Deed::Starts),
        5 => any::<usize>().prop_map(Deed::Types),
        1 => Just(Deed::Texts("STOP")),
        1 => Just(Deed::Texts("start")),
        2 => taken.prop_map(Deed::Withdraws),
        1 => Just(Deed::Objects),
        1 => Just(Deed::CarrierRefuses),
        2 => (told, 0..48_i64).prop_map(|(door, hours)| Deed::StoreTells(door, hours)),
        1 => Just(Deed::AsksToBeForgotten),
        2 => Just(Deed::IsForgotten),
        5 => Just(Deed::Asks),
        6 => any::<usize>().prop_map(Deed::GoesOut),
        2 => (0..90_000_i64).prop_map(Deed::Passes),
        2 => (0..300_i64).prop_map(Deed::Passes),
    ];
    prop::collection::vec(deed, 4..28)
}

/// What holds, told again in few words: when Eve said a yes last that she proved, when a no last,
/// whether a yes was told that she did not prove, and whether no text goes to her at all.
#[derive(Debug, Default)]
struct Truth {
    yes: Option<Timestamp>,
    no: Option<Timestamp>,
    told: bool,
    stopped: bool,
}

impl Truth {
    fn allows(&self) -> bool {
        let yes = match (self.yes, self.no) {
            (Some(yes), Some(no)) => yes > no,
            (Some(_), None) => true,
            (None, no) => self.told && no.is_none(),
        };
        yes && !self.stopped
    }
}

struct World {
    shop: Shop,
    carrier: Recorder,
    truth: Truth,
    user: Option<UserId>,
    started: Vec<(SignupId, bool, Timestamp)>,
    waiting: Vec<MessageId>,
    leaving: Vec<Erasure>,
    forgotten: Vec<MessageId>,
    deeds: usize,
}

impl World {
    async fn new() -> Self {
        let mut shop = Shop::in_mode(Mode::Live);
        let none = QuietHours { from: Time::midnight(), to: Time::midnight() };
        shop.store.settings.quiet_hours = Some(none);
        shop.store.settings.purposes = Some(vec!["offers".to_owned()]);
        shop.saves("offer", "en", Kind::Marketing, "{{ store }}: sale! {{ opt_out }}").await;
        let (carrier, truth) = (Recorder::accepting(), Truth::default());
        let (started, waiting) = (Vec::new(), Vec::new());
        let (leaving, forgotten) = (Vec::new(), Vec::new());
        Self { shop, carrier, truth, user: None, started, waiting, leaving, forgotten, deeds: 0 }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.shop.memory.now().as_millisecond()).unwrap()
    }

    /// Nobody does two things in the same millisecond.
    async fn happens(&mut self, deed: &Deed) {
        self.deeds += 1;
        self.shop.pass(SignedDuration::from_millis(10));
        match deed {
            Deed::Starts(yes) => self.starts(*yes).await,
            Deed::Types(which) => self.types(*which).await,
            Deed::Texts(words) => self.texts(words).await,
            Deed::Withdraws(door) => self.withdraws(*door).await,
            Deed::Objects | Deed::CarrierRefuses => self.refuses(deed).await,
            Deed::StoreTells(door, hours) => self.store_tells(*door, *hours).await,
            Deed::AsksToBeForgotten => self.asks_to_be_forgotten().await,
            Deed::IsForgotten => self.is_forgotten().await,
            Deed::Asks => self.asks().await,
            Deed::GoesOut(which) => self.goes_out(*which).await,
            Deed::Passes(seconds) => self.shop.pass_seconds(*seconds),
        }
    }

    async fn starts(&mut self, yes: bool) {
        let mut consent = sample::consent("offers");
        consent.asked.granted = yes;
        let call = self.shop.call(EVE, &format!("signup {}", self.deeds));
        let call = Start { consents: vec![consent], guarded: false, ..call };
        let id = self.shop.asks(call).await.unwrap().attempt.id;
        self.started.push((id, yes, self.now()));
    }

    /// What was said is as old as the sign-up, however late the code is typed.
    async fn types(&mut self, which: usize) {
        if self.started.is_empty() {
            return;
        }
        let (id, yes, at) = self.started.swap_remove(which % self.started.len());
        let done = self.shop.types_right(id).await;
        if self.now() >= at + LIFE {
            assert_eq!(told(&done), "expired");
            return;
        }
        self.user = Some(done.unwrap().user);
        let said = if yes { &mut self.truth.yes } else { &mut self.truth.no };
        *said = (*said).max(Some(at));
    }

    async fn texts(&mut self, words: &str) {
        let id = format!("text {}", self.deeds);
        let [id, from, to, text] = [&*id, EVE, "447400654321", words].map(str::to_owned);
        let text = InboundText { id, from, to, text };
        let at = self.now();
        let text = Inbound { carrier: CarrierName::Twilio, text: &text, at, trace: "" };
        inbound(&*self.shop.memory, &self.shop.store, &self.shop.data, text).await.unwrap();
        self.truth.stopped = words == "STOP";
        if words == "STOP" {
            self.truth.no = Some(at);
        }
    }

    async fn withdraws(&mut self, door: Door) {
        let Some(user) = self.user else { return };
        let (name, at) = (format!("deed {}", self.deeds), self.now());
        let how = How { door, name: &name, at, reason: Some("enough"), actor: None, trace: "" };
        let (memory, keys) = (&*self.shop.memory, &*self.shop.data);
        // It comes twice at once, and once more.
        let twice = (0..2).map(|_| withdraw(memory, (keys, user), &[("offers", "sms")], how));
        let added: usize = together(twice).await.into_iter().map(|it| it.unwrap().len()).sum();
        assert_eq!(added, 1, "written once");
        let again = withdraw(memory, (keys, user), &[("offers", "sms")], how).await.unwrap();
        assert_eq!(again, []);
        self.truth.no = Some(at);
    }

    async fn refuses(&mut self, deed: &Deed) {
        let (name, at) = (format!("deed {}", self.deeds), self.now());
        let (memory, keys) = (&*self.shop.memory, &*self.shop.data);
        let phone = keys.phone_index(&PhoneNumber::parse(EVE, None, Mode::Live).unwrap());
        let by = |door| How { door, name: &name, at, reason: None, actor: None, trace: "" };
        if matches!(deed, Deed::Objects) {
            object(memory, keys, &phone, by(Door::Page)).await.unwrap();
        } else {
            opt_out(memory, keys, &phone, by(Door::Carrier)).await.unwrap();
            self.truth.stopped = true;
        }
        self.truth.no = Some(at);
    }

    async fn store_tells(&mut self, door: Door, hours: i64) {
        let Some(user) = self.user else { return };
        let at = self.now();
        let id = ConsentId::from_bits(self.deeds as u128);
        let said = (Event::Granted, "offers", "sms");
        let told = OptInConsent {
            occurred_at: at - SignedDuration::from_hours(hours),
            told: Some(sample::told()),
            ..OptInConsent::new(id, user, said, (door, at))
        };
        let keys = &*self.shop.data;
        record(&*self.shop.memory, (keys, user), vec![told], "").await.unwrap();
        self.truth.told = true;
    }

    async fn asks_to_be_forgotten(&mut self) {
        let Some(user) = self.user.take() else { return };
        let (memory, keys, now) = (&*self.shop.memory, &*self.shop.data, self.now());
        let erasure = erase::request(memory, keys, user, now).await.unwrap().unwrap();
        erase::begin(memory, memory, keys, &erasure).await.unwrap();
        self.leaving.push(erasure);
        self.forgotten.append(&mut self.waiting);
        self.truth = Truth { no: Some(now), stopped: self.truth.stopped, ..Truth::default() };
        self.no_forgotten_text_goes_out().await;
    }

    /// Whoever came since stays.
    async fn is_forgotten(&mut self) {
        let Some(erasure) = self.leaving.pop() else { return };
        let (memory, keys, now) = (&*self.shop.memory, &*self.shop.data, self.now());
        erase::begin(memory, memory, keys, &erasure).await.unwrap();
        erase::finish(memory, memory, keys, (&erasure, now)).await.unwrap();
        self.started.retain(|(_, _, at)| *at > erasure.requested_at);
        if let Some(user) = self.user {
            assert!(Users::find(memory, keys, user).await.unwrap().is_some(), "they are new");
        }
        assert!(Users::find(memory, keys, erasure.user).await.unwrap().is_none());
        self.no_forgotten_text_goes_out().await;
    }

    /// Whatever was agreed to since.
    async fn no_forgotten_text_goes_out(&self) {
        let before = self.carrier.texts().len();
        for message in &self.forgotten {
            self.hands_over(*message).await;
        }
        assert_eq!(self.carrier.texts().len(), before, "a forgotten shopper got a text");
    }

    async fn hands_over(&self, message: MessageId) {
        let (store, mode) = self.shop.data.scope();
        let dispatch = Dispatch { store, mode, message, letter: true, leg: 0 };
        self.shop.sends(&self.carrier, &dispatch).await.unwrap();
    }

    async fn asks(&mut self) {
        let key = format!("letter {}", self.deeds);
        let command = Write {
            mode: Mode::Live,
            to: Recipient::Number(EVE.to_owned()),
            template: "offer".parse().unwrap(),
            locale: None,
            variables: Vec::new(),
            purpose: "offers".to_owned(),
            send_after: None,
            idempotency_key: key,
            body: b"{}".to_vec(),
            live_route: vec![CarrierName::Eum.into()],
            trace: String::new(),
            key: None,
            guarded: false,
        };
        let shop = &self.shop;
        match write(&*shop.memory, &shop.pool, &shop.whole(), command).await {
            Ok(written) => {
                assert!(self.truth.allows(), "taken: {:?}", self.truth);
                self.waiting.push(written.id);
            }
            Err(WriteError::NoConsent | WriteError::Suppressed) => {
                assert!(!self.truth.allows(), "refused: {:?}", self.truth);
            }
            Err(broken) => panic!("{broken}"),
        }
    }

    /// The text goes to the carrier exactly when it may: what was taken before may not go now. The
    /// queue brings it twice.
    async fn goes_out(&mut self, which: usize) {
        if self.waiting.is_empty() {
            return;
        }
        let message = self.waiting.swap_remove(which % self.waiting.len());
        let before = self.carrier.texts().len();
        for _ in 0..2 {
            self.hands_over(message).await;
        }
        let sent = self.carrier.texts().len() - before;
        let letters = self.shop.memory.letter(&self.shop.data, message);
        let late = letters.is_some_and(|letter| {
            letter.expires_at.duration_since(self.now()) < SignedDuration::from_mins(1)
        });
        assert_eq!(sent, usize::from(self.truth.allows() && !late), "{:?}", self.truth);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_marketing_goes_out_after_a_withdrawal_and_none_without_consent(deeds in deeds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for deed in &deeds {
                world.happens(deed).await;
            }
            world.no_forgotten_text_goes_out().await;
        });
    }
}
