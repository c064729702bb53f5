//! What a refusal says.

use doorstep_domain::{resend::ResendError, signup::State, start::StartError};
use doorstep_edge::Problem;
use jiff::Timestamp;

fn key_reused() -> Problem {
    let detail = "This Idempotency-Key came with another body before. Use a new key.";
    Problem::new(422, "idempotency_key_reused", detail)
}

/// Why no sign-up was started.
pub(crate) fn start(error: StartError) -> Problem {
    match error {
        StartError::Phone(error) => {
            let mut problem = Problem::invalid("/phone", error.to_string());
            (problem.status, problem.code) = (422, "phone_invalid");
            "Correct the phone number.".clone_into(&mut problem.detail);
            problem
        }
        StartError::Country(region) => {
            let detail = format!(
                "The store does not send to {}. Add it to `allowed_countries` if it should.",
                region.as_str()
            );
            Problem::new(422, "country_not_allowed", detail)
        }
        StartError::NumberType(kind) => {
            let detail = format!(
                "Texts go to mobile numbers only; this one is of type {}. Ask for another number.",
                kind.as_str()
            );
            Problem::new(422, "number_type_not_allowed", detail)
        }
        StartError::NotReady(missing) => {
            let detail = format!("The store lacks settings: {}.", missing.join(", "));
            Problem::new(409, "store_not_ready", detail)
        }
        StartError::KeyReused => key_reused(),
        StartError::Fault(fault) => fault.into(),
    }
}

/// Why nothing was sent again.
pub(crate) fn resend(error: ResendError, now: Timestamp) -> Problem {
    match error {
        ResendError::TooSoon(at) => {
            let seconds = at.duration_since(now).as_secs() + 1;
            let detail = "The last text was sent a moment ago. Wait until `resend_after`.";
            Problem::new(429, "resend_too_soon", detail).after(seconds).limited_by("resend_spacing")
        }
        ResendError::Limit => {
            let detail = "This sign-up was resent as often as it may be. Start a new one.";
            Problem::new(429, "resend_limit", detail).after(600).limited_by("resends_per_signup")
        }
        ResendError::Expired => {
            Problem::new(410, "signup_expired", "The code has expired. Start a new sign-up.")
        }
        ResendError::NotPending(State::Locked { .. }) => {
            let detail = "No tries are left for this code. Start a new sign-up.";
            Problem::new(429, "attempts_exhausted", detail).after(600)
        }
        ResendError::NotPending(_) => {
            Problem::new(409, "conflict", "This sign-up is verified already.")
        }
        ResendError::KeyReused => key_reused(),
        ResendError::Conflict => {
            let detail = "Another resend was faster. Repeat the call with the same key.";
            Problem::new(409, "idempotency_in_progress", detail).after(1)
        }
        ResendError::Gone(_) => Problem::not_found(),
        ResendError::Fault(fault) => fault.into(),
    }
}
