#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a fake that cannot go on should stop the test")]
#![expect(clippy::missing_panics_doc, reason = "contract suites panic: that is how they fail")]

pub mod chance;
pub mod clock;
pub mod contract;
pub mod market;
pub mod memory;
pub mod openapi;
pub mod ring;
pub mod sample;
pub mod smsc;
pub mod together;

pub use chance::Seeded;
pub use clock::StillClock;
pub use memory::Memory;
pub use ring::Ring;
pub use smsc::Smsc;
pub use together::together;
