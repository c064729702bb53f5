//! Keys to the API.

use std::collections::BTreeSet;

use doorstep_domain::{
    Mode,
    access::{ApiKey, History, KeyId, Kind, PUBLISHABLE_SCOPES, Role, Scope},
    id::StoreId,
    ports::{ApiKeys, Backlog, KeyRing, Roots, Stores},
    rotate::{LONGEST, OVERLAP, RotateError, rotate},
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, audit, json::Object};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{Ports, StoreRoutes};

const MIGHTIER: &str =
    "A key never makes one of another store or mode, wider scope or later expiry.";

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

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    pub(crate) async fn create_key(&self, call: &Call) -> Result<Answer, Problem> {
        let maker = call.key(Scope::KeysWrite)?;
        let named = call.named_store(maker)?;
        if let Some(named) = named.filter(|_| maker.store.is_none()) {
            Stores::find(&*self.ports, named).await?.ok_or_else(Problem::not_found)?;
        }
        let wanted = wanted(call, maker, named)?;
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
            history: History::default(),
        };
        if !maker.may_make(&key) {
            return Err(Problem::forbidden(MIGHTIER));
        }
        if let Some(store) = key.store {
            Stores::find(&*self.ports, store)
                .await?
                .ok_or_else(|| Problem::invalid("/store_id", "there is no such store"))?;
        }
        audit::first(&*self.ports, call, key.store, &key.id.to_string()).await?;
        ApiKeys::create(&*self.ports, &key).await?;
        Ok(Answer::json(201, with_secret(&key, &plain)))
    }

    pub(crate) async fn rotate_key(&self, call: &Call) -> Result<Answer, Problem> {
        let maker = call.key(Scope::KeysWrite)?;
        let overlap = overlap(call)?;
        let old = self.key(call, Scope::KeysWrite).await?;
        audit::sensitive(&*self.ports, call, old.store, &old.id.to_string()).await?;
        let rotated = rotate(&*self.ports, maker, &old, overlap).await.map_err(refusal)?;
        let mut body = with_secret(&rotated.key, &rotated.plain);
        body["old_key_ends_at"] = json!(rotated.old_ends_at.to_string());
        Ok(Answer::json(201, body))
    }

    pub(crate) async fn read_key(&self, call: &Call) -> Result<Answer, Problem> {
        let key = self.key(call, Scope::KeysRead).await?;
        Ok(Answer::json(200, view(&key)))
    }

    pub(crate) async fn delete_key(&self, call: &Call) -> Result<Answer, Problem> {
        let key = self.key(call, Scope::KeysWrite).await?;
        audit::sensitive(&*self.ports, call, key.store, &key.id.to_string()).await?;
        ApiKeys::delete(&*self.ports, &key).await?;
        Ok(Answer::empty())
    }

    /// The key of the path as it is now, if the caller may touch it.
    async fn key(&self, call: &Call, scope: Scope) -> Result<ApiKey, Problem> {
        let caller = call.key(scope)?;
        let of = call.named_store(caller)?;
        let id: KeyId = call.id("id")?;
        let modes =
            if caller.store.is_none() { vec![Mode::Test, Mode::Live] } else { vec![caller.mode] };
        for mode in modes {
            self.ports.forget_key(mode, &id);
            if let Some(key) = ApiKeys::find(&*self.ports, mode, &id).await?
                && (of.is_none() || of == key.store)
            {
                return Ok((*key).clone());
            }
        }
        Err(Problem::not_found())
    }
}

fn refusal(error: RotateError) -> Problem {
    match error {
        RotateError::Gone => Problem::not_found(),
        RotateError::Mightier => Problem::forbidden(MIGHTIER),
        RotateError::Conflict => {
            let detail = "The key changed in between. Read it, and send the call again.";
            Problem::new(409, "conflict", detail)
        }
        RotateError::Fault(fault) => fault.into(),
    }
}

/// For how long both keys work: a day unless the call says otherwise.
fn overlap(call: &Call) -> Result<SignedDuration, Problem> {
    let mut body = Object::parse_optional(&call.body)?;
    let longest = u32::try_from(LONGEST.as_secs()).unwrap_or(u32::MAX);
    let seconds = body.whole("overlap_seconds", 0..=longest);
    body.finish()?;
    Ok(seconds.map_or(OVERLAP, |seconds| SignedDuration::from_secs(seconds.into())))
}

fn wanted(call: &Call, maker: &ApiKey, named: Option<StoreId>) -> Result<Wanted, Problem> {
    let mut body = call.json()?;
    let kind = body.parsed("kind", "\"secret\" or \"publishable\"", |kind| match kind {
        "secret" => Some(Kind::Secret),
        "publishable" => Some(Kind::Publishable),
        _ => None,
    });
    let kind = kind.unwrap_or(Kind::Secret);
    let role: Option<Role> = body.parsed("role", "a role", |role| role.parse().ok());
    let scopes = scopes(&mut body, kind, role);
    let mode = body.parsed("mode", "\"test\" or \"live\"", |mode| mode.parse().ok());
    let told = body.parsed("store_id", "the id of a store", |id| id.parse().ok());
    if told.is_some() && named.is_some() && told != named && maker.store.is_none() {
        body.wrong("store_id", "must be the store that `Doorstep-Store` names");
    }
    let wanted = Wanted {
        name: body.required_text("name", 64),
        kind,
        mode: mode.unwrap_or(maker.mode),
        store: told.or(named).filter(|store| *store != Store::DEPLOYMENT),
        role: role.filter(|_| kind == Kind::Secret),
        scopes,
        expires_at: body.parsed("expires_at", "an RFC 3339 time in UTC", |at| at.parse().ok()),
    };
    if wanted.kind == Kind::Publishable && wanted.store.is_none() {
        body.wrong("store_id", "is required for a publishable key");
    }
    body.finish()?;
    let one_stores = wanted.role.is_some_and(|role| !Role::OF_ALL_STORES.contains(&role));
    if wanted.store.is_none() && one_stores {
        return Err(Problem::store_required());
    }
    Ok(wanted)
}

/// The scopes of the kind or role, or those that are named.
fn scopes(body: &mut Object, kind: Kind, role: Option<Role>) -> BTreeSet<Scope> {
    let named = body.texts("scopes", 50, 40).unwrap_or_default();
    let named: Result<BTreeSet<Scope>, _> = named.iter().map(|scope| scope.parse()).collect();
    let named = named.unwrap_or_else(|_| {
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
    scopes
}

/// The one answer that has the key.
fn with_secret(key: &ApiKey, plain: &PlainKey) -> Value {
    let mut body = view(key);
    body["key"] = json!(plain.expose());
    body
}

pub(crate) fn view(key: &ApiKey) -> Value {
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
    let history = &key.history;
    let optional = [
        ("role", key.role.map(|role| role.as_str().to_owned())),
        ("store_id", key.store.map(|store| store.to_string())),
        ("expires_at", key.ends_at().map(|at| at.to_string())),
        ("replaces", history.replaces.as_ref().map(ToString::to_string)),
        ("rotated_to", history.rotated_to.as_ref().map(ToString::to_string)),
        ("last_used_day", history.last_used_day.map(|day| day.to_string())),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    body
}
