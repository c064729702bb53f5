use super::*;

const SID: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "stand-in-auth-token";

fn twilio(asked: &Value) -> Value {
    ask("speak_twilio.py", asked)
}

#[test]
fn we_believe_what_twilios_library_signs() {
    let account = account(CarrierName::Twilio, SID, &[("auth_token", TOKEN)]);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query()).finish();
    let url = format!("https://shop.example/webhooks/carriers/twilio/{SID}?{query}");
    let form = BTreeMap::from([
        ("MessageSid", "SM1"),
        ("MessageStatus", "delivered"),
        ("To", "+447400123456"),
        ("From", "Tŷ & Siôn = £"),
        ("AccountSid", SID),
    ]);
    let signature = twilio(&json!({"do": "sign", "token": TOKEN, "url": url, "form": form}));
    let signature = ("x-twilio-signature", signature.as_str().unwrap());
    assert_eq!(hear(&account, &url, signature, &form).unwrap().len(), 1);
    let forged = form.into_iter().chain([("MessageStatus", "failed")]).collect();
    assert_eq!(hear(&account, &url, signature, &forged), Err(NotHeard::Unproven));
}

#[tokio::test]
async fn twilios_library_believes_what_the_stand_in_signs() {
    let (stand_in, webhook) = (StandIn::start("twilio", &[]), Listener::start().await);
    let url = format!("{}/inbound?a=1&b=%20", webhook.url);
    let text =
        json!({"from": "+447400123456", "to": "+447400654321", "text": "Stop £", "url": url});
    stand_in.writes(text).await;
    let request = webhook.next().await;
    assert_eq!((request.method.as_str(), request.path()), ("POST", "/inbound"));
    let signature = request.headers.iter().find(|(name, _)| name == "x-twilio-signature");
    for (request, valid) in [(request.clone(), true), (request.tampered("Stop", "Start"), false)] {
        let form: BTreeMap<_, _> = form_urlencoded::parse(&request.body).collect();
        let judged = twilio(&json!({"do": "validate", "token": TOKEN, "form": form,
            "url": format!("{}{}", webhook.url, request.target),
            "signature": signature.unwrap().1}));
        assert_eq!(judged, valid);
    }
}

#[tokio::test]
async fn twilios_library_takes_the_stand_in_for_twilio() {
    let stand_in = StandIn::start("twilio", &[]);
    let asked = |what: Value| {
        let mut asked = json!({"sid": SID, "token": TOKEN, "base_url": stand_in.url});
        asked.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        twilio(&asked)
    };
    let message = json!({"to": "+447400123456", "from_": "CornerShop", "body": "Hello £",
        "validity_period": 60, "risk_check": "enable"});
    let sent = asked(json!({"do": "send", "message": message}));
    let received = stand_in.newest().await;
    assert_eq!(sent["sid"], received["id"]);
    assert_eq!((&sent["status"], &sent["body"]), (&json!("queued"), &json!("Hello £")));
    assert_eq!((&received["validity"], &received["from"]), (&json!(60), &json!("CornerShop")));
    let given = asked(json!({"do": "feedback", "message": sent["sid"]}));
    assert_eq!(given["outcome"], "confirmed");
    let call = json!({"to": "+447400123456", "from_": "+441632960000",
        "twiml": "<Response><Say>Hello</Say></Response>"});
    let made = asked(json!({"do": "call", "call": call}));
    assert_eq!(made["sid"], stand_in.newest().await["id"]);
    stand_in.switch(json!({"mode": "error", "code": "21610"})).await;
    let refused = asked(json!({"do": "send", "message": message}));
    assert_eq!((&refused["code"], &refused["status"]), (&json!(21610), &json!(400)));
}
