//! The preference centre over HTTP: what it shows, what a scanner may do, what a post changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod gone;
mod looking;
mod switching;
mod world;
