//! Schemathesis calls everything in `infra/openapi.yaml` with what its schemas allow and with what
//! they do not, under a key of each kind: nothing breaks, and no answer is other than documented.
//!
//! It reads the document, so that a new call needs nothing here; but for one that changes what all
//! stores share (see `LEVERS`). `DOORSTEP_SCHEMATHESIS_PYTHON` is the Python of the environment
//! `schemathesis`, as `make test` sets it.
#![expect(
    clippy::disallowed_methods,
    reason = "it stands outside of Doorstep: it has a clock and an environment"
)]

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use doorstep_tests::{
    Shop,
    shop::{new_key, operator},
    stack,
};
use serde_json::json;

/// Calls that change what all stores share: the operator's key would change it under the tests
/// that follow. All other keys try them, and are refused.
const LEVERS: &str = "changeDefaults,putCarrier,removeCarrier,setKillSwitch,setBudgets,setLimit";
/// A store that somebody paused answers 503, as it should, and as the tool takes for broken.
const PAUSE: &str = "setKillSwitch";
/// Runs are as random as this number says, and so the same each time.
const SEED: &str = "20";

/// A run under one key.
struct Run {
    shop: Shop,
    options: Vec<String>,
    least: u32,
}

impl Run {
    fn with(shop: Shop, key: &str) -> Self {
        let options = vec!["--header".to_owned(), format!("Authorization: Bearer {key}")];
        Self { shop, options, least: 180 }.told(&["--phases", "examples,fuzzing"])
    }

    async fn of_role(role: &str, mode: &str) -> Self {
        let shop = Shop::fresh().await;
        let wish = json!({"kind": "secret", "role": role, "mode": mode});
        let key = new_key(&shop.id, &wish).await;
        Self::with(shop, &key)
    }

    fn told(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(|&option| option.to_owned()));
        self
    }

    /// Without these calls, names of operations with a comma between.
    fn without(self, calls: &str) -> Self {
        let each = calls.split(',').flat_map(|call| ["--exclude-operation-id", call]);
        self.told(&each.collect::<Vec<_>>())
    }

    fn passes(&self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemathesis");
        let python = env::var("DOORSTEP_SCHEMATHESIS_PYTHON")
            .expect("DOORSTEP_SCHEMATHESIS_PYTHON is not set: run `make test`");
        let run = Command::new(python)
            .args(["-m", "schemathesis.cli", "--config-file"])
            .arg(folder.join("schemathesis.toml"))
            .arg("run")
            .arg(folder.join("../../../infra/openapi.yaml"))
            .args(["--url", stack().text("/api_url"), "--seed", SEED, "--max-examples", "4"])
            .args(&self.options)
            // It leaves what it remembers where it runs.
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .env("PYTHONPATH", &folder)
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .env("SCHEMATHESIS_STORE", &self.shop.id)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .output()
            .expect("Schemathesis starts");
        let told = String::from_utf8_lossy(&run.stdout).into_owned();
        let short: String = told.chars().take(12_000).collect();
        assert!(run.status.success(), "{short}\n{}", String::from_utf8_lossy(&run.stderr));
        let cases =
            told.lines().find_map(|line| line.trim().split_once(" generated")?.0.parse().ok());
        let cases: u32 = cases.unwrap_or_else(|| panic!("no number of cases in {short}"));
        assert!(cases >= self.least, "{cases} cases only");
    }
}

#[tokio::test]
async fn a_storefront_meets_what_the_document_says() {
    Run::of_role("storefront", "test").await.passes();
}

#[tokio::test]
async fn a_marketer_meets_what_the_document_says() {
    Run::of_role("marketer", "test").await.passes();
}

#[tokio::test]
async fn a_developer_meets_what_the_document_says() {
    Run::of_role("developer", "test").await.without(PAUSE).passes();
}

#[tokio::test]
async fn finance_meets_what_the_document_says() {
    Run::of_role("finance", "test").await.passes();
}

#[tokio::test]
async fn an_auditor_meets_what_the_document_says() {
    Run::of_role("auditor", "test").await.passes();
}

#[tokio::test]
async fn an_owner_meets_what_the_document_says() {
    Run::of_role("owner", "test").await.without(PAUSE).passes();
}

#[tokio::test]
async fn an_owner_meets_what_the_document_says_at_every_bound() {
    let run = Run::of_role("owner", "test").await.without(PAUSE);
    let run = run.told(&["--phases", "coverage", "--mode", "positive"]);
    Run { least: 500, ..run }.passes();
}

#[tokio::test]
async fn a_live_owner_meets_what_the_document_says() {
    Run::of_role("owner", "live").await.without(PAUSE).passes();
}

#[tokio::test]
async fn the_operator_meets_what_the_document_says() {
    let run = Run::with(Shop::fresh().await, operator());
    run.without(LEVERS).passes();
}

#[tokio::test]
async fn a_page_of_the_shop_meets_what_the_document_says() {
    let shop = Shop::fresh().await;
    let (key, origin) = (shop.publishable_key.clone(), format!("Origin: https://{}", shop.domain));
    Run::with(shop, &key).told(&["--header", &origin]).passes();
}
