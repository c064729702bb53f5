//! Whether a sign-up looks like an attack that earns by texts: what each rule says, and what
//! follows.

use jiff::Timestamp;

use super::{
    limits::{Effect, Lever, Rule, standing},
    prefix::{self, PrefixRecord},
    source::{self, SourceRecord},
    traffic::{Tally, Traffic},
};
use crate::phone::Region;

/// From this score on a challenge is asked for.
pub(super) const CHALLENGE: u32 = 50;
/// From this score on nothing is sent.
pub(super) const BLOCK: u32 = 100;

/// How many texts of a country nobody verified, and how many may be so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pressure {
    /// The last hour's.
    pub hour: Tally,
    /// Unverified texts that an hour may have.
    pub hour_allowed: u32,
    /// The last 24 hours'.
    pub day: Tally,
    /// Unverified texts that a day may have.
    pub day_allowed: u32,
}

impl Pressure {
    /// Of a country's texts: additive room for a shop that begins, and a share of what is usual.
    #[must_use]
    pub fn of(traffic: &Traffic, at: Timestamp) -> Self {
        let (hour, day, best) = (traffic.last_hour(at), traffic.last_day(at), traffic.best_day(at));
        let share = |verified: u32, percent: u32| verified.saturating_mul(percent) / 100;
        Self {
            hour,
            hour_allowed: 20 + share(hour.verified.max(best / 6), 35),
            day,
            day_allowed: 40 + share(day.verified.max(best), 45),
        }
    }

    /// How full the fuller of both is, in percent.
    #[must_use]
    pub fn percent(&self) -> u32 {
        let full =
            |tally: Tally, allowed: u32| tally.unverified().saturating_mul(100) / allowed.max(1);
        full(self.hour, self.hour_allowed).max(full(self.day, self.day_allowed))
    }

    /// How many texts may go out before somebody has to verify one.
    #[must_use]
    pub fn room(&self) -> u32 {
        let left = |tally: Tally, allowed: u32| allowed.saturating_sub(tally.unverified());
        left(self.hour, self.hour_allowed).min(left(self.day, self.day_allowed))
    }
}

/// What is known when a sign-up is weighed.
#[derive(Debug, Clone, Copy)]
pub struct Signals<'a> {
    /// The number's country.
    pub region: Region,
    /// Its prefix.
    pub prefix: &'a PrefixRecord,
    /// Where it comes from, if that is known.
    pub source: Option<&'a SourceRecord>,
    /// The country's texts.
    pub pressure: Pressure,
    /// Rules that were changed.
    pub levers: &'a [Lever],
    /// Now.
    pub at: Timestamp,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Which rule.
    pub rule: Rule,
    /// How much it adds to the score.
    pub points: u32,
    /// Whether it only observes: then it adds nothing.
    pub effect: Effect,
    /// Why, for people.
    pub text: String,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Send.
    Allow,
    /// Send if a challenge is solved.
    Challenge,
    /// Do not send.
    Block,
}

/// A sign-up, weighed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assessment {
    /// What the rules said that had something to say.
    pub reasons: Vec<Reason>,
}

impl Assessment {
    /// The sum of the points of rules that are enforced.
    #[must_use]
    pub fn score(&self) -> u32 {
        let enforced = self.reasons.iter().filter(|reason| reason.effect == Effect::Enforce);
        enforced.map(|reason| reason.points).sum()
    }

    /// What follows.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.score() {
            score if score >= BLOCK => Outcome::Block,
            score if score >= CHALLENGE => Outcome::Challenge,
            _ => Outcome::Allow,
        }
    }
}

/// Weighs a sign-up.
#[must_use]
pub fn assess(signals: &Signals<'_>) -> Assessment {
    let rules = [
        Rule::CarrierFraud,
        Rule::PrefixConversion,
        Rule::UnverifiedIp,
        Rule::DistinctCountries,
        Rule::UnverifiedCountry,
    ];
    let reasons = rules.into_iter().filter_map(|rule| {
        let standing = standing(signals.levers, rule, signals.at);
        let (points, text) = says(signals, rule, standing.value)?;
        Some(Reason { rule, points, effect: standing.effect, text })
    });
    Assessment { reasons: reasons.collect() }
}

fn says(signals: &Signals<'_>, rule: Rule, value: u32) -> Option<(u32, String)> {
    let Signals { region, prefix, source, pressure, at, .. } = signals;
    let day = *at - prefix::DAY;
    match rule {
        Rule::CarrierFraud => {
            let fraud = prefix.fraud.filter(|seen| *seen > *at - prefix::FRAUD)?;
            Some((BLOCK, format!("a carrier called a text to this range fraud at {fraud}")))
        }
        Rule::PrefixConversion => {
            let (unverified, verified) = (prefix.unverified(day), prefix.verified(day));
            (unverified >= value && verified * 2 < unverified).then(|| {
                (
                    CHALLENGE,
                    format!(
                        "{unverified} texts to this range unverified in a day, {verified} verified"
                    ),
                )
            })
        }
        Rule::UnverifiedIp => {
            let source = source.as_ref()?;
            let since = *at - source::DAY;
            let (unverified, verified) =
                (source.counted(since, false), source.counted(since, true));
            let allowed = value.max(verified * 3 / 10);
            let points = if unverified >= allowed * 2 { BLOCK } else { CHALLENGE };
            (unverified >= allowed).then(|| {
                (points, format!("{unverified} sign-ups of this address unverified in a day, {allowed} allowed"))
            })
        }
        Rule::DistinctCountries => {
            let others = source.as_ref()?.other_countries(*region, *at - source::DAY);
            let most = usize::try_from(value).unwrap_or(usize::MAX);
            (others >= most).then(|| {
                (BLOCK, format!("this address asked for texts to {} countries in a day and verified none of them", others + 1))
            })
        }
        Rule::UnverifiedCountry => {
            let percent = pressure.percent();
            let points = if percent >= value.saturating_mul(2) { BLOCK } else { CHALLENGE };
            (percent > value).then(|| {
                let Pressure { hour, hour_allowed, day, day_allowed } = pressure;
                let (hour, day) = (hour.unverified(), day.unverified());
                let country = region.as_str();
                (points, format!("texts to {country} unverified: {hour} in an hour ({hour_allowed} allowed), {day} in a day ({day_allowed} allowed)"))
            })
        }
        _ => None,
    }
}
