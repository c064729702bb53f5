//! Routing by health: which carrier gets the next text, and why.
//!
//! Every word on a text, whenever it comes, is counted in the five seconds in which the text was
//! handed to the carrier ([`Health::fold`]). So shares are always shares of the same texts, and a
//! silent carrier shows without a timer. [`decide`] then looks at three signs:
//!
//! 1. **Conversion**: codes that shoppers typed, of texts that chance gave to the carrier.
//! 2. **Receipts**: texts that were on the handset within 15 s, of texts accepted.
//! 3. **Errors**: texts that the carrier failed to take.
//!
//! A carrier is only ever compared with the others of the same country in the same seconds, never
//! with a fixed number: whatever strikes all alike (a pumping attack, a dead network, Christmas)
//! moves nothing. And it takes both a difference that matters and enough texts to be sure of it.
//!
//! - *Worse* by 15 points of a share: 10 points of weight less, every 40 s at most.
//! - *Failing* (more than three in four texts, and at least five, in 30 s, by receipts or errors):
//!   its breaker opens at once. After a back-off every tenth text probes it; five good probes close
//!   it at 10 points of weight.
//! - *Recovered*: 10 points back every 40 s, up to its resting weight.
//!
//! [`route`] never drops a carrier, it only orders them: with all of them bad, all are still tried.
//! How soon traffic moves and comes back is promised in `tests/health`.

mod decide;
mod decision;
mod fuse;
mod observation;
mod route;
mod share;
mod state;

pub use decide::decide;
pub use decision::{Compared, Decision, Reason, Sign};
pub use fuse::{FUSED, Fuse};
pub use observation::{NotAnObservation, Observation, Seen};
pub use route::{Pin, Route, route};
pub use share::Share;
pub use state::{Breaker, Counts, Health, RESTING};
