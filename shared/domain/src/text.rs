//! What shoppers read, hear and text back.

pub mod webotp;
