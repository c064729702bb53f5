//! Turnstile, beside the proof of work.

use std::net::IpAddr;

use doorstep_domain::{
    guard::{Refused, Solution, is_work, person},
    ports::Challenges,
    store::Store,
};
use doorstep_edge::telemetry;

use crate::Signup;

/// Who tells people from programs.
pub struct People<C> {
    /// What browsers show the widget by.
    pub site_key: String,
    /// Who knows what a token is worth.
    pub asks: C,
}

impl<P, K, C: Challenges> Signup<P, K, C> {
    pub(crate) fn site_key(&self) -> Option<&str> {
        Some(&self.people.as_ref()?.site_key)
    }

    /// What a refused call may be repeated with, if its token stands for what was refused. When
    /// nobody can be asked, it does not: the proof of work is still good.
    pub(crate) async fn person(
        &self,
        refused: &Refused,
        token: Option<&Solution>,
        asked: (&Store, Option<IpAddr>),
    ) -> Option<Solution> {
        let people = self.people.as_ref()?;
        let Some(Solution::Work(token)) = token else { return None };
        if is_work(token) {
            return None;
        }
        person(&people.asks, refused, token, asked).await.unwrap_or_else(|fault| {
            telemetry::nobody_to_ask(&fault);
            None
        })
    }
}
