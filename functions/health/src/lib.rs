#![doc = include_str!("../README.md")]

use doorstep_edge::{Answer, Call, Problem, http::Routes};
use serde_json::json;

/// The routes of this function.
#[derive(Debug)]
pub struct Health {
    /// The deployed version.
    pub version: String,
}

impl Routes for Health {
    const OPEN: &'static [&'static str] = &["GET /health"];

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.as_str() {
            "GET /health" => {
                Ok(Answer::json(200, json!({"status": "ok", "version": self.version})))
            }
            _ => Err(Problem::not_found()),
        }
    }
}
