//! What shoppers read, hear and text back.

pub mod builtin;
pub(crate) mod fold;
pub mod keyword;
pub mod link;
pub mod locale;
pub mod opt_out;
pub mod reply;
pub mod sender;
pub mod spoken;
pub mod webotp;
