//! Every call of the contract with every kind of key: what `x-scope` and the table of roles say,
//! and nothing else.

use doorstep_domain::access::{Role, Scope};
use doorstep_fakes::openapi::{Operation, operations};
use doorstep_tests::{
    Answer, Call, Shop, delete, drama, get, mobile, patch, post, put,
    shop::{new_key, operator},
    unique,
};
use futures::{StreamExt, stream};
use serde_json::json;

/// Who calls, and what it may do.
struct Caller {
    name: String,
    credential: String,
    scopes: Vec<Scope>,
    /// The store that it names.
    named: Option<String>,
}

/// What is read without an id and without a query.
fn is_plain_read(operation: &Operation) -> bool {
    let asks = ["GET /delivery-status", "GET /sandbox/messages"];
    let route = operation.route.as_str();
    route.starts_with("GET ") && !route.contains('{') && !asks.contains(&route)
}

/// How many calls run at once.
const AT_ONCE: usize = 4;

/// The call, for ids that nobody has and with a body that no call knows.
fn senseless(operation: &Operation) -> Call {
    let path = operation.path().replace("{id}", "nobodys").replace("{carrier}", "pigeon");
    let path = path.replace("{name}", "nobodys");
    let call = match operation.method() {
        "GET" => return get(&path),
        "DELETE" => return delete(&path),
        "PUT" => put(&path),
        "PATCH" => patch(&path),
        _ => post(&path),
    };
    call.json(&json!({"senseless": true}))
}

impl Caller {
    fn asks(&self, call: Call) -> Call {
        let call = call.key(&self.credential);
        match &self.named {
            Some(store) => call.header("Doorstep-Store", store),
            None => call,
        }
    }
}

fn guarded() -> Vec<Operation> {
    let all = operations().into_iter();
    all.filter(|operation| !operation.scopes.is_empty()).collect()
}

/// A token of this key, with these scopes or all that it may have.
async fn token(key: &str, scope: Option<&str>) -> String {
    let id = &key[key.len() - 61..key.len() - 49];
    let mut body =
        json!({"grant_type": "client_credentials", "client_id": id, "client_secret": key});
    if let Some(scope) = scope {
        body["scope"] = scope.into();
    }
    let answer = post("/oauth/token").json(&body).send().await.is(200);
    answer.text_at("/access_token").to_owned()
}

/// A caller of each role, and with tokens.
async fn everybody(shop: &Shop) -> Vec<Caller> {
    let mut all = Vec::new();
    for role in Role::ALL {
        let wish = json!({"kind": "secret", "role": role.as_str(), "mode": "test"});
        let (credential, named) = match role {
            Role::Operator => (operator().to_owned(), Some(shop.id.clone())),
            _ => (new_key(&shop.id, &wish).await, None),
        };
        let name = role.as_str().to_owned();
        all.push(Caller { name, credential, scopes: role.scopes().to_vec(), named });
    }
    let tokens = Scope::ALL.iter().copied().filter(|scope| *scope != Scope::KeysWrite).collect();
    for (name, asked, scopes) in [
        ("an owner's token", None, tokens),
        ("a narrow token", Some("signups:read"), vec![Scope::SignupsRead]),
    ] {
        let credential = token(&shop.test_key, asked).await;
        all.push(Caller { name: name.to_owned(), credential, scopes, named: None });
    }
    for role in [Role::Auditor, Role::Finance] {
        let body = json!({"name": "all stores", "role": role.as_str(), "mode": "live"});
        let made = post("/api-keys").key(operator()).json(&body).send().await.is(201);
        let name = format!("{} of all stores", role.as_str());
        let (credential, named) = (made.text_at("/key").to_owned(), Some(shop.id.clone()));
        all.push(Caller { name, credential, scopes: role.scopes().to_vec(), named });
    }
    all
}

fn judge(caller: &Caller, operation: &Operation, answer: &Answer) {
    let what = format!("{} as {}: {} {}", operation.route, caller.name, answer.status, answer.text);
    let lacks = operation.is_lacking(&answer.text);
    if caller.scopes.iter().any(|scope| operation.scopes.contains(scope)) {
        assert!(answer.status != 401 && !lacks && answer.status < 500, "{what}");
        assert!(!is_plain_read(operation) || answer.status == 200, "{what}");
    } else {
        answer.refused(403, "forbidden");
        assert!(lacks, "{what}");
    }
}

#[tokio::test]
async fn every_role_may_call_what_its_scopes_say_and_nothing_else() {
    let shop = Shop::fresh().await;
    let (callers, operations) = (everybody(&shop).await, guarded());
    let pairs = callers.iter().flat_map(|caller| operations.iter().map(move |it| (caller, it)));
    let calls = pairs.map(|(caller, operation)| async move {
        let answer = caller.asks(senseless(operation)).send().await;
        judge(caller, operation, &answer);
    });
    let made = stream::iter(calls).buffer_unordered(AT_ONCE).count().await;
    assert!(made > 400, "{made} calls");
}

#[tokio::test]
async fn without_a_key_nothing_but_what_is_open_answers() {
    for operation in guarded() {
        senseless(&operation).send().await.refused(401, "unauthenticated");
    }
    for path in ["/health", "/.well-known/jwks.json"] {
        let _ = get(path).send().await.is(200);
    }
}

#[tokio::test]
async fn a_browser_may_call_what_the_contract_marks() {
    let shop = Shop::fresh().await;
    for operation in guarded() {
        let call = senseless(&operation).key(&shop.publishable_key);
        let answer = call.header("Origin", &format!("https://{}", shop.domain)).send().await;
        if operation.publishable {
            assert!(![401, 403].contains(&answer.status), "{}: {}", answer.asked, answer.text);
        } else {
            answer.refused(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn no_key_of_a_store_names_another_store() {
    let (mine, other) = (Shop::fresh().await, Shop::fresh().await);
    for operation in guarded() {
        let call = senseless(&operation).key(&mine.test_key);
        call.header("Doorstep-Store", &other.id).send().await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn nothing_of_another_store_is_found() {
    let (mine, other) = (Shop::fresh().await, Shop::fresh().await);
    let signup = other.signs_up(&drama(20)).await;
    let message = other.delivery(&signup).await.text_at("/message_id").to_owned();
    let keys = other.reads("/api-keys").await.is(200);
    let key = keys.data()[0]["id"].as_str().unwrap_or_default().to_owned();
    let text = json!({"name": "theirs", "locale": "en-GB", "kind": "transactional", "body": "x"});
    let _ = other.asks(post("/templates")).json(&text).send().await.is(201);
    for credential in [mine.test_key.clone(), token(&mine.test_key, None).await] {
        for call in [
            get(&format!("/signups/{signup}")),
            get(&format!("/signups/{signup}/timeline")),
            post(&format!("/signups/{signup}/resend")).header("Idempotency-Key", &unique()),
            post(&format!("/signups/{signup}/verify")).json(&json!({"code": "000000"})),
            get(&format!("/delivery-status?message_id={message}")),
            get(&format!("/messages/{message}")),
            get("/templates/theirs"),
            post("/templates/theirs/preview").json(&json!({})),
            get(&format!("/stores/{}", other.id)),
            patch(&format!("/stores/{}", other.id)).json(&json!({"name": "Mine"})),
            get(&format!("/stores/{}/carriers/twilio", other.id)),
            get(&format!("/api-keys/{key}")),
        ] {
            call.key(&credential).send().await.refused(404, "not_found");
        }
    }
    let key = format!("/api-keys/{key}");
    mine.asks(delete(&key)).send().await.refused(404, "not_found");
    mine.asks(post(&format!("{key}/rotate"))).send().await.refused(404, "not_found");
    let _ = other.reads(&key).await.is(200);
}

#[tokio::test]
async fn test_and_live_keys_see_nothing_of_each_other() {
    let shop = Shop::fresh().await;
    let test = shop.signs_up(&drama(21)).await;
    let message = shop.delivery(&test).await.text_at("/message_id").to_owned();
    let call = post("/signups").key(&shop.live_key).json(&json!({"phone": mobile()}));
    let started = call.header("Idempotency-Key", &unique()).send().await.is(202);
    let live = started.text_at("/id").to_owned();
    let ids = async |key: &str| {
        let keys = get("/api-keys").key(key).send().await.is(200);
        let modes: Vec<_> = keys.data().iter().map(|key| key["mode"].clone()).collect();
        (keys.data()[0]["id"].as_str().unwrap_or_default().to_owned(), modes)
    };
    let (of_test, of_live) = (ids(&shop.test_key).await, ids(&shop.live_key).await);
    assert!(of_test.1.iter().all(|mode| mode == "test") && of_test.1.len() == 2);
    assert!(of_live.1.iter().all(|mode| mode == "live") && of_live.1.len() == 1);
    for (mine, signup, key) in
        [(&shop.live_key, &test, &of_test.0), (&shop.test_key, &live, &of_live.0)]
    {
        for path in [
            format!("/signups/{signup}"),
            format!("/signups/{signup}/timeline"),
            format!("/delivery-status?signup_id={signup}"),
            format!("/api-keys/{key}"),
        ] {
            get(&path).key(mine).send().await.refused(404, "not_found");
        }
        delete(&format!("/api-keys/{key}")).key(mine).send().await.refused(404, "not_found");
        let listed = get("/signups").key(mine).send().await.is(200);
        assert_eq!(listed.data().len(), 1);
    }
    let path = format!("/messages/{message}");
    get(&path).key(&shop.live_key).send().await.refused(404, "not_found");
}
