//! What Doorstep promises of the texts that shoppers read, hear and send.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod builtin;
mod check;
mod gsm7;
mod keyword;
mod locale;
mod sender;
mod template;
mod webotp;
