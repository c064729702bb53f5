#![doc = include_str!("../README.md")]

pub mod access;
pub mod audit;
pub mod batch;
pub mod call;
pub mod config;
mod cors;
pub mod event;
pub mod events;
pub mod front;
pub mod fuse;
mod guard;
pub mod heard;
pub mod html;
pub mod http;
pub mod json;
pub mod jwt;
pub mod limits;
pub mod page;
pub mod problem;
pub mod refusals;
mod replay;
mod reply;
pub mod said;
pub mod scheduled;
pub mod sender;
pub mod sns;
pub mod stream;
mod strict;
pub mod telemetry;
pub mod tour;
pub mod trace;
pub mod views;
pub mod watch;

pub use call::{Answer, Call};
pub use problem::Problem;
