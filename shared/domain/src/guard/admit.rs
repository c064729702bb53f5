//! Whether a code may be sent to a number: once more in a sign-up, or in a new one.

use std::net::IpAddr;

use super::{
    Refused,
    challenge::{Binding, Solution},
    count::note,
    limits::{Left, Levers, Rule},
    pool::Pool,
    prefix::{self, PrefixRecord, Sent},
    risk::{self, Assessment, Outcome, Signals},
    slate::{Slate, SlateKey, SlateKind},
    source::{SourceRecord, short},
    spend::{Ports, Spend, spend},
};
use crate::{
    Fault, Mode,
    decisions::Line,
    id::SignupId,
    keys::{DataKeys, SourceIndex},
    phone::Region,
    signup::RegistrationAttempt,
};

/// Who asks for a code.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The send.
    pub spend: Spend<'a>,
    /// The store's keys.
    pub keys: &'a DataKeys,
    /// Keys for what is counted over all stores: the deployment's; in test mode the store's own.
    pub shared: &'a DataKeys,
    /// The sign-up, and which of its hand-overs.
    pub signup: (SignupId, u8),
    /// The shopper's address, if known.
    pub source: Option<IpAddr>,
    /// The shop's session, if known.
    pub session: Option<&'a str>,
    /// What the shopper's browser solved, if anything.
    pub solution: Option<&'a Solution>,
}

/// What has to be looked at, as it was.
#[derive(Debug)]
pub struct Looked {
    /// The sign-up, if it is there.
    pub attempt: Option<RegistrationAttempt>,
    pub(super) prefix: (SlateKey, Slate),
    pub(super) source: Option<(SlateKey, Slate)>,
    pub(super) session: Option<(SlateKey, Slate)>,
}

/// Records to look at.
#[derive(Debug)]
pub struct Question(Vec<SlateKey>);

/// A code that may be sent.
#[derive(Debug, Default)]
pub struct Admitted {
    /// What the rules said.
    pub assessment: Assessment,
    /// What is left of the limits.
    pub left: Vec<Left>,
}

/// What has to be looked at for these numbers, address and session.
#[must_use]
pub fn question(asked: &Asked<'_>) -> Question {
    let key = |keys: &DataKeys, kind, id| SlateKey { scope: keys.scope(), kind, id };
    let prefix = asked.shared.prefix_index(asked.spend.to).as_text();
    let mut wanted = vec![key(asked.shared, SlateKind::Prefix, prefix)];
    let source = asked.source.map(|ip| asked.keys.source_index(ip).as_text());
    wanted.extend(source.map(|id| key(asked.keys, SlateKind::Source, id)));
    let session = asked.session.map(|session| asked.keys.session_index(session).as_text());
    wanted.extend(session.map(|id| key(asked.keys, SlateKind::Session, id)));
    Question(wanted)
}

impl Question {
    /// Looks, in one call, with the sign-up too.
    ///
    /// # Errors
    /// When the port is broken.
    pub async fn look(
        self,
        ports: &impl Ports,
        signup: Option<(&DataKeys, SignupId)>,
    ) -> Result<Looked, Fault> {
        let (attempt, slates) = ports.look(signup, &self.0).await?;
        let mut all: Vec<_> = self.0.into_iter().zip(slates).collect();
        let mut take = |kind| {
            let place = all.iter().position(|(key, _)| key.kind == kind)?;
            Some(all.swap_remove(place))
        };
        let prefix = take(SlateKind::Prefix).ok_or_else(super::pack::corrupt)?;
        Ok(Looked {
            attempt,
            prefix,
            source: take(SlateKind::Source),
            session: take(SlateKind::Session),
        })
    }
}

/// Counts the send everywhere, or says why it is not made. The same hand-over may ask again.
///
/// # Errors
/// When a port is broken: then nothing may be sent.
pub async fn admit(
    ports: &impl Ports,
    pool: &Pool,
    asked: &Asked<'_>,
    looked: Looked,
) -> Result<Result<Admitted, Refused>, Fault> {
    let grant = match spend(ports, pool, &asked.spend).await? {
        Ok(grant) => grant,
        Err(refused) => return Ok(Err(refused)),
    };
    let weighed = weigh(asked, &looked, grant.pressure)?;
    record(ports, asked, &weighed).await?;
    let noted = match weighed.refused {
        Some(refused) => Err(refused),
        None => note(ports, asked, looked, weighed.after).await?,
    };
    Ok(match noted {
        Ok(mut left) => {
            left.extend(grant.left);
            Ok(Admitted { assessment: weighed.assessment, left })
        }
        Err(refused) => {
            grant.give_back(pool);
            Err(refused)
        }
    })
}

struct Weighed {
    assessment: Assessment,
    refused: Option<Refused>,
    /// After which sends to the number this one comes, if a solution is bound to that.
    after: Option<(usize, i64)>,
}

/// What the rules of risk say, unless the number, its range, address or session is exempt.
fn weigh(asked: &Asked<'_>, looked: &Looked, pressure: risk::Pressure) -> Result<Weighed, Fault> {
    let prefix = PrefixRecord::parse(&looked.prefix.1.bytes)?;
    let source = looked.source.as_ref().map(|(_, slate)| without(asked, &slate.bytes));
    let source = source.transpose()?;
    let (at, levers) = (asked.spend.at, Levers::of(asked.spend.store, asked.spend.mode));
    if is_exempt(asked) {
        return Ok(Weighed { assessment: Assessment::default(), refused: None, after: None });
    }
    let region = asked.spend.to.region();
    let home = region == asked.spend.store.settings.country.unwrap_or(Region::GB);
    let (place, source) = ((region, home), source.as_ref());
    let of = (&prefix, asked.shared.phone_tag(asked.spend.to));
    let signals = Signals { place, prefix: of, source, pressure, levers: &levers, at };
    let assessment = risk::assess(&signals);
    let before = before(asked, &prefix);
    let bits = levers.standing(Rule::ProofOfWork, at).value;
    let binding = Binding { keys: asked.keys, phone: asked.spend.to, before, bits };
    let solved = asked.solution.is_some_and(|solution| binding.is_done(solution, at));
    let refused = match assessment.outcome() {
        Outcome::Block => Some(Refused::Blocked),
        Outcome::Challenge if !solved => Some(Refused::Challenge(binding.task(at))),
        Outcome::Challenge | Outcome::Allow => None,
    };
    let after = (assessment.outcome() == Outcome::Challenge).then_some(before);
    Ok(Weighed { assessment, refused, after })
}

/// What is known of the address but for this sign-up: one that comes again is weighed as it was.
fn without(asked: &Asked<'_>, bytes: &[u8]) -> Result<SourceRecord, Fault> {
    let mut source = SourceRecord::parse(bytes)?;
    let (signup, send) = asked.signup;
    source.requests.retain(|known| send > 0 || known.signup != short(signup));
    Ok(source)
}

/// How many other texts went to the number in a day, and when the newest did.
pub(super) fn before(asked: &Asked<'_>, prefix: &PrefixRecord) -> (usize, i64) {
    let tag = asked.shared.phone_tag(asked.spend.to);
    let others = |sent: &&Sent| (sent.signup, sent.send) != asked.signup;
    let sent = prefix.to_number(tag, asked.spend.at - prefix::DAY).filter(others);
    sent.fold((0, 0), |(sends, _), sent| (sends + 1, sent.at.as_second()))
}

/// What a person should be able to read later.
async fn record(ports: &impl Ports, asked: &Asked<'_>, weighed: &Weighed) -> Result<(), Fault> {
    let reasons = &weighed.assessment.reasons;
    if reasons.is_empty() {
        return Ok(());
    }
    let outcome = match (&weighed.refused, weighed.assessment.outcome()) {
        (Some(Refused::Challenge(_)), _) => "challenge",
        (Some(_), _) => "block",
        (None, Outcome::Challenge) => "solved",
        (None, _) => "observe",
    };
    ports.log(&Line::of_risk((&asked.spend, asked.signup.0), outcome, &weighed.assessment)).await
}

pub(super) fn is_exempt(asked: &Asked<'_>) -> bool {
    let Some(exempt) = &asked.spend.store.settings.exempt else { return false };
    let keys = asked.keys;
    let is = |kind: &str, index: Option<String>| {
        let named = |known: &&super::Exempt| {
            let ours = known.scope == asked.spend.mode && known.kind == kind;
            ours && asked.spend.at < known.until
        };
        index.is_some_and(|index| exempt.iter().filter(named).any(|known| known.index == index))
    };
    let of = |index: SourceIndex| index.as_text();
    is("phone", Some(keys.phone_index(asked.spend.to).as_text()))
        || is("prefix", Some(keys.prefix_index(asked.spend.to).as_text()))
        || is("ip", asked.source.map(|ip| of(keys.source_index(ip))))
        || is("session", asked.session.map(|session| of(keys.session_index(session))))
}

/// The sign-ups that live texts went to this number for, newest first: of all stores.
///
/// # Errors
/// When the port is broken.
pub async fn signups_of(
    ports: &impl crate::ports::Slates,
    shared: &DataKeys,
    phone: &crate::phone::PhoneNumber,
) -> Result<Vec<SignupId>, Fault> {
    let id = shared.prefix_index(phone).as_text();
    let key = SlateKey { scope: shared.scope(), kind: SlateKind::Prefix, id };
    let slate = ports.look(None, &[key]).await?.1.pop().ok_or_else(super::pack::corrupt)?;
    Ok(PrefixRecord::parse(&slate.bytes)?.signups(shared.phone_tag(phone)))
}

/// The keys of what is counted over all stores: in test mode, each store counts for itself.
#[must_use]
pub fn shared<'a>(mode: Mode, store: &'a DataKeys, deployment: &'a DataKeys) -> &'a DataKeys {
    match mode {
        Mode::Live => deployment,
        Mode::Test => store,
    }
}
