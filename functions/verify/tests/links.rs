//! `/l/{token}` over HTTP: what a page says, what a scanner may do, what a post confirms.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    consent::Wording,
    guard::Pool,
    link,
    ports::{Attempts, Stores},
    signup::{Method, RegistrationAttempt, State},
    start::{Start, start},
    store::{Settings, Store},
};
use doorstep_edge::{Answer, Call, Problem, http::Routes};
use doorstep_fakes::{Memory, Ring, sample, together};
use jiff::SignedDuration;
use verify::Verify;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

struct World {
    routes: Verify<Memory, Ring>,
    attempt: RegistrationAttempt,
    token: String,
    digits: String,
}

fn store() -> Store {
    let mut store = sample::store();
    store.settings.return_urls = Some(vec!["https://www.shop.example/join".to_owned()]);
    store
}

impl World {
    /// A shop whose shopper asked for a link, as `change` says.
    async fn of(store: Store, change: impl FnOnce(Start) -> Start) -> Self {
        let ports = Arc::new(Memory::default());
        ports.save(&store).await.unwrap();
        let call = Start { method: Method::Link, ..sample::start("+447700900123", "one") };
        let data = sample::data_keys(Mode::Test);
        let shop = sample::shop(store, Mode::Test);
        let started = start(&*ports, &Pool::default(), &shop, change(call)).await;
        let attempt = started.unwrap().attempt;
        let codes = sample::code_keys(Mode::Test);
        let token = codes.link(attempt.id, &attempt.seed).unwrap().expose();
        let digits = link::shown(&data, &attempt).unwrap().unwrap().expose().to_owned();
        Self { routes: Verify { ports, ring: Ring }, attempt, token, digits }
    }

    async fn new() -> Self {
        Self::of(store(), |call| call).await
    }

    fn call(&self, method: &str, headers: &[(&str, &str)]) -> Call {
        Call {
            route: format!("{method} /l/{{token}}"),
            path: [("token".to_owned(), self.token.clone())].into(),
            target: format!("/l/{}", self.token),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            ..Call::default()
        }
    }

    async fn looks(&self) -> Answer {
        self.routes.answer(&self.call("GET", &[])).await.unwrap()
    }

    async fn posts(&self, digits: &str) -> Answer {
        let call = self.call("POST", &[("content-type", FORM), ("accept", "text/html,*/*")]);
        let body = format!("match={digits}").into_bytes();
        self.routes.answer(&Call { body, ..call }).await.unwrap()
    }

    async fn posts_json(&self, body: &str) -> Result<Answer, Problem> {
        let call = self.call("POST", &[("content-type", JSON), ("accept", "*/*")]);
        self.routes.answer(&Call { body: body.as_bytes().to_vec(), ..call }).await
    }

    fn other_digits(&self) -> String {
        format!("{:02}", (self.digits.parse::<u8>().unwrap() + 1) % 100)
    }

    async fn state(&self) -> State {
        let keys = sample::data_keys(Mode::Test);
        let found = Attempts::find(&*self.routes.ports, &keys, self.attempt.id).await.unwrap();
        found.unwrap().state
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let found = answer.headers.iter().rfind(|(known, _)| *known == name);
    found.map_or("", |(_, value)| value.as_str())
}

fn html(answer: &Answer) -> &str {
    answer.text.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn a_page_tells_what_it_is_for_and_has_nothing_to_run_or_load() {
    let world = World::new().await;
    let page = world.looks().await;
    assert_eq!(page.status, 200);
    let text = html(&page);
    assert!(text.starts_with("<!doctype html><html lang=\"en\" dir=\"ltr\">"));
    for part in
        ["Corner Shop", "Confirm your number", "inputmode=\"numeric\"", "<label for=\"match\">"]
    {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(text.contains("<li dir=\"auto\">Text me offers from Corner Shop.</li>"));
    for part in ["<script", "src=", "href=", "action=", "http", &world.token, &world.digits] {
        assert!(!text.contains(part), "{part} is in {text}");
    }
}

#[tokio::test]
async fn a_page_keeps_its_address_to_itself() {
    let world = World::new().await;
    let gone = World { token: "x".to_owned(), ..World::new().await };
    for answer in [
        world.looks().await,
        gone.looks().await,
        world.posts("4").await,
        world.posts(&world.digits).await,
    ] {
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
        assert!(header(&answer, "x-robots-tag").contains("noindex"));
        let policy = header(&answer, "content-security-policy");
        for part in ["default-src 'none'", "form-action 'self';", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(header(&answer, "content-type").starts_with("text/html"));
    }
}

#[tokio::test]
async fn looking_in_any_way_confirms_nothing() {
    let world = World::new().await;
    let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0.0.0 Safari/537.36";
    let looks = [("user-agent", chrome), ("sec-purpose", "prefetch"), ("accept", "text/html")];
    for method in ["GET", "HEAD", "GET", "HEAD"] {
        let answer = world.routes.answer(&world.call(method, &looks)).await.unwrap();
        assert_eq!((answer.status, answer.text.is_some()), (200, method == "GET"));
    }
    assert_eq!((world.state().await, world.routes.ports.users()), (State::Pending, 0));
    assert_eq!(world.posts(&world.digits).await.status, 200);
}

#[tokio::test]
async fn the_right_digits_confirm_once_and_the_link_is_used() {
    let world = World::new().await;
    let done = world.posts(&world.digits).await;
    assert_eq!(done.status, 200);
    assert!(html(&done).contains("Your number is confirmed"));
    assert!(matches!(world.state().await, State::Verified { .. }));
    assert_eq!(world.posts(&world.digits).await.status, 410);
    assert_eq!(world.looks().await.status, 410);
    assert_eq!((world.routes.ports.users(), world.routes.ports.ledger().len()), (1, 1));
}

#[tokio::test]
async fn wrong_digits_are_the_one_try() {
    let world = World::new().await;
    assert_eq!(world.posts(&world.other_digits()).await.status, 410);
    assert_eq!(world.posts(&world.digits).await.status, 410);
    assert_eq!(world.looks().await.status, 410);
    assert_eq!((world.state().await, world.routes.ports.users()), (State::Pending, 0));
}

#[tokio::test]
async fn what_is_not_two_digits_takes_no_try() {
    let world = World::new().await;
    for typed in ["", "4", "444", "4a", "%2042%20x"] {
        let again = world.posts(typed).await;
        assert_eq!(again.status, 400, "{typed}");
        assert!(html(&again).contains("aria-invalid") && html(&again).contains("<form"));
    }
    for body in ["{}", r#"{"match":4}"#, r#"{"match":"4"}"#] {
        let problem = world.posts_json(body).await.unwrap_err();
        assert_eq!((problem.status, problem.code), (400, "invalid_member"), "{body}");
        assert_eq!(problem.errors[0].pointer, "/match");
    }
    let text = world.call("POST", &[("content-type", "text/plain")]);
    assert_eq!(world.routes.answer(&text).await.unwrap_err().status, 415);
    assert_eq!(world.posts(&world.digits).await.status, 200);
}

#[tokio::test]
async fn unknown_used_and_expired_look_alike_to_the_byte() {
    let (used, refused) = (World::new().await, World::new().await);
    let _ = used.posts(&used.digits).await;
    let _ = refused.posts(&refused.other_digits()).await;
    let expired = World::new().await;
    expired.routes.ports.clock.pass(SignedDuration::from_mins(10));
    let unknown = World { token: "A".repeat(64), ..World::new().await };
    let mut changed = World::new().await;
    changed.token.replace_range(..1, if changed.token.starts_with('A') { "B" } else { "A" });
    let malformed = World { token: "../x".to_owned(), ..World::new().await };
    let mut seen = Vec::new();
    for world in [used, refused, expired, unknown, changed, malformed] {
        for answer in [world.looks().await, world.posts(&world.digits).await, world.posts("").await]
        {
            assert_eq!(answer.status, 410);
            assert!(!html(&answer).contains("Corner Shop"), "whose link it was");
            seen.push(format!("{answer:?}"));
        }
        let json = world.posts_json(&format!(r#"{{"match":"{}"}}"#, world.digits)).await;
        let json = json.unwrap_err();
        assert_eq!((json.status, json.code), (410, "signup_expired"));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn posts_at_once_confirm_once() {
    let world = World::new().await;
    let answers = together((0..8).map(|_| world.posts(&world.digits))).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((done, world.routes.ports.users()), (1, 1));
}

#[tokio::test]
async fn a_program_gets_json() {
    let world = World::new().await;
    let body = format!(r#"{{"match":"{}"}}"#, world.digits);
    let done = world.posts_json(&body).await.unwrap();
    assert_eq!((done.status, done.body.unwrap()["status"].as_str()), (200, Some("verified")));

    let form = World::new().await;
    let call = form.call("POST", &[("content-type", FORM), ("accept", JSON)]);
    let body = format!("match={}", form.digits).into_bytes();
    let done = form.routes.answer(&Call { body, ..call }).await.unwrap();
    assert!(done.body.is_some(), "it asked for JSON");
}

#[tokio::test]
async fn a_shopper_goes_on_to_the_url_that_the_shop_lists() {
    let back = |url: &str| {
        let return_url = Some(url.to_owned());
        move |call: Start| Start { return_url, ..call }
    };
    let url = "https://www.shop.example/join?done=1";
    let world = World::of(store(), back(url)).await;
    let policy = header(&world.looks().await, "content-security-policy").to_owned();
    assert!(policy.contains("form-action 'self' https://www.shop.example;"), "{policy}");
    let moved = world.posts(&world.digits).await;
    assert_eq!((moved.status, header(&moved, "location")), (303, url));
    assert_eq!(moved.text, None);

    let world = World::of(store(), back(url)).await;
    let settings = Settings { return_urls: None, ..store().settings };
    let changed = Store { revision: 1, settings, ..store() };
    world.routes.ports.save(&changed).await.unwrap();
    let done = world.posts(&world.digits).await;
    assert_eq!((done.status, header(&done, "location")), (200, ""), "not listed any more");
}

#[tokio::test]
async fn a_page_speaks_the_shoppers_language_and_shows_the_shops_words_as_text() {
    let mut store = store();
    store.settings.name = Some("<b>Tŷ & Co</b>".to_owned());
    let arabic = World::of(store, |mut call| {
        call.locale = Some("ar-SA".to_owned());
        call.consents[0].wording = Some(Wording("</li><script>alert('1')</script>".to_owned()));
        call.consents.push(sample::consent("surveys"));
        call.consents[1].asked.granted = false;
        call
    });
    let page = arabic.await.looks().await;
    let text = html(&page);
    assert!(text.contains("<html lang=\"ar\" dir=\"rtl\">"));
    assert!(text.contains("&lt;b&gt;Tŷ &amp; Co&lt;/b&gt;") && !text.contains("<script"));
    assert!(text.contains("أنت توافق على:") && text.contains("أنت لا توافق على:"));
}

#[tokio::test]
async fn a_link_that_opens_no_more_says_so_in_the_browsers_language() {
    let world = World { token: "x".to_owned(), ..World::new().await };
    for (wished, language) in
        [("cy-GB,cy;q=0.9,en;q=0.8", "cy"), ("xx, fr;q=0.5", "fr"), ("", "en")]
    {
        let call = world.call("GET", &[("accept-language", wished)]);
        let answer = world.routes.answer(&call).await.unwrap();
        assert!(html(&answer).contains(&format!("lang=\"{language}\"")), "{wished}");
    }
}

#[tokio::test]
async fn a_call_does_not_print_its_token() {
    let world = World::new().await;
    let call = Call {
        body: b"match=42".to_vec(),
        ..world.call("POST", &[("authorization", "Bearer dst_x")])
    };
    assert_eq!(format!("{call:?}"), r#"Call { route: "POST /l/{token}", trace: "", .. }"#);
}
