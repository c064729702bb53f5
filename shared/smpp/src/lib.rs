#![doc = include_str!("../README.md")]

mod account;
mod alphabet;
mod deliver;
mod dial;
mod frame;
mod guarded;
mod ids;
mod link;
mod pace;
mod parts;
mod receipt;
mod receiver;
mod settings;
mod source;
mod status;
mod submit;
mod transmitter;
mod warm;

pub use alphabet::Alphabet;
pub use deliver::{Delivery, Inbound};
pub use dial::{Dial, Direct};
pub use guarded::Guarded;
pub use ids::{Base, IdBase};
pub use receipt::Receipt;
pub use receiver::{Drained, Ended, Receiver};
pub use settings::{Endpoint, LongMessage, Password, Roots, Settings, SettingsError, Timeouts};
pub use source::Source;
pub use status::class;
pub use submit::Submit;
pub use transmitter::Transmitter;
