//! Times as people of a shop's country read them.

use doorstep_domain::phone::Region;
use jiff::{Timestamp, tz::TimeZone};

/// Name and present rule of a country's zone (IANA time zone database, 2025; POSIX.1-2017 §8.3).
type Zone = (&'static str, &'static str);

const LONDON: Zone = ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0");
const UTC: Zone = ("UTC", "UTC0");

/// The clock of a shop's country.
pub(crate) struct Clock {
    zone: TimeZone,
    name: &'static str,
}

impl Clock {
    /// The clock of this country, of Britain where a shop tells none; UTC for countries that are
    /// not listed or have several zones.
    pub(crate) fn of(country: Option<Region>) -> Self {
        let (name, rule) = country.map_or(LONDON, |country| zone(country.as_str()));
        Self { zone: TimeZone::posix(rule).unwrap_or(TimeZone::UTC), name }
    }

    /// The zone, as `Europe/London`.
    pub(crate) const fn zone(&self) -> &'static str {
        self.name
    }

    /// A time as HTML, in an order that is the same in all languages.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let here = at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M");
        format!("<time datetime=\"{at}\" dir=\"ltr\">{here}</time>")
    }
}

fn zone(country: &str) -> Zone {
    const CENTRAL: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    match country {
        "GB" => LONDON,
        "IE" => ("Europe/Dublin", "IST-1GMT0,M10.5.0,M3.5.0/1"),
        "AT" => ("Europe/Vienna", CENTRAL),
        "BE" => ("Europe/Brussels", CENTRAL),
        "CH" => ("Europe/Zurich", CENTRAL),
        "DE" => ("Europe/Berlin", CENTRAL),
        "FR" => ("Europe/Paris", CENTRAL),
        "IT" => ("Europe/Rome", CENTRAL),
        "NL" => ("Europe/Amsterdam", CENTRAL),
        "PL" => ("Europe/Warsaw", CENTRAL),
        _ => UTC,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_as_the_shops_country_has_it() {
        let summer: Timestamp = "2027-07-01T11:05:00Z".parse().unwrap();
        let winter: Timestamp = "2027-01-01T11:05:00Z".parse().unwrap();
        for (country, name, in_summer, in_winter) in [
            (None, "Europe/London", "12:05", "11:05"),
            (Some("GB"), "Europe/London", "12:05", "11:05"),
            (Some("IE"), "Europe/Dublin", "12:05", "11:05"),
            (Some("DE"), "Europe/Berlin", "13:05", "12:05"),
            (Some("US"), "UTC", "11:05", "11:05"),
        ] {
            let clock = Clock::of(country.and_then(Region::parse));
            assert_eq!(clock.zone(), name);
            assert!(clock.time(summer).contains(&format!(">2027-07-01 {in_summer}<")), "{name}");
            assert!(clock.time(winter).contains(&format!(">2027-01-01 {in_winter}<")), "{name}");
        }
    }
}
