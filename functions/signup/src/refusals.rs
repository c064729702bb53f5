//! What a refusal says.

use doorstep_domain::{
    guard::{Refused, Rule},
    resend::ResendError,
    signup::{RESENDS, State},
    start::StartError,
};
use doorstep_edge::{
    Problem,
    limits::{none_left, refused},
    refusals::{key_reused, not_reached, not_ready},
};
use jiff::Timestamp;
use serde_json::json;

/// What guards refuse. Where the deployment has a widget of Turnstile's, a challenge may be solved
/// there instead.
fn by_guards(why: Refused, now: Timestamp, site_key: Option<&str>) -> Problem {
    let cdata = match &why {
        Refused::Challenge(task) => Some(task.binding.clone()),
        _ => None,
    };
    let mut problem = refused(why, now);
    if let (Some(site_key), Some(cdata), Some(challenge)) =
        (site_key, cdata, problem.more.challenge.as_mut())
    {
        challenge["turnstile"] = json!({"site_key": site_key, "cdata": cdata});
    }
    problem
}

/// Why no sign-up was started.
pub(crate) fn start(error: StartError, now: Timestamp, site_key: Option<&str>) -> Problem {
    match error {
        StartError::NotReached(error) => not_reached(error, "/phone"),
        StartError::NotReady(missing) => not_ready(&missing),
        StartError::ReturnUrl => {
            let detail =
                "must be one of the store's `return_urls`, or lie below one at a `/` or `?`";
            Problem::invalid("/return_url", detail)
        }
        StartError::Purpose(index) => Problem::invalid(
            &format!("/consents/{index}/purpose"),
            "must be one of the `purposes` in the store's settings",
        ),
        StartError::KeyReused => key_reused(),
        StartError::Refused(why) => by_guards(why, now, site_key),
        StartError::Fault(fault) => fault.into(),
    }
}

/// Why nothing was sent again.
pub(crate) fn resend(error: ResendError, now: Timestamp, site_key: Option<&str>) -> Problem {
    match error {
        ResendError::TooSoon(at) => {
            let seconds = at.duration_since(now).as_secs() + 1;
            let detail = "The last text was sent a moment ago. Wait until `resend_after`.";
            let problem = Problem::new(429, "resend_too_soon", detail).after(seconds);
            none_left(problem, "resend_spacing", 1)
        }
        ResendError::Limit => {
            let detail = "This sign-up was resent as often as it may be. Start a new one.";
            let problem = Problem::new(429, "resend_limit", detail).after(600);
            none_left(problem, "resends_per_signup", RESENDS)
        }
        ResendError::Expired => {
            let detail = "The code has expired, or the link was used. Start a new sign-up.";
            Problem::new(410, "signup_expired", detail)
        }
        ResendError::NotPending(State::Locked { .. }) => {
            let detail = "No tries are left for this code. Start a new sign-up.";
            Problem::new(429, "attempts_exhausted", detail).after(600)
        }
        ResendError::NotPending(_) => {
            Problem::new(409, "conflict", "This sign-up is verified already.")
        }
        ResendError::NotSpoken => {
            Problem::invalid("/channel", "must be \"sms\" for a link: nobody could write it down")
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
            let problem = refused(Refused::Limit(left), now);
            Problem { code: "resend_limit", detail: detail.to_owned(), ..problem }
        }
        ResendError::Refused(why) => by_guards(why, now, site_key),
        ResendError::Conflict => {
            let detail = "Another resend was faster. Repeat the call with the same key.";
            Problem::new(409, "idempotency_in_progress", detail).after(1)
        }
        ResendError::Gone(_) => Problem::not_found(),
        ResendError::Fault(fault) => fault.into(),
    }
}
