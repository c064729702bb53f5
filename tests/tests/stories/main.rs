//! What shoppers, shops and strangers meet, end to end on the deployed stack.

mod access;
mod bad_numbers;
mod browser;
mod hardening;
mod idempotency;
mod letters;
mod outcomes;
mod region;
mod registration;
mod resend;
mod routes;
mod secrets;
mod stores;
mod strict_json;
mod telemetry;
mod templates;
mod verification;
