//! A shopper who agreed to offers, and a link to their preferences.

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    consent::{Linked, live},
    guard::Pool,
    id::UserId,
    ports::{Ledger, Phones, Stores},
    preference::issue,
    signup::RegistrationAttempt,
    start::{ConsentGiven, Start, start},
    store::{Settings, Store},
    verify::{self, verify},
};
use doorstep_edge::{Answer, Call, Problem, http::Routes};
use doorstep_fakes::{Memory, Ring, sample};
use preferences::Centre;

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";

pub(crate) struct World {
    pub(crate) routes: Centre<Memory, Ring>,
    pub(crate) user: UserId,
    pub(crate) token: String,
}

/// A shop with three purposes, of which it has words for two.
pub(crate) fn store() -> Store {
    let words = |version: &str, text: &str| (version.to_owned(), text.to_owned());
    let settings = Settings {
        purposes: Some(["offers", "surveys", "news"].map(str::to_owned).into()),
        wordings: Some(vec![
            words("2027-01", "Text me offers from Corner Shop."),
            words("surveys-1", "Ask me <b>what</b> I think."),
        ]),
        help_url: Some("https://shop.example/help?a=1&b=2".to_owned()),
        ..sample::store().settings
    };
    Store { own: settings.clone(), settings, ..sample::store() }
}

async fn types(ports: &Memory, store: &Store, begun: RegistrationAttempt) -> UserId {
    let (data, codes) = (sample::data_keys(Mode::Test), sample::code_keys(Mode::Test));
    let code = codes.code(begun.id, &begun.seed).unwrap();
    let shop = verify::Shop { store: Arc::new(store.clone()), data, codes };
    verify(ports, &shop, begun, &code).await.unwrap().user
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(store(), |call| call).await
    }

    /// A shop whose shopper signed up as `change` says.
    pub(crate) async fn of(store: Store, change: impl FnOnce(Start) -> Start) -> Self {
        let ports = Arc::new(Memory::default());
        ports.save(&store).await.unwrap();
        ports.save(&sample::deployment()).await.unwrap();
        let call = sample::start("+447700900123", "one");
        let call = change(Start { consents: vec![sample::consent("offers")], ..call });
        let shop = sample::shop(store.clone(), Mode::Test);
        let started = start(&*ports, &Pool::default(), &shop, call).await.unwrap();
        let user = types(&ports, &store, started.attempt).await;
        let data = sample::data_keys(Mode::Test);
        let now = doorstep_domain::ports::Clock::now(&*ports);
        let (token, _) = issue(&*ports, &data, user, now).await.unwrap();
        let routes = Centre { ports, ring: Ring, live_route: Vec::new(), pool: Pool::default() };
        Self { routes, user, token: token.expose() }
    }

    /// The shopper begins another sign-up.
    pub(crate) async fn starts(&self, key: &str, asked: ConsentGiven) -> RegistrationAttempt {
        let call = Start { consents: vec![asked], ..sample::start("+447700900123", key) };
        let shop = sample::shop(store(), Mode::Test);
        start(self.ports(), &Pool::default(), &shop, call).await.unwrap().attempt
    }

    /// And types its code.
    pub(crate) async fn types(&self, begun: RegistrationAttempt) {
        assert_eq!(types(self.ports(), &store(), begun).await, self.user);
    }

    pub(crate) fn ports(&self) -> &Memory {
        &self.routes.ports
    }

    pub(crate) fn call(&self, method: &str, headers: &[(&str, &str)]) -> Call {
        Call {
            route: format!("{method} /p/{{token}}"),
            path: [("token".to_owned(), self.token.clone())].into(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            ..Call::default()
        }
    }

    pub(crate) async fn looks(&self) -> Answer {
        self.routes.answer(&self.call("GET", &[])).await.unwrap()
    }

    pub(crate) async fn reads(&self) -> serde_json::Value {
        let answer = self.routes.answer(&self.call("GET", &[("accept", JSON)])).await.unwrap();
        answer.body.unwrap()
    }

    /// Presses a button of the page.
    pub(crate) async fn presses(&self, body: &str) -> Answer {
        let call = self.call("POST", &[("content-type", FORM), ("accept", "text/html,*/*")]);
        let body = body.as_bytes().to_vec();
        self.routes.answer(&Call { body, ..call }).await.unwrap()
    }

    pub(crate) async fn posts(&self, body: &str) -> Result<Answer, Problem> {
        let call = self.call("POST", &[("content-type", JSON), ("accept", "*/*")]);
        self.routes.answer(&Call { body: body.as_bytes().to_vec(), ..call }).await
    }

    /// The shopper's ledger.
    pub(crate) async fn entries(&self) -> Vec<Linked> {
        self.ports().entries(&sample::data_keys(Mode::Test), self.user).await.unwrap()
    }

    /// What marketing may be sent for.
    pub(crate) async fn live(&self) -> Vec<String> {
        let keys = sample::data_keys(Mode::Test);
        let phone = sample::start("+447700900123", "one").phone;
        let phone = doorstep_domain::phone::PhoneNumber::parse(&phone, None, Mode::Test).unwrap();
        let phone = keys.phone_index(&phone);
        let record = Phones::find(self.ports(), &keys, &phone).await.unwrap();
        let entries = self.entries().await;
        live(&entries, "sms", record.objected).into_iter().map(str::to_owned).collect()
    }
}

pub(crate) fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let found = answer.headers.iter().rfind(|(known, _)| *known == name);
    found.map_or("", |(_, value)| value.as_str())
}

pub(crate) fn html(answer: &Answer) -> &str {
    answer.text.as_deref().unwrap_or_default()
}
