//! Who may call what.

use std::sync::Arc;

use doorstep_domain::ports::Stores;
use doorstep_edge::{Call, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, contract, sample};
use privacy::PrivacyRoutes;

/// As the contract's `x-scope` says.
#[tokio::test]
async fn each_call_asks_for_its_scope() {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    let bucket = Memory::default();
    let routes = PrivacyRoutes {
        ports: Arc::new(ports),
        bucket,
        ring: Ring,
        notary: Ring,
        public_url: None,
    };
    let routes = &routes;
    contract::scopes("privacy", |route, key| async move {
        let call = Call { route, caller: Some(Caller { key, replay: None }), ..Call::default() };
        routes.answer(&call).await.err().map(|problem| (problem.status, problem.detail))
    })
    .await;
}
