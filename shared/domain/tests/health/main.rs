//! What routing by health promises, played in simulated time with seeded chance.
#![expect(clippy::unwrap_used, reason = "a simulation that cannot go on should stop")]

mod dead;
mod noise;
mod pumping;
mod world;
