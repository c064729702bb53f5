#![doc = include_str!("../README.md")]

pub use doorstep_edge::sender::Sender;
