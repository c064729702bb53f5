//! Counting a send with its numbers, its address and its session, under their limits.

use jiff::Timestamp;

use super::{
    Refused,
    admit::{Asked, Looked, before, is_exempt},
    limits::{Effect, Left, Levers, Observed, Rule},
    prefix::{self, PrefixRecord, Sent},
    slate::{Replaced, Slate, SlateKey, SlateKind},
    source::{self, Request, SourceRecord, short},
    spend::{Ports, ROUNDS},
};
use crate::{Fault, decisions::Line};

/// Counts the send with its session, its address and its numbers: those last, as all stores share
/// their record, and only what is sent belongs there.
pub(super) async fn note(
    ports: &impl Ports,
    asked: &Asked<'_>,
    looked: Looked,
    after: Option<(usize, i64)>,
) -> Result<Result<Vec<Left>, Refused>, Fault> {
    let add = |kind, bytes: &[u8]| match kind {
        SlateKind::Prefix => with_prefix(asked, after, bytes),
        SlateKind::Session => with_source(asked, &[Rule::SessionHour], bytes),
        _ => with_source(asked, &[Rule::IpHour, Rule::IpDay], bytes),
    };
    let slates: Vec<_> =
        looked.session.into_iter().chain(looked.source).chain([looked.prefix]).collect();
    let mut observed = Vec::new();
    // What one of them refuses is counted by none.
    for (key, slate) in &slates {
        match add(key.kind, &slate.bytes)? {
            Ok(changed) => observed.extend(changed.into_iter().flat_map(|it| it.within.observed)),
            Err(refused) => return Ok(Err(refused)),
        }
    }
    let mut all = Vec::new();
    for (key, slate) in slates {
        let kind = key.kind;
        match change(ports, (key, slate), |bytes| add(kind, bytes)).await? {
            Ok(left) => all.extend(left),
            Err(refused) => return Ok(Err(refused)),
        }
    }
    if !observed.is_empty() {
        ports.log(&Line::of_observed((&asked.spend, Some(asked.signup.0)), &observed)).await?;
    }
    Ok(Ok(all))
}

/// A record after a send.
struct Change {
    bytes: Vec<u8>,
    /// When it may go.
    until: Timestamp,
    within: Within,
}

/// `None` when the send was counted before.
type Changed = Result<Option<Change>, Refused>;

/// Changes a record, again when another was faster.
async fn change(
    ports: &impl Ports,
    (key, mut slate): (SlateKey, Slate),
    add: impl Fn(&[u8]) -> Result<Changed, Fault>,
) -> Result<Result<Vec<Left>, Refused>, Fault> {
    for _ in 0..ROUNDS {
        let Change { bytes, until, within } = match add(&slate.bytes)? {
            Ok(Some(changed)) => changed,
            Ok(None) => return Ok(Ok(Vec::new())),
            Err(refused) => return Ok(Err(refused)),
        };
        match ports.replace(&key, &slate.next(bytes, until), None).await? {
            Replaced::Yes => return Ok(Ok(within.left)),
            Replaced::Conflict(known) => slate = known,
        }
    }
    Ok(Err(Refused::Contended))
}

fn with_prefix(
    asked: &Asked<'_>,
    after: Option<(usize, i64)>,
    bytes: &[u8],
) -> Result<Changed, Fault> {
    let mut record = PrefixRecord::parse(bytes)?;
    let ((signup, send), at) = (asked.signup, asked.spend.at);
    let number = asked.shared.phone_tag(asked.spend.to);
    if record.has(number, asked.signup) {
        return Ok(Ok(None));
    }
    // Another send was faster: the solution was bound to what came before it.
    if after.is_some_and(|after| after != before(asked, &record)) {
        return Ok(Err(Refused::Contended));
    }
    let mut counts = Vec::new();
    for (rule, window) in [(Rule::PhoneHour, prefix::HOUR), (Rule::PhoneDay, prefix::DAY)] {
        let times = record.to_number(number, at - window).map(|sent| sent.at).collect();
        counts.push(Counted { rule, times, window });
    }
    for (rule, window) in [(Rule::PrefixHour, prefix::HOUR), (Rule::PrefixDay, prefix::DAY)] {
        let open = |sent: &&Sent| sent.at > at - window && !sent.verified && sent.number != number;
        let fresh = record.sent.iter().filter(open);
        counts.push(Counted { rule, times: fresh.map(|sent| sent.at).collect(), window });
    }
    let within = match within(asked, &counts) {
        Ok(within) => within,
        Err(refused) => return Ok(Err(refused)),
    };
    record.add(Sent { number, signup, send, at, verified: false });
    Ok(Ok(Some(Change { bytes: record.to_bytes(), until: at + prefix::REMEMBERED, within })))
}

fn with_source(asked: &Asked<'_>, rules: &[Rule], bytes: &[u8]) -> Result<Changed, Fault> {
    let mut record = SourceRecord::parse(bytes)?;
    let ((signup, send), at) = (asked.signup, asked.spend.at);
    if send == 0 && record.has(signup) {
        return Ok(Ok(None));
    }
    let counts: Vec<_> = rules
        .iter()
        .map(|rule| {
            let window = jiff::SignedDuration::from_secs(rule.window().seconds());
            // Many may share an address; who was verified takes nothing from the others.
            let open = record.since(at - window).filter(|request| !request.verified);
            let times = open.map(|request| request.at).collect();
            Counted { rule: *rule, times, window }
        })
        .collect();
    let within = match within(asked, &counts) {
        Ok(within) => within,
        Err(refused) => return Ok(Err(refused)),
    };
    let region = asked.spend.to.region();
    record.add(Request { signup: short(signup), at, region, verified: false });
    Ok(Ok(Some(Change { bytes: record.to_bytes(), until: at + source::DAY, within })))
}

/// Sends of a sliding window, oldest first.
struct Counted {
    rule: Rule,
    times: Vec<Timestamp>,
    window: jiff::SignedDuration,
}

/// A send that no limit refuses.
#[derive(Default)]
struct Within {
    /// What is left of each limit.
    left: Vec<Left>,
    /// Those that would have refused it.
    observed: Vec<Observed>,
}

/// What is left of each limit with this send, or the first that is reached. Who is exempt is not
/// bound by limits of ranges, addresses and sessions; those of a number hold for everybody.
fn within(asked: &Asked<'_>, counts: &[Counted]) -> Result<Within, Refused> {
    let (exempt, levers) = (is_exempt(asked), Levers::of(asked.spend.store, asked.spend.mode));
    let mut all = Within::default();
    for Counted { rule, times, window } in counts {
        let standing = levers.standing(*rule, asked.spend.at);
        let personal = matches!(rule, Rule::PhoneHour | Rule::PhoneDay);
        if exempt && !personal {
            continue;
        }
        let quota = usize::try_from(standing.value).unwrap_or(usize::MAX);
        let reached = times.len() >= quota;
        if standing.effect == Effect::Observe {
            let observed = Observed { rule: *rule, quota: standing.value };
            all.observed.extend(reached.then_some(observed));
            continue;
        }
        // There is room again when the oldest that is one too many leaves the window.
        let oldest = times.len().checked_sub(quota).and_then(|surplus| times.get(surplus));
        let first = oldest.or(times.first()).copied().unwrap_or(asked.spend.at);
        let remaining = u32::try_from(quota.saturating_sub(times.len() + 1)).unwrap_or(u32::MAX);
        let left = Left { rule: *rule, quota: standing.value, remaining, until: first + *window };
        if reached {
            return Err(Refused::Limit(left));
        }
        all.left.push(left);
    }
    Ok(all)
}
