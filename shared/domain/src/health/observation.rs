//! What was seen of one text, as small as a stream attribute.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::{
    carrier::{CarrierName, FailureClass},
    phone::Region,
};

/// Something seen of one text. Texts that a challenge or a limit held back were never handed to a
/// carrier, and have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Who had the text.
    pub carrier: CarrierName,
    /// Where it went.
    pub region: Region,
    /// When it was handed to the carrier, whatever was seen of it later.
    pub sent_at: Timestamp,
    /// What was seen.
    pub what: Seen,
}

/// What can be seen of a text. Silence needs no event: it is a text without a receipt.
///
/// `drawn` says that chance chose this carrier among several, for the first try of a text. Only
/// these count for conversion: under a pin, or after a failover, a carrier has a public of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The carrier took it.
    Accepted {
        /// Whether chance chose the carrier.
        drawn: bool,
    },
    /// The carrier did not take it, or did not say.
    Refused {
        /// Why.
        class: FailureClass,
        /// Whether chance chose the carrier.
        drawn: bool,
    },
    /// It is on the handset.
    Delivered {
        /// Since it was handed to the carrier.
        after: SignedDuration,
    },
    /// The carrier gave up.
    Undelivered {
        /// Why.
        class: FailureClass,
        /// Since it was handed to the carrier.
        after: SignedDuration,
    },
    /// The shopper typed its code. Only of texts whose carrier was drawn.
    Verified {
        /// Since it was handed to the carrier.
        after: SignedDuration,
    },
}

impl FailureClass {
    /// Whether a failure of this class speaks against the carrier.
    ///
    /// The others speak of the shopper's number or handset, of the store's words, or of a defence
    /// that did its work: steering by them would let a stranger choose our carriers.
    #[must_use]
    pub const fn counts_against_carrier(self) -> bool {
        match self {
            Self::Configuration
            | Self::Throttled
            | Self::CarrierDown
            | Self::Unknown
            | Self::MaybeSent => true,
            Self::BadNumber
            | Self::Landline
            | Self::OptedOut
            | Self::Policy
            | Self::HandsetAbsent
            | Self::Content
            | Self::Expired => false,
        }
    }
}

/// Text that is not an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an observation is carrier/region/what, as in `twilio/GB/delivered/3200`")]
pub struct NotAnObservation;

/// The form of the stream attribute, without the time: `eum/GB/accepted`, `eum/GB/accepted/drawn`,
/// `eum/GB/refused/throttled/drawn`, `eum/GB/delivered/3200`, `eum/GB/undelivered/unknown/9000`,
/// `eum/GB/verified/21000`; milliseconds.
impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.carrier.as_str(), self.region.as_str())?;
        let suffix = |drawn| if drawn { "/drawn" } else { "" };
        let millis = |after: SignedDuration| after.as_millis().max(0);
        match self.what {
            Seen::Accepted { drawn } => write!(f, "accepted{}", suffix(drawn)),
            Seen::Refused { class, drawn } => {
                write!(f, "refused/{}{}", class.as_str(), suffix(drawn))
            }
            Seen::Delivered { after } => write!(f, "delivered/{}", millis(after)),
            Seen::Undelivered { class, after } => {
                write!(f, "undelivered/{}/{}", class.as_str(), millis(after))
            }
            Seen::Verified { after } => write!(f, "verified/{}", millis(after)),
        }
    }
}

impl Observation {
    /// Reads the form that `Display` writes, of something that happened at `at`.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str, at: Timestamp) -> Result<Self, NotAnObservation> {
        let mut words = text.splitn(3, '/');
        let mut word = || words.next().ok_or(NotAnObservation);
        let carrier = word()?.parse().map_err(|_| NotAnObservation)?;
        let region = Region::parse(word()?).ok_or(NotAnObservation)?;
        let what = Seen::parse(word()?)?;
        let sent_at = at.checked_sub(what.after()).map_err(|_| NotAnObservation)?;
        Ok(Self { carrier, region, sent_at, what })
    }
}

impl Seen {
    /// How long after the text was handed over it was seen.
    #[must_use]
    pub const fn after(self) -> SignedDuration {
        match self {
            Self::Accepted { .. } | Self::Refused { .. } => SignedDuration::ZERO,
            Self::Delivered { after }
            | Self::Undelivered { after, .. }
            | Self::Verified { after } => after,
        }
    }

    fn parse(text: &str) -> Result<Self, NotAnObservation> {
        let words: Vec<&str> = text.split('/').collect();
        let class = |word: &str| word.parse().map_err(|_| NotAnObservation);
        let after = |word: &str| {
            let millis: u32 = word.parse().map_err(|_| NotAnObservation)?;
            Ok(SignedDuration::from_millis(i64::from(millis)))
        };
        Ok(match words[..] {
            ["accepted"] => Self::Accepted { drawn: false },
            ["accepted", "drawn"] => Self::Accepted { drawn: true },
            ["refused", why] => Self::Refused { class: class(why)?, drawn: false },
            ["refused", why, "drawn"] => Self::Refused { class: class(why)?, drawn: true },
            ["delivered", millis] => Self::Delivered { after: after(millis)? },
            ["undelivered", why, millis] => {
                Self::Undelivered { class: class(why)?, after: after(millis)? }
            }
            ["verified", millis] => Self::Verified { after: after(millis)? },
            _ => return Err(NotAnObservation),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    #[test]
    fn what_speaks_against_a_carrier_and_what_never_does() {
        let counted = FailureClass::ALL.iter().filter(|class| class.counts_against_carrier());
        let counted: Vec<_> = counted.map(|class| class.as_str()).collect();
        assert_eq!(
            counted,
            ["configuration", "throttled", "carrier_down", "unknown", "maybe_sent"]
        );
    }

    #[test]
    fn a_receipt_counts_in_the_second_its_text_was_sent() {
        let seen = Observation::parse("eum/GB/delivered/3200", at()).unwrap();
        assert_eq!(seen.sent_at, at() - SignedDuration::from_millis(3200));
        assert_eq!(seen.what, Seen::Delivered { after: SignedDuration::from_millis(3200) });
    }

    #[test]
    fn what_is_not_an_observation_is_refused() {
        for text in [
            "",
            "eum",
            "eum/GB",
            "eum/gb/accepted",
            "nobody/GB/accepted",
            "eum/GB/accepted/",
            "eum/GB/accepted/lots",
            "eum/GB/refused",
            "eum/GB/refused/bored",
            "eum/GB/delivered/-1",
            "eum/GB/delivered/1.5",
            "eum/GB/delivered/99999999999",
            "eum/GB/verified",
            "eum/GB/silent/1",
        ] {
            assert_eq!(Observation::parse(text, at()), Err(NotAnObservation), "{text}");
        }
    }

    fn any_seen() -> impl Strategy<Value = Seen> {
        let class = || prop::sample::select(FailureClass::ALL);
        let after = || (0..600_000_i64).prop_map(SignedDuration::from_millis);
        prop_oneof![
            any::<bool>().prop_map(|drawn| Seen::Accepted { drawn }),
            (class(), any::<bool>()).prop_map(|(class, drawn)| Seen::Refused { class, drawn }),
            after().prop_map(|after| Seen::Delivered { after }),
            (class(), after()).prop_map(|(class, after)| Seen::Undelivered { class, after }),
            after().prop_map(|after| Seen::Verified { after }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            carrier in prop::sample::select(CarrierName::ALL),
            what in any_seen(),
        ) {
            let seen = Observation { carrier, region: Region::GB, sent_at: at(), what };
            prop_assert_eq!(Observation::parse(&seen.to_string(), at() + what.after()), Ok(seen));
        }

        #[test]
        fn no_text_panics(text in "[a-z/A-Z0-9]{0,40}") {
            let _ = Observation::parse(&text, at());
        }
    }
}
