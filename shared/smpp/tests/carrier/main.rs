//! What a carrier may do to us, played by an SMSC that is not ours: npm `smpp`.
#![expect(clippy::unwrap_used, reason = "what cannot go on should stop the test")]

mod alphabets;
mod binding;
mod ids;
mod node;
mod receiving;
mod sending;
mod smsc;
mod tls;

/// Where the SMSC is, from this package.
const SCRIPTS: &str = "tests/smsc";
