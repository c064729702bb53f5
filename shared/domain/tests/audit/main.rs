//! Nonces, and the chain of the audit log.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod chain;
mod nonce;
mod tampering;

use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, Role},
    audit::{
        Action, AuditEntry, Outcome,
        chain::{Turned, turn},
        verify::{Verdict, verify},
    },
    id::AuditId,
    ports::{Audit, Clock},
    token::PlainKey,
};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use jiff::{SignedDuration, Timestamp};

/// An owner's key; another for each seed.
fn key(seed: u64, mode: Mode) -> ApiKey {
    let plain = PlainKey::random(Kind::Secret, mode, &Seeded::new(seed));
    sample::api_key(&plain, Some(sample::STORE), Role::Owner)
}

fn entry(ports: &Memory, at: Timestamp) -> AuditEntry {
    AuditEntry {
        id: AuditId::random(ports),
        at,
        store: sample::STORE,
        mode: Mode::Live,
        actor: Some(key(1, Mode::Live).id),
        role: Some(Role::Owner),
        action: Action::RouteChange,
        target: Some("GB".to_owned()),
        outcome: Outcome::Done,
        code: None,
        network: None,
        request_id: "request".to_owned(),
        suppressed: 0,
    }
}

/// Writes an entry now, and lets a second pass.
async fn happens(ports: &Memory) -> AuditEntry {
    let entry = entry(ports, ports.now());
    ports.record(&entry).await.unwrap();
    passes(ports, 1);
    entry
}

fn passes(ports: &Memory, seconds: i64) {
    ports.clock.pass(SignedDuration::from_secs(seconds));
}

/// One turn of the job.
async fn turns(ports: &Memory) -> Turned {
    let deadline = ports.now() + SignedDuration::from_secs(50);
    turn(ports, ports, &Ring, ("a turn", deadline)).await.unwrap()
}

async fn verdict(ports: &Memory) -> Verdict {
    verify(ports, ports, &Ring).await.unwrap()
}

/// The kinds of what is wrong, each once.
async fn wrong(ports: &Memory) -> Vec<&'static str> {
    let verdict = verdict(ports).await;
    let mut kinds: Vec<_> = verdict.problems.iter().map(|problem| problem.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.is_empty(), verdict.is_verified());
    kinds
}
