//! What a carrier may do to us, played by an SMSC that is not ours: npm `smpp`.

mod alphabets;
mod binding;
mod ids;
mod receiving;
mod sending;
mod smsc;
mod tls;
