//! The record of a decision, which people read.

use std::fmt;

use jiff::Timestamp;

use super::{Breaker, Share};
use crate::{access::names, carrier::CarrierName, phone::Region};

names!(
    /// What a carrier is judged by, in this order.
    Sign {
        /// Whether shoppers typed the codes.
        Conversion = "conversion",
        /// Whether texts were on the handset in time.
        Receipts = "receipts",
        /// Whether the carrier took the texts.
        Errors = "errors",
    }
);

/// A change of a carrier's weight or breaker in one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Of which carrier.
    pub carrier: CarrierName,
    /// In which country.
    pub region: Region,
    /// Points before.
    pub from_weight: u8,
    /// Points after; 0 while the breaker is not closed.
    pub to_weight: u8,
    /// The breaker after.
    pub breaker: Breaker,
    /// Why.
    pub why: Reason,
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// By what.
    pub sign: Sign,
    /// The bad texts of this carrier.
    pub mine: Share,
    /// Those of the other carriers of the country, in the same seconds.
    pub others: Share,
    /// Over how many seconds of sending.
    pub seconds: i64,
}

/// Why something changed. Its `Display` is a sentence with the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Worse than the others: points down.
    Worse(Compared),
    /// Hardly anything works: the breaker opens.
    Failing(Compared),
    /// The back-off is over: probes may go.
    ProbeTime,
    /// The probes failed: open again.
    ProbesFailed(Compared),
    /// The probes went well: closed, with few points.
    ProbesWell(Compared),
    /// No longer worse: points up.
    Recovered(Compared),
    /// Too little traffic to tell, for long: the benefit of the doubt.
    Quiet,
}

impl Reason {
    /// Its stable name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Worse(_) => "worse",
            Self::Failing(_) => "failing",
            Self::ProbeTime => "probe_time",
            Self::ProbesFailed(_) => "probes_failed",
            Self::ProbesWell(_) => "probes_well",
            Self::Recovered(_) => "recovered",
            Self::Quiet => "quiet",
        }
    }
}

impl Compared {
    /// How many percentage points more of this carrier's texts are bad than of the others'.
    #[must_use]
    pub fn excess(&self) -> f64 {
        self.mine.excess(self.others)
    }
}

impl Sign {
    /// What is wrong with the bad texts of a share.
    const fn complaint(self) -> &'static str {
        match self {
            Self::Conversion => "texts brought no verified code",
            Self::Receipts => "texts had no receipt in time",
            Self::Errors => "texts failed",
        }
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sign, mine, others, seconds } = self;
        write!(f, "{mine} {} in {seconds} s; by other carriers {others}", sign.complaint())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worse(compared) | Self::Failing(compared) => compared.fmt(f),
            Self::ProbeTime => f.write_str("the back-off is over: a few texts will try it"),
            Self::ProbesFailed(compared) => write!(f, "tried again: {compared}"),
            Self::ProbesWell(compared) => write!(f, "tried again: only {compared}"),
            Self::Recovered(compared) => write!(f, "only {compared}"),
            Self::Quiet => f.write_str("too few texts to tell for 15 minutes"),
        }
    }
}

/// One line: `twilio in GB from 50 to 0 points, open: 11 of 12 texts failed in 30 s; …`.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { carrier, region, from_weight, to_weight, breaker, why, .. } = self;
        let (carrier, region, state) = (carrier.as_str(), region.as_str(), breaker.as_str());
        write!(f, "{carrier} in {region} from {from_weight} to {to_weight} points, {state}: {why}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_sentence_with_its_numbers() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let why = Reason::Failing(Compared {
            sign: Sign::Errors,
            mine: Share { bad: 11, of: 12 },
            others: Share { bad: 1, of: 20 },
            seconds: 30,
        });
        let decision = Decision {
            at,
            carrier: CarrierName::Eum,
            region: Region::GB,
            from_weight: 50,
            to_weight: 0,
            breaker: Breaker::Open { until: at },
            why,
        };
        assert_eq!(
            decision.to_string(),
            "eum in GB from 50 to 0 points, open: \
             11 of 12 texts failed in 30 s; by other carriers 1 of 20"
        );
    }
}
