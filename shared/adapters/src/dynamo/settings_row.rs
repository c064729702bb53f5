//! How a store's settings are stored.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_domain::{
    Fault,
    cap::FrequencyCap,
    guard::{Budget, Effect, Exempt, Lever, Pause, Subject, Window},
    health::Pin,
    money::Money,
    phone::Region,
    quiet::QuietHours,
    retention::Retention,
    store::Settings,
};
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::item::{parse, time};

const CORRUPT: &str = "a store's settings in `state`";

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SettingsRow {
    name: Option<String>,
    domain: Option<String>,
    origins: Option<Vec<String>>,
    return_urls: Option<Vec<String>>,
    locale: Option<String>,
    country: Option<String>,
    allowed_countries: Option<Vec<String>>,
    sender_id: Option<String>,
    inbound_number: Option<String>,
    otp_template: Option<String>,
    welcome_template: Option<String>,
    #[serde(default)]
    busy_after_seconds: Option<u16>,
    voice_after_seconds: Option<u16>,
    purposes: Option<Vec<String>>,
    wordings: Option<Vec<(String, String)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    controllers: Option<Vec<String>>,
    /// In minutes of the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet_hours: Option<(i16, i16)>,
    /// Texts and days.
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_cap: Option<(u8, u8)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pins: Option<BTreeMap<String, PinRow>>,
    levers: Option<Vec<LeverRow>>,
    pauses: Option<Vec<PauseRow>>,
    exempt: Option<Vec<ExemptRow>>,
    budgets: Option<Vec<BudgetRow>>,
    help_url: Option<String>,
    privacy_url: Option<String>,
    tags: Option<Vec<(String, String)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention: Option<RetentionRow>,
}

/// Days of sign-ups, messages, complaints.
#[derive(Serialize, Deserialize)]
struct RetentionRow(Option<u16>, Option<u16>, Option<u16>);

#[derive(Serialize, Deserialize)]
struct PinRow {
    carriers: Vec<String>,
    until: i64,
    #[serde(default)]
    since: i64,
}

#[derive(Serialize, Deserialize)]
struct LeverRow {
    scope: String,
    rule: String,
    value: Option<u32>,
    effect: String,
    from: Option<i64>,
    until: i64,
}

#[derive(Serialize, Deserialize)]
struct PauseRow {
    scope: String,
    reason: String,
    since: i64,
}

#[derive(Serialize, Deserialize)]
struct ExemptRow {
    scope: String,
    kind: String,
    index: String,
    label: String,
    reason: String,
    until: i64,
}

/// Mode, subject, window, amount in pounds.
#[derive(Serialize, Deserialize)]
struct BudgetRow(String, String, String, String);

pub(super) fn settings_row(own: &Settings) -> SettingsRow {
    let own = own.clone();
    let name = |region: &Region| region.as_str().to_owned();
    SettingsRow {
        name: own.name,
        domain: own.domain,
        origins: own.origins,
        return_urls: own.return_urls,
        locale: own.locale,
        country: own.country.as_ref().map(name),
        allowed_countries: own.allowed_countries.map(|all| all.iter().map(name).collect()),
        sender_id: own.sender_id,
        inbound_number: own.inbound_number,
        otp_template: own.otp_template,
        welcome_template: own.welcome_template,
        busy_after_seconds: own.busy_after_seconds,
        voice_after_seconds: own.voice_after_seconds,
        purposes: own.purposes,
        wordings: own.wordings,
        controllers: own.controllers,
        quiet_hours: own.quiet_hours.map(|hours| (minutes(hours.from), minutes(hours.to))),
        frequency_cap: own.frequency_cap.map(|cap| (cap.texts, cap.days)),
        pins: own.pins.map(|pins| pins.iter().map(pin_row).collect()),
        levers: own.levers.map(|all| all.iter().map(lever_row).collect()),
        pauses: own.pauses.map(|all| all.into_iter().map(pause_row).collect()),
        exempt: own.exempt.map(|all| all.into_iter().map(exempt_row).collect()),
        budgets: own.budgets.map(|all| all.iter().map(budget_row).collect()),
        help_url: own.help_url,
        privacy_url: own.privacy_url,
        tags: own.tags,
        retention: own
            .retention
            .map(|days| RetentionRow(days.signups_days, days.messages_days, days.complaints_days)),
    }
}

fn minutes(time: Time) -> i16 {
    i16::from(time.hour()) * 60 + i16::from(time.minute())
}

fn quiet_hours((from, to): (i16, i16)) -> Result<QuietHours, Fault> {
    let time = |minutes: i16| {
        let part = |n: i16| i8::try_from(n).map_err(|_| Fault::corrupt(CORRUPT));
        let (hours, minutes) = (part(minutes / 60)?, part(minutes % 60)?);
        Time::new(hours, minutes, 0, 0).map_err(|_| Fault::corrupt(CORRUPT))
    };
    Ok(QuietHours { from: time(from)?, to: time(to)? })
}

pub(super) fn settings(row: SettingsRow) -> Result<Settings, Fault> {
    let region = |name: &String| Region::parse(name).ok_or_else(|| Fault::corrupt(CORRUPT));
    let regions = |all: Vec<String>| all.iter().map(region).collect::<Result<BTreeSet<_>, _>>();
    Ok(Settings {
        name: row.name,
        domain: row.domain,
        origins: row.origins,
        return_urls: row.return_urls,
        locale: row.locale,
        country: row.country.as_ref().map(region).transpose()?,
        allowed_countries: row.allowed_countries.map(regions).transpose()?,
        sender_id: row.sender_id,
        inbound_number: row.inbound_number,
        otp_template: row.otp_template,
        welcome_template: row.welcome_template,
        busy_after_seconds: row.busy_after_seconds,
        voice_after_seconds: row.voice_after_seconds,
        purposes: row.purposes,
        wordings: row.wordings,
        controllers: row.controllers,
        quiet_hours: row.quiet_hours.map(quiet_hours).transpose()?,
        frequency_cap: row.frequency_cap.map(|(texts, days)| FrequencyCap { texts, days }),
        pins: row.pins.map(|pins| pins.into_iter().map(pin).collect()).transpose()?,
        levers: row.levers.map(|all| all.iter().map(lever).collect()).transpose()?,
        pauses: row.pauses.map(|all| all.into_iter().map(pause).collect()).transpose()?,
        exempt: row.exempt.map(|all| all.into_iter().map(exempt).collect()).transpose()?,
        budgets: row.budgets.map(|all| all.into_iter().map(budget).collect()).transpose()?,
        help_url: row.help_url,
        privacy_url: row.privacy_url,
        tags: row.tags,
        retention: row.retention.map(|RetentionRow(signups, messages, complaints)| Retention {
            signups_days: signups,
            messages_days: messages,
            complaints_days: complaints,
        }),
    })
}

fn pin_row((region, pin): (&Region, &Pin)) -> (String, PinRow) {
    let carriers = pin.carriers.iter().map(|carrier| carrier.as_str().to_owned()).collect();
    let (until, since) = (pin.until.as_millisecond(), pin.since.as_millisecond());
    (region.as_str().to_owned(), PinRow { carriers, until, since })
}

fn pin((region, row): (String, PinRow)) -> Result<(Region, Pin), Fault> {
    let region = Region::parse(&region).ok_or_else(|| Fault::corrupt(CORRUPT))?;
    let carriers = row.carriers.iter().map(|name| parse(name, CORRUPT));
    let carriers = carriers.collect::<Result<_, _>>()?;
    Ok((region, Pin { carriers, until: time(row.until)?, since: time(row.since)? }))
}

fn lever_row(lever: &Lever) -> LeverRow {
    LeverRow {
        scope: lever.scope.to_string(),
        rule: lever.rule.as_str().to_owned(),
        value: lever.value,
        effect: lever.effect.as_str().to_owned(),
        from: lever.from.map(jiff::Timestamp::as_millisecond),
        until: lever.until.as_millisecond(),
    }
}

fn lever(row: &LeverRow) -> Result<Lever, Fault> {
    Ok(Lever {
        scope: parse(&row.scope, CORRUPT)?,
        rule: parse(&row.rule, CORRUPT)?,
        value: row.value,
        effect: Effect::parse(&row.effect).ok_or_else(|| Fault::corrupt(CORRUPT))?,
        from: row.from.map(time).transpose()?,
        until: time(row.until)?,
    })
}

fn pause_row(Pause { scope, reason, since }: Pause) -> PauseRow {
    PauseRow { scope: scope.to_string(), reason, since: since.as_millisecond() }
}

fn pause(PauseRow { scope, reason, since }: PauseRow) -> Result<Pause, Fault> {
    Ok(Pause { scope: parse(&scope, CORRUPT)?, reason, since: time(since)? })
}

fn exempt_row(Exempt { scope, kind, index, label, reason, until }: Exempt) -> ExemptRow {
    let scope = scope.to_string();
    ExemptRow { scope, kind, index, label, reason, until: until.as_millisecond() }
}

fn exempt(row: ExemptRow) -> Result<Exempt, Fault> {
    let ExemptRow { scope, kind, index, label, reason, until } = row;
    Ok(Exempt { scope: parse(&scope, CORRUPT)?, kind, index, label, reason, until: time(until)? })
}

fn budget_row(budget: &Budget) -> BudgetRow {
    BudgetRow(
        budget.scope.to_string(),
        budget.subject.counter(),
        budget.window.as_str().to_owned(),
        budget.amount.amount(),
    )
}

fn budget(BudgetRow(scope, subject, window, amount): BudgetRow) -> Result<Budget, Fault> {
    let corrupt = || Fault::corrupt(CORRUPT);
    Ok(Budget {
        scope: parse(&scope, CORRUPT)?,
        subject: Subject::parse(&subject).ok_or_else(corrupt)?,
        window: Window::parse(&window).ok_or_else(corrupt)?,
        amount: Money::parse(&amount, "GBP").map_err(|_| corrupt())?,
    })
}
