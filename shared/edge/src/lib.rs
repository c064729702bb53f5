#![doc = include_str!("../README.md")]

pub mod access;
pub mod batch;
pub mod call;
pub mod config;
mod cors;
pub mod events;
pub mod fuse;
pub mod heard;
pub mod http;
pub mod json;
pub mod limits;
pub mod page;
pub mod problem;
pub mod refusals;
mod replay;
pub mod scheduled;
pub mod sender;
pub mod sns;
pub mod stream;
mod strict;
pub mod telemetry;
pub mod trace;
pub mod views;
pub mod watch;

pub use call::{Answer, Call};
pub use problem::Problem;
