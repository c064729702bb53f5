//! What a refusal says.

use doorstep_domain::{
    guard::{Refused, Rule},
    resend::ResendError,
    signup::State,
    start::StartError,
};
use doorstep_edge::{
    Problem,
    limits::refused,
    refusals::{key_reused, not_reached, not_ready},
};
use jiff::Timestamp;

/// Why no sign-up was started.
pub(crate) fn start(error: StartError, now: Timestamp) -> Problem {
    match error {
        StartError::NotReached(error) => not_reached(error, "/phone"),
        StartError::NotReady(missing) => not_ready(&missing),
        StartError::KeyReused => key_reused(),
        StartError::Refused(why) => refused(why, now),
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
        ResendError::Landline => {
            let detail = "A landline takes no texts. Ask for `channel: \"voice\"`.";
            Problem::new(422, "number_type_not_allowed", detail)
        }
        ResendError::KeyReused => key_reused(),
        ResendError::Refused(Refused::Limit(left))
            if matches!(left.rule, Rule::PhoneHour | Rule::PhoneDay) =>
        {
            let detail = "Too many texts went to this number. Wait for `retry_after_seconds`.";
            let seconds = left.until.duration_since(now).as_secs() + 1;
            let problem = Problem::new(429, "resend_limit", detail).after(seconds);
            problem.limited_by(left.rule.as_str())
        }
        ResendError::Refused(why) => refused(why, now),
        ResendError::Conflict => {
            let detail = "Another resend was faster. Repeat the call with the same key.";
            Problem::new(409, "idempotency_in_progress", detail).after(1)
        }
        ResendError::Gone(_) => Problem::not_found(),
        ResendError::Fault(fault) => fault.into(),
    }
}
