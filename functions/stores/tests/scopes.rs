//! Who may call what.

mod common;

use std::sync::Arc;

use doorstep_domain::ports::Stores;
use doorstep_edge::{Call, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, contract, sample};
use stores::StoreRoutes;

/// As the contract's `x-scope` says.
#[tokio::test]
async fn each_call_asks_for_its_scope() {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    let (live_route, absent) = (Vec::new(), Vec::new());
    let ports = Arc::new(ports);
    let routes = StoreRoutes {
        ports,
        kms: Ring,
        public_url: None,
        live_route,
        absent,
        any_shape: common::ANY_SHAPE,
        backlog: common::Waiting,
    };
    let routes = &routes;
    contract::scopes("stores", |route, key| async move {
        let call = Call { route, caller: Some(Caller { key, replay: None }), ..Call::default() };
        routes.answer(&call).await.err().map(|problem| (problem.status, problem.detail))
    })
    .await;
}
