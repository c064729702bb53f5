//! What Doorstep promises of the texts that shoppers read, hear and send.

mod builtin;
mod check;
mod gsm7;
mod keyword;
mod locale;
mod sender;
mod template;
mod webotp;
