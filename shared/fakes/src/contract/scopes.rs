//! Each call asks for the scope that the contract names, before it looks at anything else.

use std::{future::Future, sync::Arc};

use doorstep_domain::{
    Mode,
    access::{ApiKey, History, Kind, PUBLISHABLE_SCOPES, Scope},
    token::PlainKey,
};
use jiff::Timestamp;

use crate::{Seeded, openapi, sample::STORE};

/// What a function's routes promise; `ask` calls one with nothing but a key, and tells status and
/// detail of the refusal.
pub async fn scopes<F>(function: &str, ask: impl Fn(String, Arc<ApiKey>) -> F)
where
    F: Future<Output = Option<(u16, String)>>,
{
    let operations = openapi::guarded(function);
    assert!(!operations.is_empty(), "{function} answers nothing");
    for operation in operations {
        let route = &operation.route;
        for scope in Scope::ALL {
            let told = ask(route.clone(), key(Kind::Secret, &[*scope])).await;
            let refused = told.is_some_and(|told| told.0 == 403 && operation.is_lacking(&told.1));
            assert_eq!(refused, !operation.scopes.contains(scope), "{route} with {scope:?} alone");
        }
        let told = ask(route.clone(), key(Kind::Publishable, PUBLISHABLE_SCOPES)).await;
        let refused = told.is_some_and(|told| told.0 == 403);
        assert_eq!(refused, !operation.publishable, "{route} with a publishable key");
    }
}

fn key(kind: Kind, scopes: &[Scope]) -> Arc<ApiKey> {
    let plain = PlainKey::random(kind, Mode::Test, &Seeded::new(41));
    Arc::new(ApiKey {
        id: plain.id().clone(),
        name: "test".to_owned(),
        kind,
        mode: Mode::Test,
        store: Some(STORE),
        role: None,
        scopes: scopes.iter().copied().collect(),
        digest: plain.digest(),
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        history: History::default(),
    })
}
