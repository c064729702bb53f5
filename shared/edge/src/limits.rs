//! What guards refuse, and what is left of limits, in HTTP's words.

use doorstep_domain::guard::{Left, Refused, Rule, bits_of};
use jiff::Timestamp;
use serde_json::json;

use crate::{call::Answer, problem::Problem};

/// The problem that tells why nothing is sent.
#[must_use]
pub fn refused(refused: Refused, now: Timestamp) -> Problem {
    let seconds = |until: Timestamp| until.duration_since(now).as_secs() + 1;
    match refused {
        Refused::Paused(reason) => {
            let detail = format!("Sending is paused: {reason}");
            Problem::new(503, "paused", detail).after(60)
        }
        Refused::Limit(left) => {
            let detail = "Too many sends in a while. `limit` names the limit; wait for \
                          `retry_after_seconds`.";
            let mut problem = Problem::new(429, "rate_limited", detail)
                .after(seconds(left.until))
                .limited_by(left.rule.as_str());
            problem.more.headers.extend(headers(&[left], now));
            problem
        }
        Refused::Budget { name, until } => {
            let detail = "A budget of the store, or of the deployment, is used up. It is raised by \
                          `PUT /budgets`.";
            Problem::new(429, "budget_exhausted", detail).after(seconds(until)).limited_by(name)
        }
        Refused::Challenge(challenge) => {
            let detail = "Solve `challenge` and send the call again with its solution as \
                          `challenge_token`.";
            let mut problem = Problem::new(403, "challenge_required", detail);
            let bits = bits_of(&challenge.work);
            let challenge =
                json!({"type": "proof_of_work", "challenge": challenge.work, "bits": bits});
            problem.more.challenge = Some(challenge);
            problem
        }
        Refused::Blocked => {
            let detail = "This sign-up looks like an attack and was refused. `GET /decisions` says \
                          why; `PUT /allow-list` exempts a number, its range, an address or a session.";
            Problem::new(403, "signup_refused", detail)
        }
        Refused::Busy(until) => {
            let detail = "Texts wait too long to be sent. Nothing was taken: repeat the call with \
                          the same Idempotency-Key.";
            Problem::new(503, "busy", detail).after(seconds(until))
        }
        Refused::Contended => Problem::busy(),
    }
}

/// Fields of draft-ietf-httpapi-ratelimit-headers: one policy and one state for each limit.
#[must_use]
pub fn headers(left: &[Left], now: Timestamp) -> Vec<(&'static str, String)> {
    if left.is_empty() {
        return Vec::new();
    }
    let policy = |left: &Left| {
        let (name, window) = (left.rule.as_str(), left.rule.window().seconds());
        format!("\"{name}\";q={};w={window}", left.quota)
    };
    let state = |left: &Left| {
        let seconds = left.until.duration_since(now).as_secs().max(0);
        format!("\"{}\";r={};t={seconds}", left.rule.as_str(), left.remaining)
    };
    let all = |line: &dyn Fn(&Left) -> String| left.iter().map(line).collect::<Vec<_>>().join(", ");
    vec![("ratelimit-policy", all(&policy)), ("ratelimit", all(&state))]
}

/// The problem with this limit, of which nothing is left until it is worth trying again. Its
/// window is nobody's to know beforehand.
#[must_use]
pub fn none_left(problem: Problem, name: &str, quota: usize) -> Problem {
    let seconds = problem.retry_after.unwrap_or_default();
    let mut problem = problem.limited_by(name);
    problem.more.headers.extend([
        ("ratelimit-policy", format!("\"{name}\";q={quota}")),
        ("ratelimit", format!("\"{name}\";r=0;t={seconds}")),
    ]);
    problem
}

/// The answer, with what is left of the limits. What is left of a number's own limits is nobody's
/// business: it would tell whether its owner signed up elsewhere.
#[must_use]
pub fn limited(mut answer: Answer, mut left: Vec<Left>, now: Timestamp) -> Answer {
    let of_numbers = [Rule::PhoneHour, Rule::PhoneDay, Rule::PrefixHour, Rule::PrefixDay];
    left.retain(|left| !of_numbers.contains(&left.rule));
    answer.headers.extend(headers(&left, now));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_as_the_draft_writes_them() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let until = Timestamp::from_second(1_800_000_050).unwrap();
        let left = |rule: Rule, remaining| Left { rule, quota: rule.usual(), remaining, until };
        let all = headers(&[left(Rule::IpHour, 29), left(Rule::StoreDay, 0)], now);
        insta::assert_snapshot!(all[0].1, @r#""ip_hour";q=30;w=3600, "store_day";q=50000;w=86400"#);
        insta::assert_snapshot!(all[1].1, @r#""ip_hour";r=29;t=50, "store_day";r=0;t=50"#);
        assert_eq!(headers(&[], now), []);
    }

    #[test]
    fn a_limit_without_a_window_has_its_fields_too() {
        let problem = Problem::new(429, "resend_too_soon", "").after(12);
        let problem = none_left(problem, "resend_spacing", 1);
        let fields: Vec<_> = problem.more.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(fields, ["\"resend_spacing\";q=1", "\"resend_spacing\";r=0;t=12"]);
        assert_eq!(problem.more.limit.as_deref(), Some("resend_spacing"));
    }

    #[test]
    fn nobody_learns_from_a_success_how_busy_a_number_is() {
        let now = Timestamp::UNIX_EPOCH;
        let left = |rule| Left { rule, quota: 5, remaining: 4, until: now };
        let all = vec![left(Rule::PhoneHour), left(Rule::KeyHour), left(Rule::PrefixDay)];
        let answer = limited(Answer::empty(), all, now);
        assert_eq!(answer.headers[1].1, "\"key_hour\";r=4;t=0");
    }
}
