//! The shopper gets a link in place of a code.

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    carrier::Channel,
    confirm::{self, Opened, consents, destination, open},
    consent::{Event, Wording},
    id::SignupId,
    link::{LinkToken, Match},
    ports::{Phones, Stores},
    resend::{Resend, ResendError, resend},
    signup::{Method, SignupStatus, State},
    start::{Start, StartError},
    store::Store,
    tries::{IN_A_ROW, PhoneRecord},
    verify::Done,
};
use doorstep_fakes::{Ring, sample};

use crate::shop::{ADA, BOB, Recorder, Shop, is_as_asked, told};

/// What a shopper has of a link: what the text carries, and what the shop's page shows.
pub(crate) struct Link {
    pub(crate) id: SignupId,
    pub(crate) token: String,
    pub(crate) shown: Match,
}

impl Shop {
    /// A shop in storage, with its keys as the ring has them.
    pub(crate) async fn with_links(mode: Mode) -> Self {
        let shop = Self::in_mode(mode);
        shop.memory.save(&shop.store).await.unwrap();
        shop
    }

    pub(crate) fn link_call(&self, phone: &str, idempotency_key: &str) -> Start {
        Start { method: Method::Link, ..self.call(phone, idempotency_key) }
    }

    pub(crate) async fn asks_for_a_link(&self, phone: &str, idempotency_key: &str) -> Link {
        let started = self.asks(self.link_call(phone, idempotency_key)).await.unwrap();
        let attempt = &started.attempt;
        let token = self.codes.link(attempt.id, &attempt.seed).unwrap().expose();
        let shown = doorstep_domain::link::shown(&self.data, attempt).unwrap().unwrap();
        Link { id: attempt.id, token, shown }
    }

    pub(crate) async fn opens(&self, token: &str) -> Option<Opened> {
        open(&*self.memory, &Ring, token).await.unwrap()
    }

    pub(crate) async fn confirms(&self, token: &str, typed: &Match) -> Option<Done> {
        let opened = self.opens(token).await?;
        confirm::confirm(&*self.memory, opened, typed).await.unwrap()
    }
}

/// Other digits than these.
pub(crate) fn other(digits: &Match) -> Match {
    let number: u8 = digits.expose().parse().unwrap();
    Match::parse(&format!("{:02}", (number + 1) % 100)).unwrap()
}

#[tokio::test]
async fn the_right_digits_register_the_shopper_with_their_consents() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    shop.pass_seconds(20);
    let done = shop.confirms(&link.token, &link.shown).await.unwrap();
    let stored = shop.attempt(link.id).await;
    assert_eq!(stored.state, State::Verified { at: done.at, user: done.user, tries: 0 });
    let ledger = shop.memory.ledger();
    let [consent] = ledger.as_slice() else { panic!("{ledger:?}") };
    assert_eq!(
        (consent.user, consent.signup, consent.occurred_at),
        (done.user, Some(link.id), done.at)
    );
    is_as_asked(consent, &stored.consents[0]);
}

#[tokio::test]
async fn looking_at_a_link_changes_nothing_however_often() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    let before = format!("{:?} {:?}", shop.attempt(link.id).await, shop.memory.events());
    for _ in 0..5 {
        let opened = shop.opens(&link.token).await.unwrap();
        assert_eq!(consents(&*shop.memory, &opened).await.unwrap().len(), 1);
        assert!(!opened.is_used());
    }
    assert_eq!(format!("{:?} {:?}", shop.attempt(link.id).await, shop.memory.events()), before);
    assert!(shop.confirms(&link.token, &link.shown).await.is_some());
}

#[tokio::test]
async fn wrong_digits_use_the_link_up_and_the_right_ones_come_too_late() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    assert!(shop.confirms(&link.token, &other(&link.shown)).await.is_none());
    assert!(shop.confirms(&link.token, &link.shown).await.is_none(), "one try");
    assert!(shop.opens(&link.token).await.unwrap().is_used());
    assert_eq!((shop.memory.users(), shop.memory.ledger().len()), (0, 0));
    let overview = shop.overview(link.id).await;
    assert_eq!(overview.status(overview.attempt.created_at), SignupStatus::Pending);
    assert_eq!(overview.status(overview.attempt.expires_at), SignupStatus::Expired);
    let told: Vec<_> = shop.timeline(link.id).await.into_iter().map(|event| event.what).collect();
    assert!(told.contains(&"link.match_wrong".to_owned()), "{told:?}");
}

#[tokio::test]
async fn a_confirmed_link_opens_no_more() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    shop.confirms(&link.token, &link.shown).await.unwrap();
    assert!(shop.opens(&link.token).await.is_none());
    let overview = shop.overview(link.id).await;
    assert_eq!(overview.tried.map(|(_, right)| right), Some(true));
    assert_eq!(shop.memory.users(), 1);
}

#[tokio::test]
async fn a_link_ends_after_ten_minutes_to_the_millisecond() {
    let shop = Shop::with_links(Mode::Test).await;
    let (late, last) =
        (shop.asks_for_a_link(ADA, "one").await, shop.asks_for_a_link(BOB, "two").await);
    shop.pass(jiff::SignedDuration::from_millis(599_999));
    assert!(shop.confirms(&last.token, &last.shown).await.is_some());
    shop.pass(jiff::SignedDuration::from_millis(1));
    assert!(shop.opens(&late.token).await.is_none());
}

#[tokio::test]
async fn a_link_that_expires_between_opening_and_confirming_is_over() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    let opened = shop.opens(&link.token).await.unwrap();
    shop.pass_seconds(600);
    let done = confirm::confirm(&*shop.memory, opened, &link.shown).await.unwrap();
    assert!(done.is_none() && shop.memory.users() == 0);
}

#[tokio::test]
async fn each_changed_bit_makes_another_link_of_it() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for at in 0..link.token.len() {
        for bit in 0..6 {
            let mut changed = link.token.clone().into_bytes();
            let value = alphabet.iter().position(|c| *c == changed[at]).unwrap();
            changed[at] = alphabet[value ^ (1 << bit)];
            let changed = String::from_utf8(changed).unwrap();
            assert!(shop.opens(&changed).await.is_none(), "bit {bit} of character {at}");
        }
    }
    for wrong in ["", "x", &link.token[..63], &format!("{}=", link.token), &"A".repeat(64)] {
        assert!(shop.opens(wrong).await.is_none(), "{wrong}");
    }
}

#[tokio::test]
async fn a_link_is_of_its_mode_and_store() {
    let [test, live] = [Mode::Test, Mode::Live].map(Shop::in_mode);
    let store = Arc::new(test.store.clone());
    test.memory.save(&store).await.unwrap();
    let link = test.asks_for_a_link(ADA, "one").await;
    let token = LinkToken::parse(&link.token).unwrap();
    assert_eq!((token.scope(), token.signup()), ((store.id, Mode::Test), link.id));
    let seed = test.attempt(link.id).await.seed;
    let other = live.codes.link(link.id, &seed).unwrap();
    assert!(!other.matches(&token));
    assert!(test.opens(&other.expose()).await.is_none(), "live's token opens nothing of test");
    let elsewhere = Shop { memory: Arc::default(), ..Shop::in_mode(Mode::Test) };
    assert!(elsewhere.opens(&link.token).await.is_none(), "an unknown store");
}

#[tokio::test]
async fn the_deployment_has_no_links() {
    let shop = Shop::with_links(Mode::Test).await;
    let deployment = Store { id: Store::DEPLOYMENT, ..shop.store.clone() };
    shop.memory.save(&deployment).await.unwrap();
    assert!(shop.opens(&"A".repeat(64)).await.is_none());
}

#[tokio::test]
async fn a_link_has_no_code_and_a_code_no_link() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    assert_eq!(told(&shop.types_right(link.id).await), "it has no code");
    assert_eq!(shop.overview(link.id).await.phone.tries, [], "nothing is counted");
    let code = shop.signs_up(ADA, "two").await;
    let attempt = shop.attempt(code).await;
    let token = shop.codes.link(code, &attempt.seed).unwrap().expose();
    assert!(shop.opens(&token).await.is_none());
    assert!(doorstep_domain::link::shown(&shop.data, &attempt).unwrap().is_none());
}

/// A sign-up of Ada, whose codes are disabled after a hundred failures in a row.
async fn with_codes_disabled(shop: &Shop) -> SignupId {
    let code = shop.signs_up(ADA, "code").await;
    shop.types_wrong(code).await.unwrap_err();
    let index = shop.attempt(code).await.phone_index;
    let record = Phones::find(&*shop.memory, &shop.data, &index).await.unwrap();
    let disabled = PhoneRecord { row: IN_A_ROW, ..record.clone() };
    let settled = (&record, &disabled);
    assert!(Phones::settle(&*shop.memory, &shop.data, &index, settled).await.unwrap());
    code
}

#[tokio::test]
async fn a_link_opens_with_codes_exhausted_and_lets_them_work_again() {
    let shop = Shop::with_links(Mode::Test).await;
    let code = with_codes_disabled(&shop).await;
    assert_eq!(told(&shop.types_right(code).await), "codes are disabled");

    let link = shop.asks_for_a_link(ADA, "link").await;
    assert!(shop.confirms(&link.token, &link.shown).await.is_some());
    let code = shop.signs_up(ADA, "another").await;
    assert_eq!(told(&shop.types_right(code).await), "verified");
    assert_eq!(shop.memory.users(), 1, "the same shopper");
}

#[tokio::test]
async fn a_link_that_is_refused_lets_no_code_work_again() {
    let shop = Shop::with_links(Mode::Test).await;
    let code = with_codes_disabled(&shop).await;
    let link = shop.asks_for_a_link(ADA, "link").await;
    assert!(shop.confirms(&link.token, &other(&link.shown)).await.is_none());
    assert_eq!(told(&shop.types_right(code).await), "codes are disabled");
}

#[tokio::test]
async fn consents_that_the_page_cannot_show_are_not_recorded() {
    let shop = Shop::with_links(Mode::Test).await;
    let mut call = shop.link_call(ADA, "one");
    let given = |purpose: &str, granted, words: Option<&str>| {
        let mut given = sample::consent(purpose);
        given.asked.granted = granted;
        given.wording = words.map(|words| Wording(words.to_owned()));
        given
    };
    call.consents = vec![
        given("unknown", true, None),
        given("offers", true, Some("Text me offers.")),
        given("surveys", false, Some("Ask me things.")),
    ];
    let id = shop.asks(call).await.unwrap().attempt.id;
    let attempt = shop.attempt(id).await;
    let token = shop.codes.link(id, &attempt.seed).unwrap().expose();
    let shown = doorstep_domain::link::shown(&shop.data, &attempt).unwrap().unwrap();
    let opened = shop.opens(&token).await.unwrap();
    let on_page: Vec<_> = consents(&*shop.memory, &opened)
        .await
        .unwrap()
        .into_iter()
        .map(|(asked, words)| (asked.purpose, asked.granted, words.0))
        .collect();
    let offers = ("offers".to_owned(), true, "Text me offers.".to_owned());
    let surveys = ("surveys".to_owned(), false, "Ask me things.".to_owned());
    assert_eq!(on_page, [offers, surveys]);
    shop.confirms(&token, &shown).await.unwrap();
    let recorded: Vec<_> =
        shop.memory.ledger().into_iter().map(|c| (c.purpose, c.event == Event::Granted)).collect();
    assert_eq!(recorded, [("offers".to_owned(), true), ("surveys".to_owned(), false)]);
}

#[tokio::test]
async fn a_shopper_goes_back_only_where_the_store_lists_it() {
    let mut shop = Shop::with_links(Mode::Test).await;
    let wish = |url: &str| Start { return_url: Some(url.to_owned()), ..shop.link_call(ADA, url) };
    let (good, bad) = (wish("https://shop.example/join/done"), wish("https://evil.example/"));
    let again = wish("https://shop.example/join");
    assert!(matches!(shop.asks(again).await, Err(StartError::ReturnUrl)), "nothing is listed");
    shop.store.settings.return_urls = Some(vec!["https://shop.example/join".to_owned()]);
    assert!(matches!(shop.asks(bad).await, Err(StartError::ReturnUrl)));
    let attempt = shop.asks(good).await.unwrap().attempt;
    assert_eq!(destination(&shop.store, &attempt), Some("https://shop.example/join/done"));
    shop.store.settings.return_urls = Some(vec!["https://shop.example/elsewhere".to_owned()]);
    assert_eq!(destination(&shop.store, &attempt), None, "it is not listed any more");
}

#[tokio::test]
async fn the_text_carries_the_link_on_the_shops_own_host_and_a_resend_the_same() {
    let shop = Shop::with_links(Mode::Live).await;
    let link = shop.asks_for_a_link("+447400123456", "one").await;
    let carrier = Recorder::accepting();
    shop.sends(&carrier, &shop.dispatch(link.id, 0, 0)).await.unwrap();
    shop.pass_seconds(31);
    shop.resends(link.id, "again").await.unwrap();
    shop.sends(&carrier, &shop.dispatch(link.id, 1, 0)).await.unwrap();
    let texts = carrier.texts();
    let expected = format!(
        "Confirm your number for Corner Shop within 10 minutes:\nhttps://shop.example/l/{}",
        link.token
    );
    assert_eq!(texts, [expected.clone(), expected]);
}

#[tokio::test]
async fn a_link_is_neither_read_out_nor_sent_again_once_tried() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    shop.pass_seconds(31);
    let spoken = shop.resend_of(shop.attempt(link.id).await, "call");
    let spoken = Resend { channel: Some(Channel::Voice), ..spoken };
    let answer = resend(&*shop.memory, &shop.pool, &shop.whole(), spoken).await;
    assert!(matches!(answer, Err(ResendError::NotSpoken)), "{answer:?}");
    assert!(shop.confirms(&link.token, &other(&link.shown)).await.is_none());
    let answer = shop.resends(link.id, "again").await;
    assert!(matches!(answer, Err(ResendError::Expired)), "{answer:?}");
    let carrier = Recorder::accepting();
    shop.sends(&carrier, &shop.dispatch(link.id, 0, 0)).await.unwrap();
    assert_eq!(carrier.texts(), [""; 0], "nobody needs it any more");
}

#[tokio::test]
async fn a_replay_is_started_with_the_same_digits() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    shop.confirms(&link.token, &link.shown).await.unwrap();
    let again = shop.asks(shop.link_call(ADA, "one")).await.unwrap();
    assert!(again.replayed && again.attempt.state == State::Pending);
    let shown = doorstep_domain::link::shown(&shop.data, &again.attempt).unwrap().unwrap();
    assert!(shown.matches(&link.shown));
}
