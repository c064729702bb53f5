//! What shoppers and shops meet when live messages go by carriers: their stand-ins play them.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod accounts;
mod every_carrier;
mod inbound;
mod live;
mod poison;
mod reports;
mod resend;
mod voice;
