//! What Doorstep promises to shops and shoppers, told with storage in memory.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod aftermath;
mod anything;
mod at_once;
mod books;
mod carriers;
mod come_back;
mod deliver;
mod erasure;
mod fraud;
mod imports;
mod inbound;
mod letters;
mod limits;
mod links;
mod links_at_once;
mod marketing;
mod own_texts;
mod person;
mod prepaid;
mod read;
mod resend;
mod routes;
mod shop;
mod start;
mod timers;
mod told;
mod verify;
mod webhook;
mod withdrawal;
