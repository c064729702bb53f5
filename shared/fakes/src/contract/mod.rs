//! What every adapter of a port promises: one suite per port, which the fake and the real adapter
//! must both pass.
//!
//! A suite works on stores that nobody else has, so that it may share its storage with others; it
//! knows nothing of time but what it says itself, and panics where a promise is broken.

mod api_keys;
mod attempts;
mod audit;
mod claims;
mod complaints;
mod confirmations;
mod health;
mod imports;
mod lags;
mod leases;
mod ledger;
mod letters;
mod links;
mod lists;
mod messages;
mod people;
mod phones;
mod preferences;
mod proofs;
mod prover;
mod receipts;
mod registering;
mod replays;
mod rights;
mod scopes;
mod signing;
mod slates;
mod stores;
mod subjects;
mod templates;
mod texted;
mod timers;
mod users;
mod wordings;

use doorstep_domain::{
    Mode,
    carrier::Channel,
    code::CodeSeed,
    guard::Rule,
    keys::DataKeys,
    phone::PhoneNumber,
    seal::KeyVersion,
    signup::{Context, LIFE, RegistrationAttempt, Send, State},
};
use jiff::{SignedDuration, Timestamp};

pub use self::{
    api_keys::api_keys,
    attempts::attempts,
    audit::{audit_log, chain, nonces},
    claims::claims,
    complaints::complaints,
    confirmations::confirmations,
    health::health_book,
    imports::{import_chunks, imports},
    lags::lags,
    leases::leases,
    ledger::ledger,
    links::links,
    messages::messages,
    people::people,
    phones::phones,
    preferences::preference_links,
    proofs::proofs,
    replays::replays,
    rights::rights,
    scopes::scopes,
    signing::signing_keys,
    slates::slates,
    stores::stores,
    subjects::subjects,
    templates::templates,
    texted::texted,
    timers::calls,
    users::users,
    wordings::wordings,
};
use crate::sample;

/// So many milliseconds after midday of 1 January 2127, UTC, and 789 ms: what is written then is not
/// over while anybody runs this.
fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(4_954_478_400_789 + milliseconds).unwrap()
}

/// A version that needs both bytes of its number.
const CODE_VERSION: KeyVersion = KeyVersion(258);

/// A pending sign-up under this idempotency key, with every field filled.
fn attempt(keys: &DataKeys, idempotency_key: &str, created_at: Timestamp) -> RegistrationAttempt {
    let start = sample::start("+447700900123", idempotency_key);
    let phone = PhoneNumber::parse(&start.phone, None, Mode::Test).unwrap();
    let consents = ["marketing", "terms"].map(|purpose| sample::consent(purpose).asked);
    RegistrationAttempt {
        id: keys.signup_id(idempotency_key),
        body: keys.fingerprint("POST /signups", &start.body),
        phone_index: keys.phone_index(&phone),
        external_index: Some(keys.external_index("cust-42")),
        phone,
        customer: start.customer,
        purpose: start.purpose,
        method: start.method,
        return_url: Some("https://shop.example/welcome".to_owned()),
        locale: "cy".to_owned(),
        consents: consents.into(),
        context: context(),
        source: Some(keys.source_index([203, 0, 113, 7].into())),
        reasons: vec![(Rule::UnverifiedCountry, 50)],
        metadata: start.metadata,
        seed: CodeSeed { nonce: *b"0123456789abcdef", version: CODE_VERSION },
        started_by: start.started_by,
        route: vec![sandbox(), sandbox_2()],
        drawn: true,
        sends: vec![Send { at: created_at, request: None, channel: Channel::Sms }],
        created_at,
        expires_at: created_at + LIFE,
        state: State::Pending,
        tried: None,
        trace: start.trace,
    }
}

fn context() -> Context {
    let some = |text: &str| Some(text.to_owned());
    Context {
        ip_network: some("192.0.2.0/24"),
        page_url: some("https://shop.example/join"),
        session_id: some("session-1"),
        device: some("phone"),
        region: some("north"),
    }
}

const fn sandbox() -> doorstep_domain::carrier::CarrierName {
    doorstep_domain::carrier::CarrierName::Sandbox
}

const fn sandbox_2() -> doorstep_domain::carrier::CarrierName {
    doorstep_domain::carrier::CarrierName::Sandbox2
}

const fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}
