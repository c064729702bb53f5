//! A shop's own words for codes and welcomes.

use doorstep_domain::{
    message::About,
    ports::{Messages, Templates},
    signup::RESENDS_IN_TESTS,
    start::Start,
    template::Kind,
};
use doorstep_fakes::{sample, together};

use crate::shop::{ADA, Recorder, Shop};

impl Shop {
    /// What Ada reads after she signs up in this language.
    async fn text_in(&self, locale: &str, key: &str) -> String {
        let call = Start { locale: Some(locale.to_owned()), ..self.call(ADA, key) };
        let id = self.asks(call).await.unwrap().attempt.id;
        let carrier = Recorder::accepting();
        self.sends(&carrier, &self.dispatch(id, 0, 0)).await.unwrap();
        carrier.texts().remove(0).replace(self.code(id).await.expose(), "000000")
    }

    /// The letters that welcome Ada, after she typed the right code.
    async fn welcome_of(&self, key: &str) -> (Option<String>, Option<&'static str>) {
        let id = self.signs_up(ADA, key).await;
        let done = self.types_right(id).await.unwrap();
        let found = Messages::find(&*self.memory, &self.data, &[id.welcome()]).await.unwrap();
        let text = found.into_iter().next().map(|message| match message.about {
            About::Letter(letter) => letter.text,
            About::Signup(_) => panic!("a welcome is a letter"),
        });
        (text, done.unwelcome)
    }
}

#[tokio::test]
async fn a_code_goes_out_in_the_shops_own_words() {
    let mut shop = Shop::open();
    shop.store.settings.otp_template = Some("code".to_owned());
    let built_in = shop.text_in("cy-GB", "1").await;
    assert!(built_in.starts_with("000000 yw eich cod Corner Shop."), "{built_in}");
    shop.saves("code", "en", Kind::Otp, "{{ code }} from {{ store }}").await;
    assert_eq!(shop.text_in("cy-GB", "2").await, "000000 from Corner Shop\n@shop.example #000000");
    shop.saves("code", "cy", Kind::Otp, "{{ code }} o {{ store }}").await;
    assert_eq!(shop.text_in("cy-GB", "3").await, "000000 o Corner Shop\n@shop.example #000000");
}

#[tokio::test]
async fn older_words_go_out_again() {
    let mut shop = Shop::open();
    shop.store.settings.otp_template = Some("code".to_owned());
    for words in ["{{ code }} one {{ store }}", "{{ code }} two {{ store }}"] {
        shop.saves("code", "en", Kind::Otp, words).await;
    }
    assert!(shop.text_in("en", "1").await.starts_with("000000 two"));
    let (name, locale) = ("code".parse().unwrap(), "en".parse().unwrap());
    assert!(shop.memory.point(shop.data.scope(), &name, &locale, 1).await.unwrap());
    assert!(shop.text_in("en", "2").await.starts_with("000000 one"));
}

#[tokio::test]
async fn words_that_carry_no_code_never_stand_in_its_way() {
    let mut shop = Shop::open();
    shop.saves("news", "en", Kind::Transactional, "{{ store }} has news").await;
    // Never saved, not for codes, and no name at all.
    for name in ["absent", "news", "No Name"] {
        shop.store.settings.otp_template = Some(name.to_owned());
        let text = shop.text_in("en", name).await;
        assert!(text.starts_with("000000 is your Corner Shop code."), "{name}: {text}");
    }
}

#[tokio::test]
async fn a_verified_shopper_is_welcomed_once() {
    let mut shop = Shop::open();
    shop.store.settings.welcome_template = Some("welcome".to_owned());
    shop.saves("welcome", "en", Kind::Transactional, "Hello {{ name }}, from {{ store }}").await;
    let id = shop.signs_up(ADA, "one").await;
    for done in together((0..5).map(|_| shop.types_right(id))).await {
        assert_eq!(done.unwrap().unwelcome, None);
    }
    shop.types_right(id).await.unwrap();
    assert_eq!(shop.memory.events(), ["send/sandbox/0", "news/signup.verified", "letter/sandbox"]);
    let found = Messages::find(&*shop.memory, &shop.data, &[id.welcome()]).await.unwrap();
    let About::Letter(letter) = &found[0].about else { panic!("a welcome is a letter") };
    assert_eq!(letter.text, "Hello Ada Lovelace, from Corner Shop");
    assert_eq!(shop.overview(id).await.phone.letters, [id.welcome()]);
}

#[tokio::test]
async fn a_wrong_code_welcomes_nobody() {
    let mut shop = Shop::open();
    shop.store.settings.welcome_template = Some("welcome".to_owned());
    shop.saves("welcome", "en", Kind::Transactional, "Hello from {{ store }}").await;
    let id = shop.signs_up(ADA, "one").await;
    let _ = shop.types_wrong(id).await;
    assert_eq!(shop.memory.events(), ["send/sandbox/0"]);
}

#[tokio::test]
async fn a_welcome_that_cannot_be_made_stops_no_registration() {
    let mut shop = Shop::open();
    assert_eq!(shop.welcome_of("0").await, (None, None), "the store wants none");
    shop.store.settings.welcome_template = Some("welcome".to_owned());
    assert_eq!(shop.welcome_of("1").await, (None, Some("missing")));
    shop.saves("welcome", "en", Kind::Marketing, "{{ store }}: sale! {{ opt_out }}").await;
    assert_eq!(shop.welcome_of("2").await, (None, Some("kind")));
    for (key, words) in [("3", "Hello {{ nick }}"), ("4", "Help: {{ help_url }}")] {
        shop.saves("welcome", "en", Kind::Transactional, words).await;
        assert_eq!(shop.welcome_of(key).await, (None, Some("placeholders")), "{words}");
    }
    shop.store.settings.help_url = Some("https://shop.example/help".to_owned());
    let help = Some("Help: https://shop.example/help".to_owned());
    assert_eq!(shop.welcome_of("5").await, (help, None));
}

#[tokio::test]
async fn a_welcome_has_an_id_that_no_resend_takes() {
    let last = u8::try_from(RESENDS_IN_TESTS).unwrap();
    let id = sample::data_keys(doorstep_domain::Mode::Test).signup_id("one");
    assert!((0..=last).all(|send| id.message(send) != id.welcome()));
}
