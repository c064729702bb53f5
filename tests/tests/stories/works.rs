//! What a key may call, works: each call of the contract in a valid form, by a key of each role
//! whose scopes allow it.

use std::sync::atomic::{AtomicU16, Ordering};

use doorstep_domain::access::Role;
use doorstep_fakes::openapi::{Operation, operations};
use doorstep_tests::{
    Call, Shop, delete, drama, get, mobile, patch, post, put,
    rights::texts,
    shop::{new_key, nonce, operator},
    unique,
    waiting::{now, seconds},
};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    consents::{asking, yes},
    templates::{news, save},
};

/// About the deployment itself: keys of stores may not call these.
const OF_ALL_STORES: [&str; 3] = ["POST /stores", "PATCH /defaults", "GET /carriers/{carrier}"];
/// Only the operator may call it, for a store.
const OF_THE_OPERATOR: &str = "POST /codes/enable";
/// About live texts alone.
const LIVE: [&str; 4] = [
    "PUT /routes",
    "PUT /allow-list",
    "PUT /stores/{id}/carriers/{carrier}",
    "DELETE /stores/{id}/carriers/{carrier}",
];
/// These would change by whom all other stories' texts go.
const LEFT_OUT: [&str; 2] = ["PUT /carriers/{carrier}", "DELETE /carriers/{carrier}"];

/// A role's keys, and a shop for it alone.
struct Caller {
    role: Role,
    shop: Shop,
    test: String,
    live: String,
    shoppers: AtomicU16,
}

impl Caller {
    async fn new(role: Role) -> Self {
        let shop = asking().await;
        let key = async |mode| {
            let wish = json!({"kind": "secret", "role": role.as_str(), "mode": mode});
            if role == Role::Operator {
                return operator().to_owned();
            }
            new_key(&shop.id, &wish).await
        };
        let (test, live) = (key("test").await, key("live").await);
        Self { role, shop, test, live, shoppers: AtomicU16::new(200) }
    }

    /// A number that nobody in the shop has had yet.
    fn phone(&self) -> String {
        drama(self.shoppers.fetch_add(1, Ordering::Relaxed))
    }

    async fn signup(&self) -> String {
        self.shop.signs_up(&self.phone()).await
    }

    /// Somebody who has registered.
    async fn user(&self) -> String {
        let (signup, code) = self.shop.signs_up_and_reads(&self.phone()).await;
        self.shop.types(&signup, &code).await.is(200).text_at("/user/id").to_owned()
    }

    async fn letter(&self) -> String {
        let letter = texts(&self.shop, &json!({"to": self.phone()})).await.is(202);
        letter.text_at("/id").to_owned()
    }

    /// A text of the shop with two versions.
    async fn template(&self) -> String {
        let name = unique();
        for body in ["One.", "Two."] {
            let _ = save(&self.shop, &news(&name, "en", body)).await.is(201);
        }
        name
    }

    /// The id of a key that nobody needs.
    async fn spare(&self) -> String {
        let wish = json!({"kind": "secret", "role": "storefront", "mode": "test"});
        let key = new_key(&self.shop.id, &wish).await;
        key[key.len() - 61..key.len() - 49].to_owned()
    }

    async fn with_account(&self) -> String {
        let path = format!("/stores/{}/carriers/twilio", self.shop.id);
        let leave = nonce(&self.shop.live_key, "carrier.change").await;
        let put = put(&path).key(&self.shop.live_key).json(&account());
        let _ = put.header("Audit-Nonce", &leave).send().await.is(200);
        path
    }

    /// The first of these that the role may ask for.
    fn action(&self) -> &'static str {
        if self.role == Role::Operator { "api_key.delete" } else { "user.erase" }
    }

    async fn leave(&self, action: &str, call: Call) -> Call {
        let key = if action == "carrier.change" { &self.live } else { &self.test };
        call.header("Audit-Nonce", &nonce(key, action).await)
    }

    /// The call in a valid form, but for its key.
    async fn valid(&self, route: &str) -> Call {
        match route.split('/').nth(1).unwrap_or_default() {
            "signups" => self.of_signups(route).await,
            "users" | "imports" | "exports" | "complaints" => self.of_people(route).await,
            "messages" | "templates" | "delivery-status" | "sandbox" => self.of_texts(route).await,
            "stores" | "api-keys" | "nonces" | "carriers" | "defaults" => {
                self.of_stores(route).await
            }
            _ => levers(route),
        }
    }

    async fn of_signups(&self, route: &str) -> Call {
        let id = self.signup().await;
        match route {
            "POST /signups" => post("/signups").json(&json!({"phone": self.phone()})),
            "GET /signups" => get("/signups"),
            "POST /signups/search" => post("/signups/search").json(&json!({"phone": self.phone()})),
            "GET /signups/{id}" => get(&format!("/signups/{id}")),
            "GET /signups/{id}/timeline" => get(&format!("/signups/{id}/timeline")),
            "POST /signups/{id}/resend" => {
                seconds(31).await;
                post(&format!("/signups/{id}/resend"))
            }
            "POST /signups/{id}/verify" => {
                let code = self.shop.code(&id).await;
                post(&format!("/signups/{id}/verify")).json(&json!({"code": code}))
            }
            _ => panic!("say how {route} is called"),
        }
    }

    async fn of_people(&self, route: &str) -> Call {
        let export = async || {
            let call = post("/exports").json(&json!({"user_id": self.user().await}));
            call.header("Audit-Nonce", &nonce(&self.shop.test_key, "export.create").await)
        };
        let import = || {
            let row = json!({"phone": self.phone(), "suppressed": true});
            post("/imports").raw(row.to_string()).header("Content-Type", "application/x-ndjson")
        };
        match route {
            "POST /users/search" => post("/users/search").json(&json!({"phone": self.phone()})),
            "GET /users/{id}" => get(&format!("/users/{}", self.user().await)),
            "DELETE /users/{id}" => {
                self.leave("user.erase", delete(&format!("/users/{}", self.user().await))).await
            }
            "GET /users/{id}/consents" => get(&format!("/users/{}/consents", self.user().await)),
            "PUT /users/{id}/consents" => {
                put(&format!("/users/{}/consents", self.user().await)).json(&yes())
            }
            "POST /users/{id}/preference-link" => {
                post(&format!("/users/{}/preference-link", self.user().await))
            }
            "POST /imports" => import(),
            "GET /imports/{id}" => get(&format!("/imports/{}", self.has(import()).await)),
            "POST /exports" => {
                let call = post("/exports").json(&json!({"user_id": self.user().await}));
                self.leave("export.create", call).await
            }
            "GET /exports/{id}" => get(&format!("/exports/{}", self.has(export().await).await)),
            "GET /complaints" => get("/complaints"),
            "PATCH /complaints/{store_id}/{complaint_id}" => {
                let path = format!("/complaints/{}", self.shop.id);
                let filed = post(&path).json(&complaint(&self.phone())).send().await.is(201);
                let id = filed.text_at("/id");
                patch(&format!("{path}/{id}")).json(&json!({"progress": "We have asked."}))
            }
            _ => panic!("say how {route} is called"),
        }
    }

    /// The id of what the shop's owner makes by this call.
    async fn has(&self, call: Call) -> String {
        let call = self.shop.asks(call).header("Idempotency-Key", &unique());
        call.send().await.is(202).text_at("/id").to_owned()
    }

    async fn of_texts(&self, route: &str) -> Call {
        let name = self.template().await;
        let path = format!("/templates/{name}");
        match route {
            "POST /messages" => post("/messages").json(&json!({
                "to": self.phone(), "template": name, "locale": "en", "purpose": "transactional",
            })),
            "GET /messages/{id}" => get(&format!("/messages/{}", self.letter().await)),
            "GET /delivery-status" => {
                get(&format!("/delivery-status?signup_id={}", self.signup().await))
            }
            "GET /sandbox/messages" => {
                get(&format!("/sandbox/messages?signup_id={}", self.signup().await))
            }
            "POST /sandbox/reset" => post("/sandbox/reset"),
            "POST /templates" => post("/templates").json(&news(&unique(), "en", "One.")),
            "GET /templates" => get("/templates"),
            "GET /templates/{name}" => get(&path),
            "POST /templates/{name}/preview" => {
                post(&format!("{path}/preview")).json(&json!({"locale": "en"}))
            }
            "POST /templates/{name}/rollback" => {
                post(&format!("{path}/rollback")).json(&json!({"locale": "en", "version": 1}))
            }
            _ => panic!("say how {route} is called"),
        }
    }

    async fn of_stores(&self, route: &str) -> Call {
        let path = format!("/stores/{}", self.shop.id);
        match route {
            "POST /stores" => post("/stores").json(&json!({
                "name": "Corner Shop", "domain": format!("{}.example", unique()),
                "locale": "en-GB", "country": "GB", "allowed_countries": ["GB"],
            })),
            "GET /stores" | "GET /defaults" | "GET /api-keys" => get(&route["GET ".len()..]),
            "GET /stores/{id}" => get(&path),
            "PATCH /stores/{id}" => patch(&path).json(&json!({"name": "Corner Shop 2"})),
            "PATCH /defaults" => patch("/defaults").json(&json!({})),
            "GET /carriers/{carrier}" => get("/carriers/twilio"),
            "PUT /stores/{id}/carriers/{carrier}" => {
                self.leave(
                    "carrier.change",
                    put(&format!("{path}/carriers/twilio")).json(&account()),
                )
                .await
            }
            "GET /stores/{id}/carriers/{carrier}" => get(&self.with_account().await),
            "DELETE /stores/{id}/carriers/{carrier}" => {
                let call = delete(&self.with_account().await);
                self.leave("carrier.change", call).await
            }
            "POST /api-keys" => {
                let wish = json!({"name": "till", "role": "storefront", "kind": "secret",
                    "mode": "test", "store_id": self.shop.id});
                self.leave("api_key.create", post("/api-keys").json(&wish)).await
            }
            "GET /api-keys/{id}" => get(&format!("/api-keys/{}", self.spare().await)),
            "DELETE /api-keys/{id}" => {
                let call = delete(&format!("/api-keys/{}", self.spare().await));
                self.leave("api_key.delete", call).await
            }
            "POST /api-keys/{id}/rotate" => {
                let path = format!("/api-keys/{}/rotate", self.spare().await);
                self.leave("api_key.rotate", post(&path).json(&json!({"overlap_seconds": 60})))
                    .await
            }
            "POST /nonces" => post("/nonces").json(&json!({"action": self.action()})),
            _ => panic!("say how {route} is called"),
        }
    }

    /// Whether it works, or what is wrong.
    async fn tries(&self, operation: &Operation) -> Result<(), String> {
        let route = operation.route.as_str();
        let key = if LIVE.contains(&route) { &self.live } else { &self.test };
        let mut call = self.valid(route).await.key(key);
        if operation.method() == "POST" {
            call = call.header("Idempotency-Key", &unique());
        }
        if self.role == Role::Operator && !OF_ALL_STORES.contains(&route) {
            call = call.header("Doorstep-Store", &self.shop.id);
        }
        let answer = call.send().await;
        let common = route != OF_THE_OPERATOR && !OF_ALL_STORES.contains(&route);
        let may = self.role == Role::Operator || common;
        let right = if may { (200..300).contains(&answer.status) } else { answer.status == 403 };
        let told =
            || format!("{route} as {}: {} {}", self.role.as_str(), answer.status, answer.text);
        if right { Ok(()) } else { Err(told()) }
    }
}

fn account() -> Value {
    json!({"account": format!("AC{}", unique()), "auth_token": "not-a-real-token",
        "from": "+447400123456"})
}

fn complaint(phone: &str) -> Value {
    json!({"contact": "box 7", "about": "marketing", "text": unique(), "phone": phone})
}

/// What changes how traffic is let through, and what is read of it.
fn levers(route: &str) -> Call {
    let until = (now() + jiff::SignedDuration::from_hours(1)).to_string();
    let phone = mobile();
    let (method, path) = route.split_once(' ').unwrap_or_default();
    let body = match route {
        _ if method == "GET" => return get(path),
        "PUT /routes" => json!({"country": "GB", "carriers": ["sns"], "until": until}),
        "PUT /limits" => json!({"rule": "store_hour", "value": 6_000, "until": until}),
        "PUT /kill-switch" => json!({"on": false, "reason": "nothing is wrong"}),
        "PUT /allow-list" => json!({"phone": phone, "reason": "a test", "until": until}),
        "POST /codes/enable" => json!({"phone": phone}),
        "PUT /budgets" => json!({"budgets": [{"window": "day", "amount": "50.00"}]}),
        _ => panic!("say how {route} is called"),
    };
    if method == "PUT" { put(path).json(&body) } else { post(path).json(&body) }
}

#[tokio::test]
async fn what_a_role_may_call_works() {
    let callers = join_all(Role::ALL.iter().copied().map(Caller::new)).await;
    let guarded = operations();
    let guarded = guarded.iter().filter(|it| !LEFT_OUT.contains(&it.route.as_str()));
    let tries = callers.iter().map(|caller| {
        let mine = guarded.clone().filter(|operation| {
            operation.scopes.iter().any(|scope| caller.role.scopes().contains(scope))
        });
        async move {
            let mut tried = Vec::new();
            for operation in mine {
                tried.push(caller.tries(operation).await);
            }
            tried
        }
    });
    let tried = join_all(tries).await.concat();
    assert!(tried.len() > 150, "{} calls", tried.len());
    let wrong: Vec<_> = tried.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
