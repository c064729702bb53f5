use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Noon, so that the day is the same in UTC and in London.
fn noon(day: Date) -> Timestamp {
    day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

#[test]
fn bank_holidays_are_those_that_the_government_lists() {
    // gov.uk/bank-holidays, England and Wales.
    let listed = [
        (
            2022,
            &[
                (1, 3),
                (4, 15),
                (4, 18),
                (5, 2),
                (6, 2),
                (6, 3),
                (8, 29),
                (9, 19),
                (12, 26),
                (12, 27),
            ][..],
        ),
        (2023, &[(1, 2), (4, 7), (4, 10), (5, 1), (5, 8), (5, 29), (8, 28), (12, 25), (12, 26)]),
        (2024, &[(1, 1), (3, 29), (4, 1), (5, 6), (5, 27), (8, 26), (12, 25), (12, 26)]),
        (2025, &[(1, 1), (4, 18), (4, 21), (5, 5), (5, 26), (8, 25), (12, 25), (12, 26)]),
        (2026, &[(1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)]),
        (2027, &[(1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)]),
        (2028, &[(1, 3), (4, 14), (4, 17), (5, 1), (5, 29), (8, 28), (12, 25), (12, 26)]),
    ];
    for (year, days) in listed {
        let of_year = date(year, 1, 1).series(1.day()).take_while(|day| day.year() == year);
        let found: Vec<_> = of_year
            .filter(|day| is_bank_holiday(*day) && !is_weekend(*day))
            .map(|day| (day.month(), day.day()))
            .collect();
        assert_eq!(found, days, "{year}");
    }
}

#[test]
fn a_right_ends_28_days_after_its_receipt() {
    for (received, last) in [
        ("2026-01-01T12:00:00Z", date(2026, 1, 29)),
        ("2026-01-31T12:00:00Z", date(2026, 2, 28)),
        // February has 28 days, or 29.
        ("2027-02-01T12:00:00Z", date(2027, 3, 1)),
        ("2028-02-01T12:00:00Z", date(2028, 2, 29)),
        ("2026-12-31T12:00:00Z", date(2027, 1, 28)),
    ] {
        assert_eq!(due(at(received), Duty::Access), last, "{received}");
        assert_eq!(due(at(received), Duty::Erasure), last, "{received}");
    }
}

#[test]
fn the_law_gives_a_month_and_the_next_working_day() {
    for (received, last, why) in [
        ("2026-09-03T12:00:00Z", date(2026, 10, 5), "3 October is a Saturday"),
        ("2026-09-30T12:00:00Z", date(2026, 10, 30), "the same date"),
        ("2026-01-31T12:00:00Z", date(2026, 3, 2), "28 February is a Saturday"),
        ("2028-01-31T12:00:00Z", date(2028, 2, 29), "a leap year's last day of February"),
        ("2026-03-31T12:00:00Z", date(2026, 4, 30), "April has no 31st"),
        ("2026-05-31T12:00:00Z", date(2026, 6, 30), "June has no 31st"),
        ("2026-07-31T12:00:00Z", date(2026, 9, 1), "31 August is the summer bank holiday"),
        ("2026-11-25T12:00:00Z", date(2026, 12, 29), "Christmas, a weekend, a substitute day"),
        ("2026-03-03T12:00:00Z", date(2026, 4, 7), "Good Friday to Easter Monday"),
        ("2026-12-01T12:00:00Z", date(2027, 1, 4), "New Year's Day, then a weekend"),
        ("2023-04-08T12:00:00Z", date(2023, 5, 9), "the Coronation"),
    ] {
        assert_eq!(statutory(at(received)), last, "{received}: {why}");
    }
}

#[test]
fn a_complaint_is_acknowledged_within_30_days_of_which_its_receipt_is_the_first() {
    for (received, last) in [
        ("2026-10-01T12:00:00Z", date(2026, 10, 30)),
        ("2026-01-31T12:00:00Z", date(2026, 3, 1)),
        ("2028-01-31T12:00:00Z", date(2028, 2, 29)),
        // A Sunday stays one: the period is in days, and none is added.
        ("2026-06-20T12:00:00Z", date(2026, 7, 19)),
    ] {
        assert_eq!(due(at(received), Duty::Complaint), last, "{received}");
    }
}

#[test]
fn shopify_gives_30_days() {
    assert_eq!(due(at("2026-01-01T12:00:00Z"), Duty::ShopifyRedact), date(2026, 1, 31));
    assert_eq!(due(at("2026-01-31T12:00:00Z"), Duty::ShopifyAccess), date(2026, 3, 2));
}

#[test]
fn a_day_begins_at_londons_midnight() {
    // In summer 23:30 UTC is the next day already.
    assert_eq!(day_of(at("2026-06-30T22:59:59Z")), date(2026, 6, 30));
    assert_eq!(day_of(at("2026-06-30T23:30:00Z")), date(2026, 7, 1));
    assert_eq!(day_of(at("2026-12-31T23:30:00Z")), date(2026, 12, 31));
    // The clocks go forward on 29 March and back on 25 October 2026, at 01:00 UTC.
    assert_eq!(day_of(at("2026-03-28T23:30:00Z")), date(2026, 3, 28));
    assert_eq!(day_of(at("2026-03-29T23:30:00Z")), date(2026, 3, 30));
    assert_eq!(day_of(at("2026-10-24T23:30:00Z")), date(2026, 10, 25));
    assert_eq!(day_of(at("2026-10-25T23:30:00Z")), date(2026, 10, 25));
}

#[test]
fn a_duty_is_told_of_a_week_before_and_late_when_its_last_day_is_over() {
    // Received in summer time, due in winter time.
    let received = at("2026-10-10T12:00:00Z");
    assert_eq!(due(received, Duty::Access), date(2026, 11, 7));
    assert_eq!(warn_at(received, Duty::Access), at("2026-10-31T00:00:00Z"));
    assert_eq!(late_at(received, Duty::Access), at("2026-11-08T00:00:00Z"));
    // And the other way round.
    let received = at("2026-03-10T12:00:00Z");
    assert_eq!(late_at(received, Duty::Access), at("2026-04-07T23:00:00Z"));
}

proptest! {
    #[test]
    fn the_systems_day_is_never_after_the_laws(days in 0..36_600_i32) {
        let received = noon(date(2020, 1, 1).saturating_add(days.days()));
        let law = statutory(received);
        prop_assert!(due(received, Duty::Access) <= law);
        prop_assert!(is_working_day(law));
        prop_assert!(warn_at(received, Duty::Access) < late_at(received, Duty::Access));
    }

    #[test]
    fn no_time_is_too_far(second in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second()) {
        let received = Timestamp::from_second(second).unwrap();
        for duty in Duty::ALL {
            prop_assert!(warn_at(received, *duty) <= late_at(received, *duty));
        }
        prop_assert!(statutory(received) >= day_of(received));
    }
}
