//! What holds for marketing alone.

use doorstep_domain::{cap::FrequencyCap, quiet::QuietHours};
use doorstep_edge::json::Object;
use jiff::civil::Time;
use serde_json::{Value, json};

pub(super) fn quiet_hours(body: &mut Object) -> Option<QuietHours> {
    let mut time = |name| {
        let read = body.parsed(name, "a time of day such as 20:00", time);
        body.require(name, read.is_none());
        read
    };
    let (from, to) = (time("from"), time("to"));
    Some(QuietHours { from: from?, to: to? })
}

pub(super) fn frequency_cap(body: &mut Object) -> Option<FrequencyCap> {
    let mut number = |name, most: u8| {
        let read = body.whole(name, 1..=most.into()).and_then(|n| n.try_into().ok());
        body.require(name, read.is_none());
        read
    };
    let (texts, days) = (number("texts", FrequencyCap::MOST), number("days", 31));
    Some(FrequencyCap { texts: texts?, days: days? })
}

/// Hours and minutes, two digits each.
fn time(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i8>().ok()).flatten()
    };
    Time::new(number(hours)?, number(minutes)?, 0, 0).ok()
}

pub(super) fn quiet_view(hours: QuietHours) -> Value {
    let time = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
    json!({"from": time(hours.from), "to": time(hours.to)})
}

pub(super) fn cap_view(cap: FrequencyCap) -> Value {
    json!({"texts": cap.texts, "days": cap.days})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_four_digits() {
        assert_eq!(time("20:05"), Some(Time::constant(20, 5, 0, 0)));
        for wrong in ["", "20", "8:00", "24:00", "12:60", "-1:00", "12:00:00", "１２:00"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }
}
