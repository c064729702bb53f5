#![doc = include_str!("../README.md")]
#![expect(
    clippy::missing_panics_doc,
    reason = "a harness panics when a promise is broken: that is its work"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "it stands outside of Doorstep: it has a clock and an environment"
)]

pub mod aws;
pub mod bucket;
pub mod emulator;
pub mod http;
pub mod leaks;
pub mod process;
pub mod proxy;
pub mod rights;
pub mod runtime;
pub mod shop;
pub mod stack;
pub mod stand_in;
pub mod waiting;
pub mod wire;

pub use http::{Answer, Call, delete, get, patch, post, put};
pub use shop::{Shop, code_in, drama, mobile, wrong};
pub use stack::stack;
pub use waiting::{eventually, unique};
