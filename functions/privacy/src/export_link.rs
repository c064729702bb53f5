//! The link to an export's file: it says which store's keys prove it, and when it ends.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorstep_domain::{Mode, id::StoreId};
use jiff::Timestamp;

/// Store, mode, form, end in seconds, tag.
const LENGTH: usize = 16 + 1 + 1 + 8 + 16;

/// How an export is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For machines.
    Json,
    /// For people.
    Page,
}

impl Form {
    /// Its name, as the proof has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Page => "page",
        }
    }
}

/// What the token of a link says. It does not print itself: it opens a person's data for minutes.
#[derive(PartialEq, Eq)]
pub(crate) struct FileLink {
    pub(crate) scope: (StoreId, Mode),
    pub(crate) form: Form,
    pub(crate) ends_at: Timestamp,
    pub(crate) tag: [u8; 16],
}

impl fmt::Debug for FileLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileLink(…)")
    }
}

impl FileLink {
    /// The token. The one way out: look for its callers when reviewing.
    pub(crate) fn expose(&self) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(self.scope.0.bits().to_be_bytes());
        bytes.push(u8::from(self.scope.1 == Mode::Live));
        bytes.push(u8::from(self.form == Form::Page));
        bytes.extend(self.ends_at.as_second().to_be_bytes());
        bytes.extend(self.tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token; `None` for what was never one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (store, rest) = bytes.split_first_chunk::<16>()?;
        let (kind, rest) = rest.split_first_chunk::<2>()?;
        let (end, tag) = rest.split_first_chunk::<8>()?;
        let mode = if flag(kind[0])? { Mode::Live } else { Mode::Test };
        Some(Self {
            scope: (StoreId::from_bits(u128::from_be_bytes(*store)), mode),
            form: if flag(kind[1])? { Form::Page } else { Form::Json },
            ends_at: Timestamp::from_second(i64::from_be_bytes(*end)).ok()?,
            tag: tag.try_into().ok()?,
        })
    }
}

fn flag(byte: u8) -> Option<bool> {
    match byte {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_link_reads_back(store: u128, live: bool, page: bool, end in 0..4_000_000_000_i64, tag: [u8; 16]) {
            let link = || FileLink {
                scope: (StoreId::from_bits(store), if live { Mode::Live } else { Mode::Test }),
                form: if page { Form::Page } else { Form::Json },
                ends_at: Timestamp::from_second(end).unwrap(),
                tag,
            };
            prop_assert_eq!(FileLink::parse(&link().expose()), Some(link()));
        }

        #[test]
        fn what_was_never_one_is_none(text in "\\PC{0,80}") {
            let read = FileLink::parse(&text);
            prop_assert!(read.is_none_or(|link| link.expose() == text));
        }
    }

    #[test]
    fn it_does_not_print_itself() {
        let link = FileLink::parse(&"A".repeat(56)).unwrap();
        assert_eq!(format!("{link:?}"), "FileLink(…)");
    }
}
