//! `/complaints`: what people see, what programs get, and what their store does with it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    id::{ComplaintId, StoreId},
    ports::Stores,
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use privacy::PrivacyRoutes;
use serde_json::{Value, json};

type Privacy = PrivacyRoutes<Memory, Ring, Memory, Ring>;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");
const GOOD: &str =
    "name=Ada&contact=ada%40letters.example&phone=07700900123&about=marketing&text=Texts+go+on.";

async fn privacy() -> Privacy {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    PrivacyRoutes {
        ports: Arc::new(ports),
        ring: Ring,
        bucket: Memory::default(),
        notary: Ring,
        public_url: None,
    }
}

fn at(store: &str, method: &str, headers: &[(&str, &str)], body: &str) -> Call {
    Call {
        route: format!("{method} /complaints/{{store_id}}"),
        path: [("store_id".to_owned(), store.to_owned())].into(),
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
        source_ip: Some("192.0.2.7".to_owned()),
        ..Call::default()
    }
}

async fn posts(privacy: &Privacy, headers: &[(&str, &str)], body: &str) -> Result<Answer, Problem> {
    privacy.answer(&at(&sample::STORE.to_string(), "POST", headers, body)).await
}

async fn files(privacy: &Privacy, body: &Value) -> Value {
    posts(privacy, &[JSON], &body.to_string()).await.unwrap().body.unwrap()
}

fn owner(mode: Mode, store: StoreId) -> Caller {
    let plain = PlainKey::random(Kind::Secret, mode, &Seeded::new(3));
    let key = sample::api_key(&plain, Some(store), Role::Owner);
    Caller { key: Arc::new(key), replay: None }
}

async fn lists(privacy: &Privacy, mode: Mode) -> Vec<Value> {
    let route = "GET /complaints".to_owned();
    let call = Call { route, caller: Some(owner(mode, sample::STORE)), ..Call::default() };
    let body = privacy.answer(&call).await.unwrap().body.unwrap();
    body["data"].as_array().unwrap().clone()
}

async fn notes(privacy: &Privacy, by: StoreId, id: &str, body: &Value) -> Result<Answer, Problem> {
    let path = [("store_id", sample::STORE.to_string()), ("complaint_id", id.to_owned())];
    let call = Call {
        route: "PATCH /complaints/{store_id}/{complaint_id}".to_owned(),
        path: path.map(|(name, value)| (name.to_owned(), value)).into(),
        caller: Some(owner(Mode::Test, by)),
        body: body.to_string().into_bytes(),
        ..Call::default()
    };
    privacy.answer(&call).await
}

#[tokio::test]
async fn the_form_is_in_the_browsers_language_and_names_the_shop() {
    let privacy = privacy().await;
    let wished = [("accept-language", "cy-GB,cy;q=0.9,en;q=0.8")];
    let call = at(&sample::STORE.to_string(), "GET", &wished, "");
    let page = privacy.answer(&call).await.unwrap();
    let text = page.text.unwrap();
    assert_eq!(page.status, 200);
    assert!(
        text.contains("<html lang=\"cy\" dir=\"ltr\">") && text.contains("Corner Shop"),
        "{text}"
    );
    assert!(
        text.contains("Gwneud cwyn") && text.contains("https://shop.example/privacy"),
        "{text}"
    );
    assert!(
        !text.contains("<script")
            && page.headers.iter().any(|(n, _)| *n == "content-security-policy")
    );
    // Each field has its label.
    for id in ["name", "contact", "phone", "text"] {
        assert!(text.contains(&format!("<label for=\"{id}\">")), "{text}");
        assert!(text.contains(&format!("id=\"{id}\"")), "{text}");
    }
}

#[tokio::test]
async fn a_form_is_acknowledged_by_a_page() {
    let privacy = privacy().await;
    let page = posts(&privacy, &[FORM], GOOD).await.unwrap();
    let text = page.text.unwrap();
    assert_eq!(page.status, 201);
    assert!(text.contains("We have your complaint") && text.contains("2027-01-29"), "{text}");
    let filed = lists(&privacy, Mode::Test).await;
    assert!(text.contains(filed[0]["reference"].as_str().unwrap()), "{text}");
    assert_eq!(filed[0]["phone"], "+447700900123", "a drama number is of test mode");
    assert_eq!(
        (&filed[0]["status"], &filed[0]["overdue"]),
        (&json!("acknowledged"), &json!(false))
    );
    assert!(lists(&privacy, Mode::Live).await.is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost() {
    let privacy = privacy().await;
    let body = "name=%3Cb%3E%22Ada%22&contact=&phone=12&about=erasure&text=Please";
    let page = posts(&privacy, &[FORM], body).await.unwrap();
    let text = page.text.unwrap();
    assert_eq!(page.status, 400);
    assert!(text.contains("role=\"alert\"") && text.contains("<a href=\"#contact\">"), "{text}");
    assert!(
        text.contains("aria-describedby=\"phone-wrong\"") && text.contains("id=\"phone-wrong\"")
    );
    assert!(
        text.contains("value=\"&lt;b&gt;&quot;Ada&quot;\"") && text.contains(">Please</textarea>")
    );
    assert!(text.contains("value=\"erasure\" checked"), "{text}");
    assert!(lists(&privacy, Mode::Live).await.is_empty());
}

#[tokio::test]
async fn a_form_in_test_mode_says_so_and_takes_drama_numbers_alone() {
    let privacy = privacy().await;
    let tries = async |method: &str, body: &str| {
        let mut call = at(&sample::STORE.to_string(), method, &[FORM], body);
        call.query.insert("mode".to_owned(), "test".to_owned());
        let page = privacy.answer(&call).await.unwrap();
        (page.status, page.text.unwrap().contains(">TEST</strong>"))
    };
    assert_eq!(tries("GET", "").await, (200, true));
    assert_eq!(tries("POST", "contact=a&text=b").await, (400, true), "a person's would be lost");
    assert_eq!(tries("POST", "contact=a&text=b&phone=07400123456").await, (400, true));
    assert!(lists(&privacy, Mode::Test).await.is_empty());
    assert_eq!(tries("POST", GOOD).await, (201, true));
    let page = privacy.answer(&at(&sample::STORE.to_string(), "GET", &[], "")).await.unwrap();
    assert!(!page.text.unwrap().contains("TEST"), "live");
}

#[tokio::test]
async fn programs_get_json_and_pointers() {
    let privacy = privacy().await;
    let body = json!({"contact": "Box 7", "text": "Line\r\none\u{202e}", "phone": "+447700900123"});
    let told = files(&privacy, &body).await;
    assert!(told["id"].as_str().unwrap().parse::<ComplaintId>().is_ok());
    assert_eq!(told["received_at"], told["acknowledged_at"]);
    assert_eq!(
        (&told["progress_by"], &told["outcome_due"]),
        (&json!("2027-01-29"), &json!("2027-02-26"))
    );
    let filed = lists(&privacy, Mode::Test).await;
    assert_eq!((&filed[0]["text"], &filed[0]["about"]), (&json!("Line\none"), &json!("other")));
    let long = json!({"contact": " ", "text": "x".repeat(3_001), "phone": "12"});
    let refused = posts(&privacy, &[JSON], &long.to_string()).await.unwrap_err();
    let pointers: Vec<_> = refused.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!((refused.status, pointers), (400, vec!["/text", "/contact", "/phone"]));
    for (body, code) in
        [("{", "malformed_json"), (r#"{"contact":"a","text":"b","x":1}"#, "unknown_member")]
    {
        assert_eq!(posts(&privacy, &[JSON], body).await.unwrap_err().code, code);
    }
    let wrong = posts(&privacy, &[("content-type", "text/plain")], "x").await.unwrap_err();
    assert_eq!(wrong.status, 415);
}

#[tokio::test]
async fn an_unknown_shop_is_not_found_by_people_or_programs() {
    let privacy = privacy().await;
    for store in [StoreId::from_bits(16).to_string(), Store::DEPLOYMENT.to_string(), "x".to_owned()]
    {
        let page = privacy.answer(&at(&store, "GET", &[], "")).await.unwrap();
        assert_eq!((page.status, page.text.is_some()), (404, true));
        assert_eq!(privacy.answer(&at(&store, "POST", &[FORM], GOOD)).await.unwrap().status, 404);
        let body = r#"{"contact":"a","text":"b"}"#;
        let told = privacy.answer(&at(&store, "POST", &[JSON], body)).await.unwrap_err();
        assert_eq!((told.status, told.code), (404, "not_found"));
    }
}

#[tokio::test]
async fn who_complains_too_often_is_told_when_to_come_again() {
    let privacy = privacy().await;
    let mut last = None;
    for number in 0..6 {
        let body = format!("contact=a&text=no+{number}");
        last = Some(posts(&privacy, &[FORM], &body).await.unwrap());
    }
    let last = last.unwrap();
    assert!(last.status == 429 && last.headers.iter().any(|(name, _)| *name == "retry-after"));
    let told = posts(&privacy, &[JSON], r#"{"contact":"a","text":"b"}"#).await.unwrap_err();
    assert_eq!((told.status, told.code), (429, "rate_limited"));
    assert_eq!(told.more.limit.as_deref(), Some("complaints_per_hour"));
}

#[tokio::test]
async fn a_store_notes_progress_and_outcome_of_its_own_complaints_alone() {
    let privacy = privacy().await;
    let body = json!({"contact": "Box 7", "text": "x", "phone": "+447700900123"});
    let id = files(&privacy, &body).await["id"].as_str().unwrap().to_owned();
    let progress = json!({"progress": "We have asked."});
    let stranger = notes(&privacy, StoreId::from_bits(16), &id, &progress).await.unwrap_err();
    assert_eq!(stranger.status, 404);
    for wrong in [json!({}), json!({"progress": " "}), json!({"outcome": "x".repeat(2_001)})] {
        assert_eq!(notes(&privacy, sample::STORE, &id, &wrong).await.unwrap_err().status, 400);
    }
    let noted = notes(&privacy, sample::STORE, &id, &progress).await.unwrap().body.unwrap();
    assert_eq!(
        (&noted["status"], &noted["notes"][0]["kind"]),
        (&json!("in_progress"), &json!("progress"))
    );
    let both = json!({"outcome": "The number is off.", "progress": "Found it."});
    let noted = notes(&privacy, sample::STORE, &id, &both).await.unwrap().body.unwrap();
    assert_eq!(
        (&noted["status"], &noted["notes"][2]["kind"]),
        (&json!("closed"), &json!("outcome"))
    );
    let late = notes(&privacy, sample::STORE, &id, &progress).await.unwrap_err();
    assert_eq!((late.status, late.code), (409, "conflict"));
}

#[tokio::test]
async fn a_form_of_another_language_than_ascii_is_not_too_long() {
    let privacy = privacy().await;
    let text = form_urlencoded::byte_serialize("ش".repeat(3_000).as_bytes()).collect::<String>();
    assert!(text.len() < <Privacy as Routes>::MAX_BODY);
    let page = posts(&privacy, &[FORM], &format!("contact=a&text={text}")).await.unwrap();
    assert_eq!(page.status, 201);
}
