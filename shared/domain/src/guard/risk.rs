//! Whether a sign-up looks like an attack that earns by texts: what each rule says, and what
//! follows.

use jiff::Timestamp;

use super::{
    limits::{Effect, Levers, Rule},
    prefix::{self, PrefixRecord, Tag},
    source::{self, SourceRecord},
    traffic::{Tally, Traffic},
};
use crate::{phone::Region, price};

/// From this score on a challenge is asked for.
pub(super) const CHALLENGE: u32 = 40;
/// From this score on nothing is sent.
pub(super) const BLOCK: u32 = 100;
/// What a rule adds that another one may complete: two of them block.
const HALF: u32 = 50;
/// What a busy address adds: shoppers of one carrier share it, so that it never blocks them
/// together with one other rule.
const LESS: u32 = 45;

/// Texts that nobody verified may be so many percent of those that somebody did; a quarter more
/// than usual where a store has shown what is.
///
/// Measured by `make attack`: where 75 % of the shoppers type their code, 36 texts are unverified
/// for each 100 that are, as who gives up asks again first. Authgear's 30 a day and 20 an hour are
/// then against nearly every text; 45 and 35 against one in twelve of a flash sale; 45 for both
/// against none. Where 72 % type it, 45 is against one in three: hence the store's own measure.
const SHARE: u32 = 45;
/// The most that a store can show, or an attacker in its name who has weeks: 65 % typing the code.
const MOST_SHARE: u32 = 76;
/// Unverified texts of an hour that a shop may have that nothing is known of, at Britain's price.
const HOUR_ROOM: u32 = 20;
/// And those of a day: about a pound.
const DAY_ROOM: u32 = 40;
/// Up to so many percent of the line, numbers of ranges that are new or proven go unasked: so an
/// attack on some ranges costs the shoppers of others nothing.
const NEAR: u32 = 130;
/// Sign-ups of one address that may stay unverified, in percent of those that did not: a carrier's
/// gateway has many shoppers, and as many of them as everywhere give up.
const SOURCE_SHARE: u32 = 50;

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
    /// Of a country's texts: room for a shop that begins, less of it where texts cost more, and a
    /// share of what is usual.
    #[must_use]
    pub fn of(traffic: &Traffic, region: Region, at: Timestamp) -> Self {
        let (hour, day, best) = (traffic.last_hour(at), traffic.last_day(at), traffic.best_day(at));
        let times = u32::try_from(price::times(region)).unwrap_or(u32::MAX).max(1);
        let usual = traffic.usual_share(at).unwrap_or_default();
        let percent = (usual.saturating_mul(5) / 4).clamp(SHARE, MOST_SHARE);
        let share = |verified: u32| verified.saturating_mul(percent) / 100;
        Self {
            hour,
            hour_allowed: (HOUR_ROOM / times).max(3) + share(hour.verified.max(best / 6)),
            day,
            day_allowed: (DAY_ROOM / times).max(3) + share(day.verified.max(best)),
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
    /// The number's country, and whether it is the store's own.
    pub place: (Region, bool),
    /// Its prefix, and which of its numbers it is.
    pub prefix: (&'a PrefixRecord, Tag),
    /// Where it comes from, if that is known.
    pub source: Option<&'a SourceRecord>,
    /// The country's texts.
    pub pressure: Pressure,
    /// Rules that were changed.
    pub levers: &'a Levers,
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
        let standing = signals.levers.standing(rule, signals.at);
        let (points, text) = says(signals, rule, standing.value)?;
        Some(Reason { rule, points, effect: standing.effect, text })
    });
    Assessment { reasons: reasons.collect() }
}

fn says(signals: &Signals<'_>, rule: Rule, value: u32) -> Option<(u32, String)> {
    let Signals { place: (region, _), prefix: (prefix, number), source, at, .. } = signals;
    let strangers = |since| prefix.unverified_others(*number, since);
    let day = *at - prefix::DAY;
    match rule {
        Rule::CarrierFraud => {
            let fraud = prefix.fraud.filter(|seen| *seen > *at - prefix::FRAUD)?;
            Some((BLOCK, format!("a carrier called a text to this range fraud at {fraud}")))
        }
        Rule::PrefixConversion => {
            let (unverified, verified) = (strangers(day), prefix.verified(day));
            (unverified >= value && verified * 2 < unverified).then(|| {
                (
                    HALF,
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
            let allowed = value.max(verified.saturating_mul(SOURCE_SHARE) / 100);
            let points = if unverified >= allowed.saturating_mul(3) { BLOCK } else { LESS };
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
        Rule::UnverifiedCountry => country_says(signals, value),
        _ => None,
    }
}

/// What texts to the country that nobody verified say.
fn country_says(signals: &Signals<'_>, value: u32) -> Option<(u32, String)> {
    let Signals { place: (region, home), prefix: (prefix, number), pressure, at, .. } = signals;
    let day = *at - prefix::DAY;
    let strangers = prefix.unverified_others(*number, day);
    let percent = pressure.percent();
    // Far over the line, somebody solves challenges; shoppers still come in between. What
    // nobody ever verified in the number's own range tells them from the attack. Abroad
    // fewer come, and each text costs more.
    let strange = strangers > 0 && prefix.verified(Timestamp::MIN) == 0;
    // Just over the line, only ranges where texts came to nothing are in question.
    let suspect = strangers > prefix.verified(day).saturating_mul(2);
    let near = percent <= value.saturating_mul(NEAR) / 100 && !suspect;
    let far = percent >= value.saturating_mul(2) && strange;
    let lost = percent >= value.saturating_mul(4) && !home;
    let points = if far || lost { BLOCK } else { HALF };
    (percent > value && !near).then(|| {
        let Pressure { hour, hour_allowed, day, day_allowed } = pressure;
        let (hour, day) = (hour.unverified(), day.unverified());
        let country = region.as_str();
        (points, format!("texts to {country} unverified: {hour} in an hour ({hour_allowed} allowed), {day} in a day ({day_allowed} allowed)"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        guard::{Sent, source::Request},
        id::SignupId,
    };

    const NOW: i64 = 1_800_000_000;
    static CALM: Levers = Levers::none();
    /// A number that nothing went to.
    const NOBODY: u64 = u64::MAX;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(NOW + second).unwrap()
    }

    /// A range to which so many texts went a minute ago, of which so many were verified.
    fn range(unverified: u32, verified: u32) -> PrefixRecord {
        let sent = |n: u32| Sent {
            number: n.into(),
            signup: SignupId::derived(u128::from(n) << 8),
            send: 0,
            at: at(-60),
            verified: n < verified,
        };
        PrefixRecord { sent: (0..unverified + verified).map(sent).collect(), fraud: None }
    }

    /// A country with so many percent of the unverified texts that it may have.
    fn country(percent: u32) -> Pressure {
        let day = Tally { sent: percent, verified: 0 };
        Pressure { day, day_allowed: 100, hour_allowed: 100, hour: Tally::default() }
    }

    fn calm(prefix: &PrefixRecord) -> Signals<'_> {
        let (place, prefix) = ((Region::GB, true), (prefix, NOBODY));
        Signals { place, prefix, source: None, pressure: country(0), levers: &CALM, at: at(0) }
    }

    fn outcome(signals: &Signals<'_>) -> Outcome {
        assess(signals).outcome()
    }

    #[test]
    fn nothing_is_said_against_a_shopper_of_a_calm_day() {
        assert_eq!(assess(&calm(&range(2, 0))), Assessment::default());
        assert_eq!(outcome(&calm(&range(3, 2))), Outcome::Allow, "most of a range verify");
    }

    #[test]
    fn a_range_that_nobody_verifies_is_challenged_and_under_an_attack_blocked() {
        let range = range(3, 1);
        let attacked = |percent| Signals { pressure: country(percent), ..calm(&range) };
        let outcomes = [0, 100, 101].map(|percent| outcome(&attacked(percent)));
        assert_eq!(outcomes, [Outcome::Challenge, Outcome::Challenge, Outcome::Block]);
    }

    #[test]
    fn just_over_the_line_only_ranges_where_texts_came_to_nothing_are_in_question() {
        let of = |prefix, percent| outcome(&Signals { pressure: country(percent), ..calm(prefix) });
        let (clean, proven, strange) = (range(0, 0), range(1, 1), range(1, 0));
        assert_eq!([&clean, &proven].map(|prefix| of(prefix, 130)), [Outcome::Allow; 2]);
        assert_eq!([&clean, &proven].map(|prefix| of(prefix, 131)), [Outcome::Challenge; 2]);
        assert_eq!(of(&strange, 101), Outcome::Challenge);
    }

    #[test]
    fn far_over_the_line_a_range_has_to_be_clean_or_proven_and_abroad_nothing_helps() {
        let (clean, proven, strange) = (range(0, 0), range(1, 1), range(1, 0));
        let far = |prefix, percent, home| {
            let place = (Region::GB, home);
            outcome(&Signals { place, pressure: country(percent), ..calm(prefix) })
        };
        assert_eq!(far(&clean, 900, true), Outcome::Challenge);
        assert_eq!(far(&proven, 900, true), Outcome::Challenge);
        assert_eq!(far(&strange, 199, true), Outcome::Challenge);
        assert_eq!(far(&strange, 200, true), Outcome::Block);
        assert_eq!(far(&clean, 399, false), Outcome::Challenge);
        assert_eq!(far(&clean, 400, false), Outcome::Block);
    }

    #[test]
    fn a_carriers_gateway_is_challenged_and_never_blocked_for_one_other_reason() {
        let request = |signup| Request { signup, at: at(-60), region: Region::GB, verified: false };
        let source = |many| SourceRecord { requests: (0..many).map(request).collect() };
        let (calm_range, bad_range) = (range(0, 0), range(3, 0));
        let of = |many, prefix, percent| {
            let source = source(many);
            let signals = Signals { source: Some(&source), ..calm(prefix) };
            outcome(&Signals { pressure: country(percent), ..signals })
        };
        assert_eq!(of(9, &calm_range, 0), Outcome::Allow);
        assert_eq!(of(10, &calm_range, 0), Outcome::Challenge);
        assert_eq!(of(10, &calm_range, 150), Outcome::Challenge);
        assert_eq!(of(10, &bad_range, 0), Outcome::Challenge);
        assert_eq!(of(29, &calm_range, 0), Outcome::Challenge);
        assert_eq!(of(30, &calm_range, 0), Outcome::Block);
    }

    #[test]
    fn a_carriers_word_holds_for_twelve_hours() {
        let called = |second| PrefixRecord { fraud: Some(at(second)), ..range(0, 5) };
        assert_eq!(outcome(&calm(&called(-43_199))), Outcome::Block);
        assert_eq!(outcome(&calm(&called(-43_200))), Outcome::Allow);
    }

    #[test]
    fn a_rule_that_observes_says_what_it_would_have_done_and_does_nothing() {
        for rule in [Rule::CarrierFraud, Rule::PrefixConversion, Rule::UnverifiedCountry] {
            let levers = Levers::observing(rule, at(9));
            let record = PrefixRecord { fraud: Some(at(-1)), ..range(9, 0) };
            let signals = Signals { pressure: country(300), levers: &levers, ..calm(&record) };
            let reasons = assess(&signals).reasons;
            let observed: Vec<_> =
                reasons.iter().filter(|it| it.effect == Effect::Observe).collect();
            assert_eq!(observed.len(), 1);
            assert_eq!(observed[0].rule, rule);
            let (all, enforced) =
                (reasons.iter().map(|it| it.points).sum::<u32>(), assess(&signals).score());
            assert_eq!(all - enforced, observed[0].points);
        }
    }

    #[test]
    fn dear_countries_have_less_room_to_begin_with() {
        let allowed = |region: &str| {
            let region = Region::parse(region).unwrap();
            let pressure = Pressure::of(&Traffic::default(), region, at(0));
            (pressure.hour_allowed, pressure.day_allowed)
        };
        assert_eq!([allowed("GB"), allowed("JE"), allowed("LV")], [(20, 40), (10, 20), (3, 3)]);
    }

    #[test]
    fn a_store_shows_what_is_usual_and_nobody_shows_more_than_the_most() {
        let allowed = |unverified: u32| {
            let mut traffic = Traffic::default();
            for day in (1..=4).rev() {
                let then = at(-86_400 * day);
                traffic.send(100 + unverified, then);
                (0..100).for_each(|_| traffic.verify(then));
            }
            Pressure::of(&traffic, Region::GB, at(0)).day_allowed
        };
        assert_eq!([20, 48, 90].map(allowed), [40 + 45, 40 + 60, 40 + 76]);
    }
}
