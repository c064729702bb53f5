//! What shoppers, shops and strangers meet, end to end on the deployed stack.

mod access;
mod audit;
mod bad_numbers;
mod browser;
mod complaints;
mod guessing;
mod hardening;
mod idempotency;
mod letters;
mod limits;
mod links;
mod matrix;
mod outcomes;
mod preferences;
mod region;
mod registration;
mod resend;
mod rotation;
mod routes;
mod secrets;
mod stores;
mod strict_json;
mod sweep;
mod telemetry;
mod templates;
mod verification;
