//! A store writes to its shoppers.

use doorstep_domain::{
    Mode,
    carrier::{CarrierName, FailureClass},
    deliver::Dispatch,
    gsm7::Encoding,
    id::{MessageId, UserId},
    message::{About, LETTER_LIFE, Message, MessageStatus},
    phone::PhoneError,
    ports::{Clock, Messages, Suppressions, Templates},
    reach::NotReached,
    read,
    start::Start,
    template::{Body, Draft, Kind, RenderError},
    write::{AHEAD, Recipient, Write, WriteError, Written, write},
};
use doorstep_fakes::{sample, together};
use jiff::SignedDuration;

use crate::shop::{ADA, BOB, Recorder, Shop};

const ORDER: &str = "{{ store }}: order {{ order }} is on its way.";
const OFFER: &str = "{{ store }}: sale! {{ opt_out }}";

impl Shop {
    /// A shop with a transactional and a marketing text, that may sell.
    pub(crate) async fn writing() -> Self {
        let mut shop = Self::open();
        shop.store.settings.purposes = Some(vec!["offers".to_owned()]);
        shop.store.settings.inbound_number = Some("+447400100200".to_owned());
        shop.saves("order", "en", Kind::Transactional, ORDER).await;
        shop.saves("offer", "en", Kind::Marketing, OFFER).await;
        shop
    }

    pub(crate) async fn saves(&self, name: &str, locale: &str, kind: Kind, words: &str) {
        let (name, locale) = (name.parse().unwrap(), locale.parse().unwrap());
        let draft = Draft { name, locale, kind, body: Body::parse(words).unwrap() };
        Templates::save(&*self.memory, self.data.scope(), &draft).await.unwrap();
    }

    async fn writes(&self, command: Write) -> Result<Written, WriteError> {
        write(&*self.memory, &self.pool, &self.whole(), command).await
    }

    pub(crate) async fn message(&self, id: MessageId) -> Message {
        Messages::find(&*self.memory, &self.data, &[id]).await.unwrap().pop().unwrap()
    }

    /// A sender does its work for this letter.
    pub(crate) async fn posts(&self, carrier: &Recorder, message: MessageId) {
        let (store, mode) = self.data.scope();
        let dispatch = Dispatch { store, mode, message, letter: true, leg: 0 };
        self.sends(carrier, &dispatch).await.unwrap();
    }

    /// A shopper signs up, says yes or no to offers, and proves the number.
    async fn registers(&self, phone: &str, key: &str, offers: bool) -> UserId {
        let mut consent = sample::consent("offers");
        consent.asked.granted = offers;
        let call = Start { consents: vec![consent], ..self.call(phone, key) };
        let id = self.asks(call).await.unwrap().attempt.id;
        self.types_right(id).await.unwrap().user
    }
}

/// News of an order to Ada's number.
fn order(key: &str) -> Write {
    Write {
        mode: Mode::Test,
        to: Recipient::Number(ADA.to_owned()),
        template: "order".parse().unwrap(),
        locale: None,
        variables: vec![("order".to_owned(), "1042".to_owned())],
        purpose: "transactional".to_owned(),
        send_after: None,
        idempotency_key: key.to_owned(),
        body: b"{}".to_vec(),
        live_route: vec![CarrierName::Eum.into()],
        trace: String::new(),
        key: None,
        guarded: false,
    }
}

/// Marketing to this user.
fn offer(key: &str, user: UserId) -> Write {
    Write {
        to: Recipient::User(user),
        template: "offer".parse().unwrap(),
        variables: Vec::new(),
        purpose: "offers".to_owned(),
        ..order(key)
    }
}

#[tokio::test]
async fn a_letter_says_what_the_template_and_the_call_say() {
    let shop = Shop::writing().await;
    let written = shop.writes(order("one")).await.unwrap();
    assert_eq!(written.letter.text, "Corner Shop: order 1042 is on its way.");
    assert_eq!((written.size().encoding, written.size().segments), (Encoding::Gsm7, 1));
    assert_eq!((written.letter.user, written.replayed), (None, false));
    let carrier = Recorder::accepting();
    shop.posts(&carrier, written.id).await;
    assert_eq!(carrier.texts(), [written.letter.text]);
    let handed = carrier.handed.lock().unwrap();
    assert_eq!((handed[0].to.expose(), handed[0].validity), (ADA, LETTER_LIFE));
}

#[tokio::test]
async fn the_same_request_finds_the_same_letter_whatever_changed_since() {
    let shop = Shop::writing().await;
    let first = shop.writes(order("one")).await.unwrap();
    shop.saves("order", "en", Kind::Transactional, "Another {{ order }} of {{ store }}").await;
    shop.pass_seconds(60);
    let again = shop.writes(order("one")).await.unwrap();
    assert!(again.replayed);
    assert_eq!((again.id, again.letter), (first.id, first.letter));
    let events = shop.memory.events();
    assert_eq!(events, ["letter/sandbox"], "one letter");
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let shop = Shop::writing().await;
    shop.writes(order("one")).await.unwrap();
    let other = Write { body: b"{\"x\":1}".to_vec(), ..order("one") };
    assert!(matches!(shop.writes(other).await, Err(WriteError::KeyReused)));
}

#[tokio::test]
async fn six_requests_at_once_are_one_letter_and_two_bodies_one_refusal() {
    let shop = Shop::writing().await;
    let answers = together((0..6).map(|_| shop.writes(order("one")))).await;
    let new = answers.iter().filter(|answer| !answer.as_ref().unwrap().replayed).count();
    assert_eq!((new, shop.memory.events().len()), (1, 1));
    let bodies = [b"a", b"b"].map(|body| Write { body: body.to_vec(), ..order("two") });
    let answers = together(bodies.map(|command| shop.writes(command))).await;
    let refused = answers.iter().filter(|a| matches!(a, Err(WriteError::KeyReused))).count();
    assert_eq!((refused, shop.memory.events().len()), (1, 2));
}

#[tokio::test]
async fn a_refused_letter_leaves_its_key_usable() {
    let shop = Shop::writing().await;
    let unknown = Write { template: "other".parse().unwrap(), ..order("one") };
    assert!(matches!(shop.writes(unknown).await, Err(WriteError::NoTemplate)));
    assert_eq!(shop.memory.events(), [""; 0]);
    assert!(!shop.writes(order("one")).await.unwrap().replayed);
}

#[tokio::test]
async fn a_purpose_and_a_kind_have_to_go_together() {
    let shop = Shop::writing().await;
    shop.saves("code", "en", Kind::Otp, "{{ code }} for {{ store }}").await;
    let named = |template: &str, purpose: &str| Write {
        template: template.parse().unwrap(),
        purpose: purpose.to_owned(),
        variables: Vec::new(),
        ..order("one")
    };
    let otp = shop.writes(named("code", "transactional")).await;
    assert!(matches!(otp, Err(WriteError::Otp)), "{otp:?}");
    let selling = shop.writes(named("offer", "transactional")).await;
    assert!(matches!(selling, Err(WriteError::Kind(Kind::Marketing))), "{selling:?}");
    let news = shop.writes(named("order", "offers")).await;
    assert!(matches!(news, Err(WriteError::Kind(Kind::Transactional))), "{news:?}");
    let unknown = shop.writes(named("offer", "surveys")).await;
    assert!(matches!(unknown, Err(WriteError::Purpose)), "{unknown:?}");
}

#[tokio::test]
async fn variables_are_exactly_the_places_of_the_text() {
    let shop = Shop::writing().await;
    let text = |text: &str| text.to_owned();
    let given = |given: &[(&str, &str)]| {
        let variables = given.iter().map(|(n, v)| (text(n), text(v))).collect();
        Write { variables, ..order("one") }
    };
    let long = "x".repeat(201);
    for (variables, expected) in [
        (given(&[]), vec![RenderError::Missing(text("order"))]),
        (given(&[("order", "1"), ("colour", "red")]), vec![RenderError::Unknown(text("colour"))]),
        (given(&[("order", "1"), ("store", "Evil")]), vec![RenderError::Reserved(text("store"))]),
        (given(&[("order", &long)]), vec![RenderError::TooLong(text("order"))]),
        (
            given(&[("ordre", "1")]),
            vec![RenderError::Missing(text("order")), RenderError::Unknown(text("ordre"))],
        ),
    ] {
        match shop.writes(variables).await {
            Err(WriteError::Variables(wrong)) => assert_eq!(wrong, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_value_is_never_read_as_a_template() {
    let shop = Shop::writing().await;
    let value = "{{ store }}\n\u{202e}x".to_owned();
    let command = Write { variables: vec![("order".to_owned(), value)], ..order("one") };
    let text = shop.writes(command).await.unwrap().letter.text;
    assert_eq!(text, "Corner Shop: order {{ store }} x is on its way.");
}

#[tokio::test]
async fn what_the_store_lacks_is_named() {
    let mut shop = Shop::writing().await;
    shop.saves("help", "en", Kind::Transactional, "{{ store }}: see {{ help_url }}").await;
    let user = shop.registers(ADA, "ada", true).await;
    shop.store.settings.inbound_number = None;
    let stop = "{{ store }}: sale! Text STOP to {{ inbound_number }}";
    shop.saves("stop", "en", Kind::Marketing, stop).await;
    let help = || Write { template: "help".parse().unwrap(), variables: vec![], ..order("one") };
    let stop = Write { template: "stop".parse().unwrap(), ..offer("one", user) };
    for (command, lacking) in [(stop, "sender.inbound_number"), (help(), "help_url")] {
        match shop.writes(command).await {
            Err(WriteError::NotReady(missing)) => assert_eq!(missing, [lacking]),
            other => panic!("{other:?}"),
        }
    }
    shop.store.settings.domain = None;
    let answer = shop.writes(order("one")).await;
    assert!(matches!(&answer, Err(WriteError::NotReady(missing)) if missing == &["domain"]));
}

#[tokio::test]
async fn numbers_are_those_that_sign_ups_take() {
    let shop = Shop::writing().await;
    let to = |number: &str| Write { to: Recipient::Number(number.to_owned()), ..order("one") };
    let real = shop.writes(to("+447400123456")).await;
    let drama_only = NotReached::Phone(PhoneError::NotADramaNumber);
    assert!(matches!(real, Err(WriteError::NotReached(e)) if e == drama_only));
    let nobody = Write { to: Recipient::User(UserId::from_bits(1)), ..order("one") };
    assert!(matches!(shop.writes(nobody).await, Err(WriteError::NoUser)));
}

#[tokio::test]
async fn live_letters_go_the_live_route_and_never_to_the_sandbox() {
    let mut shop = Shop::in_mode(Mode::Live);
    shop.store.settings.country = None;
    shop.saves("order", "en", Kind::Transactional, ORDER).await;
    let to = Recipient::Number("+447400123456".to_owned());
    let route = vec![CarrierName::Sandbox.into(), CarrierName::Eum.into()];
    let live = Write { mode: Mode::Live, to, live_route: route, ..order("one") };
    let letter = shop.writes(live).await.unwrap().letter;
    assert_eq!(letter.route, [CarrierName::Eum]);
}

#[tokio::test]
async fn marketing_needs_the_shoppers_own_yes() {
    let shop = Shop::writing().await;
    let refused =
        |answer: Result<Written, WriteError>| matches!(answer, Err(WriteError::NoConsent));
    let to = |number: &str, key: &str| Write {
        to: Recipient::Number(number.to_owned()),
        ..offer(key, UserId::from_bits(1))
    };
    assert!(refused(shop.writes(to(ADA, "stranger")).await));
    let id = shop
        .asks(Start { consents: vec![sample::consent("offers")], ..shop.call(ADA, "unproven") });
    let id = id.await.unwrap().attempt.id;
    let _ = shop.types_wrong(id).await;
    assert!(refused(shop.writes(to(ADA, "unproven")).await), "the number was not proven");
    let ada = shop.registers(ADA, "ada", true).await;
    let bob = shop.registers(BOB, "bob", false).await;
    let written = shop.writes(to(ADA, "by number")).await.unwrap();
    assert_eq!(written.letter.user, Some(ada));
    let (words, link) = written.letter.text.rsplit_once("/p/").unwrap();
    assert_eq!(words, "Corner Shop: sale! STOP to +447400100200, https://shop.example");
    assert_eq!(link.len(), 22);
    assert!(refused(shop.writes(offer("bob", bob)).await));
    shop.pass_seconds(1);
    shop.registers(ADA, "ada changes her mind", false).await;
    assert!(refused(shop.writes(offer("ada", ada)).await));
    shop.pass_seconds(1);
    shop.registers(ADA, "ada again", true).await;
    assert!(shop.writes(offer("ada", ada)).await.is_ok());
}

#[tokio::test]
async fn a_consent_that_was_withdrawn_in_the_queue_stops_the_letter() {
    let shop = Shop::writing().await;
    let ada = shop.registers(ADA, "ada", true).await;
    let offer = shop.writes(offer("offer", ada)).await.unwrap();
    let news = Write { to: Recipient::User(ada), ..order("news") };
    let news = shop.writes(news).await.unwrap();
    shop.pass_seconds(1);
    shop.registers(ADA, "no more", false).await;
    let carrier = Recorder::accepting();
    shop.posts(&carrier, offer.id).await;
    assert_eq!(carrier.texts(), [""; 0]);
    let stopped = shop.message(offer.id).await;
    let last = stopped.history.last().unwrap();
    assert_eq!((stopped.status, last.class), (MessageStatus::Failed, Some(FailureClass::OptedOut)));
    assert_eq!(last.code.as_deref(), Some("consent_withdrawn"));
    shop.posts(&carrier, news.id).await;
    assert_eq!(carrier.texts().len(), 1, "what a shopper must know is sent all the same");
}

#[tokio::test]
async fn a_number_that_texted_stop_gets_no_letter_not_even_one_on_its_way() {
    let shop = Shop::writing().await;
    let written = shop.writes(order("one")).await.unwrap();
    let index = shop.data.phone_index(&written.letter.to);
    shop.memory.suppress(&shop.data, &index, shop.memory.now(), "").await.unwrap();
    assert!(matches!(shop.writes(order("two")).await, Err(WriteError::Suppressed)));
    assert!(shop.writes(order("one")).await.unwrap().replayed);
    let carrier = Recorder::accepting();
    shop.posts(&carrier, written.id).await;
    assert_eq!(carrier.texts().len(), 0);
    let last = shop.message(written.id).await.history.pop().unwrap();
    assert_eq!(
        (last.class, last.code.as_deref()),
        (Some(FailureClass::OptedOut), Some("suppressed"))
    );
}

#[tokio::test]
async fn a_letter_waits_for_its_hour_and_a_past_one_is_now() {
    let shop = Shop::writing().await;
    let now = shop.memory.now();
    let at = |seconds: i64, key: &str| Write {
        send_after: Some(now + SignedDuration::from_secs(seconds)),
        ..order(key)
    };
    let letter = shop.writes(at(600, "later")).await.unwrap().letter;
    let due = letter.send_after.unwrap();
    assert_eq!(due.duration_since(now).as_secs(), 600);
    assert_eq!(letter.expires_at.duration_since(due), LETTER_LIFE);
    let past = shop.writes(at(-600, "past")).await.unwrap().letter;
    assert_eq!(past.send_after, None);
    assert_eq!(shop.memory.events(), ["hold", "letter/sandbox"]);
    let far = shop.writes(at(AHEAD.as_secs() + 60, "far")).await;
    assert!(matches!(far, Err(WriteError::TooFarAhead)), "{far:?}");
}

#[tokio::test]
async fn a_letter_whose_life_is_over_is_not_sent() {
    let shop = Shop::writing().await;
    let written = shop.writes(order("one")).await.unwrap();
    shop.pass(LETTER_LIFE);
    let carrier = Recorder::accepting();
    shop.posts(&carrier, written.id).await;
    assert_eq!(carrier.texts().len(), 0);
    assert_eq!(shop.message(written.id).await.status, MessageStatus::Expired);
}

#[tokio::test]
async fn a_text_is_looked_for_in_the_shoppers_language_then_the_shops() {
    let mut shop = Shop::writing().await;
    let said = async |shop: &Shop, tag: &str, key: &str| {
        let command = Write { locale: tag.parse().ok(), ..order(key) };
        shop.writes(command).await.unwrap().letter.text
    };
    assert!(said(&shop, "cy-GB", "1").await.ends_with("way."));
    shop.store.settings.locale = Some("de-AT".to_owned());
    shop.saves("order", "de", Kind::Transactional, "de {{ order }}").await;
    assert_eq!(said(&shop, "cy-GB", "2").await, "de 1042");
    shop.saves("order", "cy", Kind::Transactional, "cy {{ order }}").await;
    assert_eq!(said(&shop, "cy-GB", "3").await, "cy 1042");
    shop.saves("order", "cy-GB", Kind::Transactional, "cy-GB {{ order }}").await;
    assert_eq!(said(&shop, "cy-GB", "4").await, "cy-GB 1042");
}

#[tokio::test]
async fn after_three_days_of_silence_nobody_knows_what_became_of_it() {
    let shop = Shop::writing().await;
    let written = shop.writes(order("one")).await.unwrap();
    shop.posts(&Recorder::accepting(), written.id).await;
    let told = async || read::told(shop.message(written.id).await, shop.memory.now());
    shop.pass(read::SILENCE - SignedDuration::from_secs(1));
    assert_eq!(told().await.status, MessageStatus::Sent);
    shop.pass_seconds(1);
    let told = told().await;
    assert_eq!(told.status, MessageStatus::Unknown);
    assert!(!told.status.is_final());
    let history: Vec<_> = told.history.iter().map(|h| h.status.as_str()).collect();
    assert_eq!(history, ["queued", "sent"]);
    assert!(matches!(told.about, About::Letter(_)));
}
