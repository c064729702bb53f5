//! What a port says when it is broken.

/// A port could not do its work. It carries no foreign text: only our own words and the stable
/// error code of the service, so that it can be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} ({code})")]
pub struct Fault {
    /// What was being done, in our words.
    pub what: &'static str,
    /// The service's stable error code, such as `ThrottlingException`.
    pub code: String,
}

impl Fault {
    /// A fault with the service's error code.
    pub fn new(what: &'static str, code: impl Into<String>) -> Self {
        Self { what, code: code.into() }
    }

    /// An item that does not hold what it should: `place` names its table and key.
    #[must_use]
    pub fn corrupt(what: &'static str) -> Self {
        Self::new(what, "corrupt")
    }
}
