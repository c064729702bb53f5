//! A challenge of somebody else's, which tells people from programs.

use std::net::IpAddr;

use super::{Refused, Solution};
use crate::{Fault, ports::Challenges, store::Store};

/// What a solved challenge has to be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What it is bound to: one send of one store.
    pub binding: String,
    /// The hosts on which the store's shoppers solve it.
    pub hosts: Vec<String>,
    /// The shopper's address, if known.
    pub source: Option<IpAddr>,
}

/// Asks whether a token stands for what a refusal asked for. If so, the same command may be given
/// again with the solution; `None` when it does not, or when the refusal asked for nothing.
///
/// # Errors
/// When who should know is out of reach: the proof of work is still good.
pub async fn person(
    challenges: &impl Challenges,
    refused: &Refused,
    token: &str,
    (store, source): (&Store, Option<IpAddr>),
) -> Result<Option<Solution>, Fault> {
    let Refused::Challenge(task) = refused else { return Ok(None) };
    let binding = task.binding.clone();
    let expected = Expected { binding: binding.clone(), hosts: hosts(store), source };
    let solved = challenges.solved(token, &expected).await?;
    Ok(solved.then_some(Solution::Person(binding)))
}

/// The store's domain, and the hosts of its origins.
fn hosts(store: &Store) -> Vec<String> {
    let settings = &store.settings;
    let origins = settings.origins.iter().flatten();
    let hosts = origins.filter_map(|origin| {
        let (_, host) = origin.split_once("://")?;
        host.split([':', '/']).next().map(str::to_owned)
    });
    settings.domain.iter().cloned().chain(hosts).collect()
}
