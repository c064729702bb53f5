//! Money: exact, never a float.

use std::{fmt, str::FromStr};

/// An amount of a currency, in billionths: carriers price a text to eight places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    nanos: i64,
    currency: [u8; 3],
}

/// Text that is not an amount with a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount: up to nine decimals and a currency of three capital letters")]
pub struct NotMoney;

impl Money {
    /// Parses a decimal such as `0.0333` and a currency, ISO 4217, such as `EUR`.
    ///
    /// # Errors
    /// When either is anything else, has more than nine decimals, or is too large.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, NotMoney> {
        let currency: [u8; 3] = currency.as_bytes().try_into().map_err(|_| NotMoney)?;
        let known = currency.iter().all(u8::is_ascii_uppercase);
        let nanos = nanos(amount).filter(|_| known).ok_or(NotMoney)?;
        Ok(Self { nanos, currency })
    }

    /// The same amount without its sign: Twilio's prices are negative.
    #[must_use]
    pub const fn unsigned(self) -> Self {
        Self { nanos: self.nanos.saturating_abs(), ..self }
    }

    /// So many times the amount; the largest there is when that is too much.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self { nanos: self.nanos.saturating_mul(count), ..self }
    }

    /// Both together; `None` for two currencies.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let nanos = self.nanos.checked_add(other.nanos)?;
        (self.currency == other.currency).then_some(Self { nanos, ..self })
    }

    /// Billionths of the currency.
    #[must_use]
    pub const fn nanos(&self) -> i64 {
        self.nanos
    }

    /// So many billionths of a pound.
    #[must_use]
    pub const fn pounds(nanos: i64) -> Self {
        Self { nanos, currency: *b"GBP" }
    }

    /// The amount alone, without needless zeros: `0.0333`.
    #[must_use]
    pub fn amount(&self) -> String {
        let (sign, nanos) = (if self.nanos < 0 { "-" } else { "" }, self.nanos.unsigned_abs());
        let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        let text = format!("{sign}{whole}.{rest:09}");
        let short = text.trim_end_matches('0');
        if short.ends_with('.') { format!("{short}00") } else { short.to_owned() }
    }

    /// The currency, ISO 4217.
    #[must_use]
    pub fn currency(&self) -> &str {
        std::str::from_utf8(&self.currency).unwrap_or_default()
    }
}

fn nanos(amount: &str) -> Option<i64> {
    let (sign, digits) = amount.strip_prefix('-').map_or((1, amount), |rest| (-1, rest));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(rest) || rest.len() > 9 || whole.len() > 9 {
        return None;
    }
    let nanos: i64 = format!("{rest:0<9}").parse().ok()?;
    Some(sign * (whole.parse::<i64>().ok()? * 1_000_000_000 + nanos))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency())
    }
}

impl FromStr for Money {
    type Err = NotMoney;

    /// Reads back what `Display` wrote.
    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let (amount, currency) = text.split_once(' ').ok_or(NotMoney)?;
        Self::parse(amount, currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_carriers_price_is_kept_to_the_last_place() {
        for (amount, shown) in
            [("0.03330000", "0.0333 EUR"), ("-0.00750", "-0.0075 EUR"), ("2", "2.00 EUR")]
        {
            assert_eq!(Money::parse(amount, "EUR").unwrap().to_string(), shown);
        }
        assert_eq!(Money::parse("-0.0075", "USD").unwrap().unsigned().amount(), "0.0075");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for (amount, currency) in [
            ("", "EUR"),
            ("1e3", "EUR"),
            ("1.", "EUR"),
            (".5", "EUR"),
            ("0.1234567891", "EUR"),
            ("1", "eur"),
            ("1", "EURO"),
            ("--1", "EUR"),
            ("9999999999", "EUR"),
            ("+1", "EUR"),
        ] {
            assert_eq!(Money::parse(amount, currency), Err(NotMoney), "{amount} {currency}");
        }
    }

    #[test]
    fn currencies_do_not_add_up() {
        let [pound, euro] = ["GBP", "EUR"].map(|currency| Money::parse("1", currency).unwrap());
        assert_eq!(pound.plus(euro), None);
        assert_eq!(pound.plus(pound), Some(pound.times(2)));
    }

    proptest! {
        #[test]
        fn money_reads_back_what_it_shows(whole in 0_u32..1_000_000, rest in "[0-9]{1,9}") {
            let money = Money::parse(&format!("{whole}.{rest}"), "GBP").unwrap();
            prop_assert_eq!(money.to_string().parse(), Ok(money));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = text.parse::<Money>();
        }
    }
}
