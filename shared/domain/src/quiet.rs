//! Quiet hours: marketing waits for the morning of whoever gets it.
//!
//! No statute names hours for texts in the UK; the trade's code wants none at antisocial times
//! (DMA Code), and 9 to 20 o'clock is what UK senders keep to. Codes, and what a shop has to tell,
//! know no quiet hours.

use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};

use crate::{Mode, consent::TRANSACTIONAL, phone::Region, store::Settings};

/// Between these times of the recipient's day no marketing goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// From this time on, to the minute.
    pub from: Time,
    /// Up to, not including, this time. The same as `from`: there are none.
    pub to: Time,
}

impl QuietHours {
    /// What holds where a store sets nothing, in live mode.
    pub const USUAL: Self =
        Self { from: Time::constant(20, 0, 0, 0), to: Time::constant(9, 0, 0, 0) };

    /// Whether it is quiet at this time of day.
    fn holds(self, time: Time) -> bool {
        if self.from <= self.to {
            self.from <= time && time < self.to
        } else {
            time >= self.from || time < self.to
        }
    }

    /// From when on marketing may go to this country, if not at once: where it has several zones,
    /// when none of them is quiet.
    #[must_use]
    pub fn opens(self, region: Region, at: Timestamp) -> Option<Timestamp> {
        let zones: Vec<TimeZone> = zones(region).split(' ').filter_map(zone).collect();
        let mut due = at;
        // Each round leaves the quiet of one zone; hours that no zone shares end in the last.
        for _ in 0..2 * zones.len() {
            let quiet = zones.iter().find(|zone| self.holds(due.to_zoned((*zone).clone()).time()));
            let Some(zone) = quiet else { break };
            due = self.end(due, zone)?;
        }
        (due > at).then_some(due)
    }

    /// The next time in a zone at which the quiet ends.
    fn end(self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let here = at.to_zoned(zone.clone());
        let day =
            if here.time() < self.to { here.date() } else { here.date().saturating_add(1.day()) };
        Some(day.to_datetime(self.to).to_zoned(zone.clone()).ok()?.timestamp())
    }
}

/// From when on a text for this purpose may go, if not at once. Test mode keeps the hours that a
/// store set, not the usual ones: nobody is woken.
#[must_use]
pub(crate) fn waits(
    (settings, mode): (&Settings, Mode),
    (purpose, region): (&str, Region),
    at: Timestamp,
) -> Option<Timestamp> {
    let usual = (mode == Mode::Live).then_some(QuietHours::USUAL);
    let hours = settings.quiet_hours.or(usual).filter(|_| purpose != TRANSACTIONAL)?;
    hours.opens(region, at)
}

fn zone(rule: &str) -> Option<TimeZone> {
    TimeZone::posix(rule).ok()
}

/// The present rules of a country's zones, as POSIX has them (IANA time zone database, 2025): a
/// text is never for the past. Countries that are not listed keep the hours of the UK.
fn zones(region: Region) -> &'static str {
    const WET: &str = "WET0WEST,M3.5.0/1,M10.5.0";
    const CET: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    const EET: &str = "EET-2EEST,M3.5.0/3,M10.5.0/4";
    match region.as_str() {
        "IE" => "IST-1GMT0,M10.5.0,M3.5.0/1",
        "PT" => WET,
        "AT" | "BE" | "CH" | "CZ" | "DE" | "DK" | "FR" | "HR" | "HU" | "IT" | "LI" | "LU"
        | "MT" | "NL" | "NO" | "PL" | "SE" | "SI" | "SK" | "AL" | "BA" | "ME" | "MK" | "RS"
        | "AD" | "MC" | "SM" | "GI" => CET,
        "ES" => "CET-1CEST,M3.5.0,M10.5.0/3 WET0WEST,M3.5.0/1,M10.5.0",
        "BG" | "CY" | "EE" | "FI" | "GR" | "LT" | "LV" | "RO" | "UA" => EET,
        "IS" => "GMT0",
        "TR" | "SA" => "<+03>-3",
        "AE" => "<+04>-4",
        "IN" => "IST-5:30",
        "SG" | "HK" => "<+08>-8",
        "JP" => "JST-9",
        "ZA" => "SAST-2",
        "NZ" => "NZST-12NZDT,M9.5.0,M4.1.0/3",
        "AU" => "AWST-8 ACST-9:30 AEST-10 AEST-10AEDT,M10.1.0,M4.1.0/3",
        "US" => {
            "EST5EDT,M3.2.0,M11.1.0 CST6CDT,M3.2.0,M11.1.0 MST7MDT,M3.2.0,M11.1.0 MST7 \
                 PST8PDT,M3.2.0,M11.1.0 AKST9AKDT,M3.2.0,M11.1.0 HST10"
        }
        "CA" => {
            "NST3:30NDT,M3.2.0,M11.1.0 AST4ADT,M3.2.0,M11.1.0 EST5EDT,M3.2.0,M11.1.0 CST6 \
                 CST6CDT,M3.2.0,M11.1.0 MST7MDT,M3.2.0,M11.1.0 PST8PDT,M3.2.0,M11.1.0"
        }
        _ => "GMT0BST,M3.5.0/1,M10.5.0",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn region(code: &str) -> Region {
        Region::parse(code).unwrap()
    }

    #[test]
    fn a_text_of_the_evening_waits_for_the_morning_of_whoever_gets_it() {
        for (code, asked, goes) in [
            ("GB", "2026-07-01T12:00:00Z", None),
            ("GB", "2026-07-01T19:00:00Z", Some("2026-07-02T08:00:00Z")),
            ("GB", "2026-12-01T19:59:59Z", None),
            ("GB", "2026-12-01T20:00:00Z", Some("2026-12-02T09:00:00Z")),
            ("GB", "2026-12-01T00:30:00Z", Some("2026-12-01T09:00:00Z")),
            // The clocks go forward in the night of 29 March 2026, and back in that of 25 October.
            ("GB", "2026-03-28T22:00:00Z", Some("2026-03-29T08:00:00Z")),
            ("GB", "2026-10-24T22:00:00Z", Some("2026-10-25T09:00:00Z")),
            ("DE", "2026-12-01T18:59:00Z", None),
            ("DE", "2026-12-01T19:00:00Z", Some("2026-12-02T08:00:00Z")),
            ("IE", "2026-07-01T19:30:00Z", Some("2026-07-02T08:00:00Z")),
            // Nine in Hawaii is three in New York.
            ("US", "2026-01-15T15:00:00Z", Some("2026-01-15T19:00:00Z")),
            ("US", "2026-01-15T20:00:00Z", None),
        ] {
            let opens = QuietHours::USUAL.opens(region(code), asked.parse().unwrap());
            assert_eq!(opens, goes.map(|at| at.parse().unwrap()), "{code} {asked}");
        }
    }

    #[test]
    fn equal_times_are_no_quiet_at_all() {
        let none = QuietHours { from: Time::midnight(), to: Time::midnight() };
        assert_eq!(none.opens(region("GB"), "2026-07-01T02:00:00Z".parse().unwrap()), None);
    }

    #[test]
    fn every_zone_is_well_formed() {
        for code in [
            "IE", "PT", "FR", "ES", "GR", "IS", "TR", "AE", "IN", "SG", "JP", "ZA", "NZ", "AU",
            "US", "CA", "GB",
        ] {
            for rule in zones(region(code)).split(' ').filter(|rule| !rule.is_empty()) {
                assert!(zone(rule).is_some(), "{code} {rule}");
            }
        }
    }

    proptest! {
        /// What waits goes out in no quiet hour, and within a day and a half.
        #[test]
        fn what_waits_is_let_go_in_the_open(second in 1_780_000_000_i64..1_850_000_000, country in 0..4_usize) {
            let region = region(["GB", "ES", "US", "AU"][country]);
            let at = Timestamp::from_second(second).unwrap();
            let due = QuietHours::USUAL.opens(region, at).unwrap_or(at);
            prop_assert_eq!(QuietHours::USUAL.opens(region, due), None);
            prop_assert!(due.duration_since(at).as_hours() < 36);
        }
    }
}
