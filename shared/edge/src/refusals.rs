//! What several functions refuse, in the same words.

use doorstep_domain::reach::NotReached;

use crate::problem::Problem;

/// 422: the store may not send to the number that `pointer` names.
#[must_use]
pub fn not_reached(error: NotReached, pointer: &str) -> Problem {
    let code = error.code();
    match error {
        NotReached::Phone(error) => {
            let mut problem = Problem::invalid(pointer, error.to_string());
            (problem.status, problem.code) = (422, code);
            "Correct the phone number.".clone_into(&mut problem.detail);
            problem
        }
        NotReached::Country(region) => {
            let detail = format!(
                "The store does not send to {}. Add it to `allowed_countries` if it should.",
                region.as_str()
            );
            Problem::new(422, code, detail)
        }
        NotReached::NumberType(kind) => {
            let detail = format!(
                "Texts go to mobile numbers only; this one is of type {}. Ask for another number.",
                kind.as_str()
            );
            Problem::new(422, code, detail)
        }
    }
}

/// 409: the store lacks these settings, or a carrier.
#[must_use]
pub fn not_ready(missing: &[&str]) -> Problem {
    let mut detail = format!("The store lacks: {}.", missing.join(", "));
    if missing.contains(&"carrier") {
        detail.push_str(" `PUT /stores/{id}/carriers/{carrier}` gives it one.");
    }
    Problem::new(409, "store_not_ready", detail)
}

/// 422: the idempotency key came with another body before.
#[must_use]
pub fn key_reused() -> Problem {
    let detail = "This Idempotency-Key came with another body before. Use a new key.";
    Problem::new(422, "idempotency_key_reused", detail)
}
