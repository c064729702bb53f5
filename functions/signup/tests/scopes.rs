//! Who may call what.

use std::sync::Arc;

use doorstep_domain::{
    Fault,
    guard::{Expected, Pool},
    ports::{Challenges, Stores},
};
use doorstep_edge::{Call, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, contract, sample};
use signup::{People, Signup};

/// Knows no tokens.
struct Nobody;

impl Challenges for Nobody {
    async fn solved(&self, _: &str, _: &Expected) -> Result<bool, Fault> {
        Ok(false)
    }
}

/// As the contract's `x-scope` says.
#[tokio::test]
async fn each_call_asks_for_its_scope() {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    let routes = Signup {
        ports: Arc::new(ports),
        ring: Ring,
        live_route: Vec::new(),
        pool: Pool::default(),
        people: None::<People<Nobody>>,
    };
    let routes = &routes;
    contract::scopes("signup", |route, key| async move {
        let call = Call { route, caller: Some(Caller { key, replay: None }), ..Call::default() };
        routes.answer(&call).await.err().map(|problem| (problem.status, problem.detail))
    })
    .await;
}
