//! What a text will cost, before anybody said what it did: an estimate.
//!
//! The yardstick is what Britain's government pays: GOV.UK Notify's £0.0240 for each fragment from
//! 1 April 2026, net of VAT (its published pricing). Other countries cost so many times as much
//! (its published international rates). A deployment's own price list is more exact.

use crate::{money::Money, phone::Region};

/// For one segment to a number in Britain, in pounds.
const BRITAIN: &str = "0.0240";
/// For countries that the table lacks: as much as the dearest that it has.
const ELSEWHERE: i64 = 12;

/// The estimated cost of a text of so many segments to this country.
#[must_use]
pub fn estimate(region: Region, segments: usize) -> Money {
    let one = Money::parse(BRITAIN, "GBP").expect("it is an amount");
    one.times(times(region)).times(i64::try_from(segments).unwrap_or(i64::MAX))
}

/// What is set aside for a call, which lasts a minute at most: four times a text. Nobody publishes
/// one price for calls; this is our guess, on the safe side of a call to a British mobile.
#[must_use]
pub fn estimate_call(region: Region) -> Money {
    estimate(region, 1).times(4)
}

/// Pounds for one unit of what carriers bill in: the deployment's own, and cautious ones. Whoever
/// takes a currency for dearer than it is gives back less of what was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// For a dollar.
    pub usd: Money,
    /// For a euro.
    pub eur: Money,
}

impl Rates {
    /// The price in pounds, rounded up to a billionth; `None` for a currency without a rate.
    #[must_use]
    pub fn pounds(&self, price: Money) -> Option<Money> {
        let price = price.unsigned();
        let rate = match price.currency() {
            "GBP" => return Some(price),
            "USD" => self.usd,
            "EUR" => self.eur,
            _ => return None,
        };
        let product = i128::from(price.nanos()) * i128::from(rate.nanos());
        let nanos = (product + 999_999_999) / 1_000_000_000;
        i64::try_from(nanos).ok().map(Money::pounds)
    }
}

impl Default for Rates {
    /// As the template has them.
    fn default() -> Self {
        Self { usd: Money::pounds(800_000_000), eur: Money::pounds(880_000_000) }
    }
}

/// How many times as much as in Britain.
#[must_use]
pub fn times(region: Region) -> i64 {
    match region.as_str() {
        "GB" | "PL" | "US" | "CA" => 1,
        "GG" | "JE" | "IM" | "FR" | "ES" | "IT" | "IE" | "SE" | "AU" | "IN" => 2,
        "NL" | "AE" => 3,
        "DE" => 5,
        "NG" => 8,
        "BD" => 9,
        "RU" | "KZ" => 10,
        _ => ELSEWHERE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(region: &str, segments: usize) -> String {
        estimate(Region::parse(region).unwrap(), segments).to_string()
    }

    #[test]
    fn prices_become_pounds_at_the_deployments_rates_and_never_less() {
        let pounds = |amount, currency| {
            let price = Money::parse(amount, currency).unwrap();
            Rates::default().pounds(price).map(|pounds| pounds.amount())
        };
        for (amount, currency, told) in [
            ("0.03", "GBP", "0.03"),
            ("0.01181", "USD", "0.009448"),
            ("0.0333", "EUR", "0.029304"),
            ("0.000000001", "USD", "0.000000001"),
            ("-0.0075", "USD", "0.006"),
        ] {
            assert_eq!(pounds(amount, currency).as_deref(), Some(told), "{amount} {currency}");
        }
        assert_eq!(pounds("1", "NGN"), None, "nobody said what a naira is worth");
    }

    #[test]
    fn each_segment_is_paid_for() {
        assert_eq!(cost("GB", 1), "0.024 GBP");
        assert_eq!(cost("GB", 3), "0.072 GBP");
    }

    #[test]
    fn other_countries_cost_more_and_unknown_ones_the_most() {
        assert_eq!((cost("JE", 1), cost("DE", 2)), ("0.048 GBP".into(), "0.24 GBP".into()));
        assert_eq!(cost("PK", 1), cost("TV", 1));
    }
}
