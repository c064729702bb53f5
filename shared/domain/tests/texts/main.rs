//! What Doorstep promises of the texts that shoppers read.

mod gsm7;
mod webotp;
