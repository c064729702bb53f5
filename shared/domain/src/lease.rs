//! Leave to be the only one for a while, such as the one receiver that a carrier's contract allows.

use jiff::Timestamp;

/// A wish to be the only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// For what, such as `smpp`: the same in the whole deployment.
    pub name: String,
    /// Who: no other has this name, such as an invocation's id.
    pub owner: String,
    /// Now.
    pub at: Timestamp,
    /// When it ends if it is not renewed.
    pub until: Timestamp,
}
