use doorstep_adapters::{
    Aws,
    carriers::{Settings, wire},
};
use doorstep_domain::{
    Mode,
    carrier::{Content, Outcome, Outgoing},
    phone::{NumberType, PhoneNumber, Region},
    ports::Carrier,
};
use jiff::SignedDuration;

use super::*;

const KEY: &str = "standin1";
const SECRET: &str = "stand-in-signature-secret";

fn vonage(asked: &Value) -> Value {
    ask("speak_vonage.py", asked)
}

fn ours(method: &str) -> Arc<Account> {
    let fields = [
        ("signature_secret", SECRET),
        ("signature_method", method),
        ("sign_requests", "true"),
        ("from", "CornerShop"),
    ];
    account(CarrierName::Vonage, KEY, &fields)
}

#[test]
fn we_believe_what_vonages_library_signs() {
    let (now, message) = (Timestamp::now().as_second().to_string(), query()[1].1.clone());
    for method in ["sha1", "sha256", "sha512"] {
        let mut form = BTreeMap::from([
            ("messageId", "0A01"),
            ("status", "delivered"),
            ("msisdn", "447400123456"),
            ("to", "Tŷ & Siôn = £"),
            ("err-code", "0"),
            ("client-ref", message.as_str()),
            ("timestamp", now.as_str()),
        ]);
        let signature =
            vonage(&json!({"do": "sign", "secret": SECRET, "method": method, "params": form}));
        form.insert("sig", signature.as_str().unwrap());
        let heard = |form: &BTreeMap<&str, &str>| {
            hear(&ours(method), "https://shop.example/", ("x", "y"), form)
        };
        assert_eq!(heard(&form).unwrap().len(), 1, "{method}");
        form.insert("status", "failed");
        assert_eq!(heard(&form), Err(NotHeard::Unproven), "{method}");
    }
}

#[tokio::test]
async fn vonages_library_believes_what_we_sign() {
    for method in ["sha1", "sha256", "sha512"] {
        let stand_in = StandIn::start("vonage", &["--signature-method", method]);
        stand_in.switch(json!({"mode": "silent"})).await;
        let settings = Settings {
            public_url: "https://shop.example".to_owned(),
            vonage_base_url: Some(stand_in.url.clone()),
            ..Settings::default()
        };
        let carrier = wire(&Aws::load().await, Some(CarrierName::Vonage), settings);
        let text = Outgoing {
            message: MessageId::from_bits(9),
            scope: (StoreId::from_bits(7), Mode::Live),
            to: PhoneNumber::restore("+447400123456".to_owned(), Region::GB, NumberType::Mobile),
            content: Content::Text("Tŷ & Siôn = £: 012345".to_owned()),
            sender: None,
            account: Some(ours(method)),
            validity: SignedDuration::from_secs(540),
            carrier: CarrierName::Vonage,
            take: 1,
            trace: String::new(),
        };
        assert!(matches!(carrier.send(&text).await, Outcome::Accepted { .. }), "{method}");
        let mut form = stand_in.newest().await["form"].take();
        let judge = |form: &Value| {
            vonage(&json!({"do": "check", "secret": SECRET, "method": method, "params": form}))
        };
        assert_eq!(judge(&form), true, "{method}");
        form["text"] = json!("Changed");
        assert_eq!(judge(&form), false, "{method}");
    }
}

#[tokio::test]
async fn vonages_library_takes_the_stand_in_for_vonage() {
    let stand_in = StandIn::start("vonage", &[]);
    let asked = || {
        vonage(&json!({"do": "send", "key": KEY, "secret": "stand-in-api-secret",
            "base_url": stand_in.url, "message": {"to": "447400123456", "from_": "CornerShop",
            "text": "Hello £", "client_ref": "mine", "ttl": 60000}}))
    };
    let sent = asked();
    let received = stand_in.newest().await;
    assert_eq!(sent["messages"][0]["message_id"], received["id"]);
    assert_eq!((&received["ref"], &received["validity"]), (&json!("mine"), &json!(60)));
    stand_in.switch(json!({"mode": "error", "code": "15"})).await;
    let refused = asked();
    assert!(refused["error"].as_str().unwrap().contains("error code 15"), "{refused}");
}
