//! Keys to the API.

use std::collections::BTreeSet;

use doorstep_domain::{
    Mode,
    access::{ApiKey, KeyId, Kind, PUBLISHABLE_SCOPES, Role, Scope},
    id::StoreId,
    ports::{ApiKeys, KeyRing, Roots, Stores},
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, page};
use serde_json::{Value, json};

use crate::{Ports, StoreRoutes};

/// What a call asks for.
struct Wanted {
    name: String,
    kind: Kind,
    mode: Mode,
    store: Option<StoreId>,
    role: Option<Role>,
    scopes: BTreeSet<Scope>,
    expires_at: Option<jiff::Timestamp>,
}

impl<P: Ports, R: Roots + KeyRing> StoreRoutes<P, R> {
    pub(crate) async fn create_key(&self, call: &Call) -> Result<Answer, Problem> {
        let maker = call.key(Scope::KeysWrite)?;
        let wanted = wanted(call, maker)?;
        let plain = PlainKey::random(wanted.kind, wanted.mode, &*self.ports);
        let key = ApiKey {
            id: plain.id().clone(),
            name: wanted.name,
            kind: wanted.kind,
            mode: wanted.mode,
            store: wanted.store,
            role: wanted.role,
            scopes: wanted.scopes,
            digest: plain.digest(),
            created_at: self.ports.now(),
            expires_at: wanted.expires_at,
        };
        if !maker.may_make(&key) {
            let detail =
                "A key never makes one of another store or mode, wider scope or later expiry.";
            return Err(Problem::forbidden(detail));
        }
        if let Some(store) = key.store {
            Stores::find(&*self.ports, store)
                .await?
                .ok_or_else(|| Problem::invalid("/store_id", "there is no such store"))?;
        }
        ApiKeys::create(&*self.ports, &key).await?;
        let mut body = view(&key);
        body["key"] = json!(plain.expose());
        Ok(Answer::json(201, body))
    }

    pub(crate) async fn list_keys(&self, call: &Call) -> Result<Answer, Problem> {
        let key = call.key(Scope::KeysRead)?;
        page::range(call, self.ports.now())?;
        let store = call.named_store(key)?;
        let mut data = Vec::new();
        for mode in [Mode::Test, Mode::Live] {
            if key.store.is_none() || key.mode == mode {
                let keys = ApiKeys::list(&*self.ports, store, mode).await?;
                data.extend(keys.iter().map(view));
            }
        }
        Ok(Answer::json(200, page::body(data, None)))
    }

    pub(crate) async fn read_key(&self, call: &Call) -> Result<Answer, Problem> {
        let key = self.key(call, Scope::KeysRead).await?;
        Ok(Answer::json(200, view(&key)))
    }

    pub(crate) async fn delete_key(&self, call: &Call) -> Result<Answer, Problem> {
        let key = self.key(call, Scope::KeysWrite).await?;
        ApiKeys::delete(&*self.ports, &key).await?;
        Ok(Answer::empty())
    }

    /// The key of the path, if the caller may touch it.
    async fn key(&self, call: &Call, scope: Scope) -> Result<ApiKey, Problem> {
        let caller = call.key(scope)?;
        let id: KeyId = call.id("id")?;
        let modes =
            if caller.store.is_none() { vec![Mode::Test, Mode::Live] } else { vec![caller.mode] };
        for mode in modes {
            if let Some(key) = ApiKeys::find(&*self.ports, mode, &id).await?
                && (caller.store.is_none() || caller.store == key.store)
            {
                return Ok((*key).clone());
            }
        }
        Err(Problem::not_found())
    }
}

fn wanted(call: &Call, maker: &ApiKey) -> Result<Wanted, Problem> {
    let mut body = call.json()?;
    let kind = body.parsed("kind", "\"secret\" or \"publishable\"", |kind| match kind {
        "secret" => Some(Kind::Secret),
        "publishable" => Some(Kind::Publishable),
        _ => None,
    });
    let kind = kind.unwrap_or(Kind::Secret);
    let role: Option<Role> = body.parsed("role", "a role", |role| role.parse().ok());
    let scopes = body.texts("scopes", 50, 40).unwrap_or_default();
    let scopes: Result<BTreeSet<Scope>, _> = scopes.iter().map(|scope| scope.parse()).collect();
    let named = scopes.unwrap_or_else(|_| {
        body.wrong("scopes", "must be a list of known scopes");
        BTreeSet::new()
    });
    let scopes = match (kind, role) {
        (Kind::Publishable, _) => PUBLISHABLE_SCOPES.iter().copied().collect(),
        (Kind::Secret, Some(role)) => role.scopes().iter().copied().collect(),
        (Kind::Secret, None) => named,
    };
    if scopes.is_empty() {
        body.wrong("role", "is required, or `scopes`");
    }
    let mode = body.parsed("mode", "\"test\" or \"live\"", |mode| mode.parse().ok());
    let store = body.parsed("store_id", "the id of a store", |id| id.parse().ok());
    let wanted = Wanted {
        name: body.required_text("name", 64),
        kind,
        mode: mode.unwrap_or(maker.mode),
        store: store.or(call.named_store(maker)?).filter(|store| *store != Store::DEPLOYMENT),
        role: role.filter(|_| kind == Kind::Secret),
        scopes,
        expires_at: body.parsed("expires_at", "an RFC 3339 time in UTC", |at| at.parse().ok()),
    };
    if wanted.kind == Kind::Publishable && wanted.store.is_none() {
        body.wrong("store_id", "is required for a publishable key");
    }
    body.finish()?;
    Ok(wanted)
}

fn view(key: &ApiKey) -> Value {
    let kind = if key.kind == Kind::Secret { "secret" } else { "publishable" };
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let mut body = json!({
        "id": key.id.to_string(),
        "name": key.name,
        "kind": kind,
        "mode": key.mode.as_str(),
        "scopes": scopes,
        "created_at": key.created_at.to_string(),
    });
    let optional = [
        ("role", key.role.map(|role| role.as_str().to_owned())),
        ("store_id", key.store.map(|store| store.to_string())),
        ("expires_at", key.expires_at.map(|at| at.to_string())),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    body
}
