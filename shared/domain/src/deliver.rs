//! A sender's work: claim a message, hand it to a carrier, write down what it said.

mod next;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use self::next::{next, rests, waiting};
use crate::{
    Fault, Mode,
    aftermath::Aftermath,
    carrier::{Account, CarrierName, Channel, FailureClass, Outcome, Outgoing},
    compose::{self, Letterhead},
    consent::{Door, How, opt_out},
    gate::unwanted,
    guard::{self, Pool, Refused, Verdict},
    id::{MessageId, StoreId},
    keys::{CodeKeys, DataKeys},
    message::{AccountRef, CarrierMessageId, Claim, Claimed, LETTER_LIFE, Message, Step},
    ports::{
        Attempts, Calls, Carrier, Clock, Ledger, Links, Messages, Phones, Suppressions, Templates,
    },
    reach,
    signup::LAST_SEND,
    store::Store,
    voice::Leave,
    watch::Asked,
};

/// How long a claim holds: longer than a sender may run, shorter than its queue's visibility.
pub const CLAIM: SignedDuration = SignedDuration::from_secs(15);
/// Pause before a throttled carrier is asked again.
pub const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// What the topic says: a message waits for this carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    /// Whose.
    pub store: StoreId,
    /// Test or live.
    pub mode: Mode,
    /// Which message.
    pub message: MessageId,
    /// Whether it is a letter: then it is kept whole, else it belongs to a sign-up.
    pub letter: bool,
    /// Which carrier of the route, from 0.
    pub leg: u8,
}

/// What became of a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Nothing more to do with it: sent, handed on, ended, or overtaken.
    Done,
    /// It has to come again: another sender holds the claim, or the carrier is throttling.
    Again(SignedDuration),
}

/// What [`deliver`] needs.
pub trait Ports:
    Attempts
    + Messages
    + Links
    + Calls
    + Phones
    + Suppressions
    + Ledger
    + Templates
    + guard::SpendPorts
    + Clock
{
}
impl<P> Ports for P where
    P: Attempts
        + Messages
        + Links
        + Calls
        + Phones
        + Suppressions
        + Ledger
        + Templates
        + guard::SpendPorts
        + Clock
{
}

/// The keys of the store.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// For personal data.
    pub data: &'a DataKeys,
    /// For codes.
    pub codes: &'a CodeKeys,
    /// For what is counted over all stores: see [`guard::shared`].
    pub shared: &'a DataKeys,
}

/// Whose message it is, and by which account it goes.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its keys.
    pub keys: Keys<'a>,
    /// The account at this sender's carrier, of the store or of the deployment.
    pub account: Option<&'a Arc<Account>>,
    /// The deployment, whose budget is for all stores.
    pub deployment: &'a Store,
    /// Sends that were counted ahead.
    pub pool: &'a Pool,
}

impl Sender<'_> {
    /// Whether its carrier's verdict on a range holds for other stores: an account of a store's own
    /// says what the store likes.
    fn speaks_for_all(&self) -> bool {
        self.account.is_none_or(|account| account.owner == Store::DEPLOYMENT)
    }
}

/// Delivers one message by one carrier.
///
/// # Errors
/// Only when a port is broken: the dispatch has to come again. A carrier's failure is a fact.
pub async fn deliver(
    ports: &impl Ports,
    carrier: &impl Carrier,
    sender: Sender<'_>,
    dispatch: &Dispatch,
) -> Result<Delivered, Fault> {
    let Some(head) = compose::letterhead(ports, sender.keys.data, dispatch).await? else {
        return Ok(Delivered::Done);
    };
    let Some(name) = head.route.get(usize::from(dispatch.leg)).copied() else {
        return Err(Fault::corrupt("a dispatch names a carrier beyond its route"));
    };
    let claim = claim(&head, dispatch, name, &sender, ports.now());
    let message = match ports.claim(sender.keys.data, &claim).await? {
        Claimed::Yes(message) => message,
        Claimed::Held => return Ok(Delivered::Again(CLAIM)),
        Claimed::Done => return Ok(Delivered::Done),
    };
    if let Some(until) = rests(&head, &sender, claim.at) {
        let happening = waiting(claim.at);
        let step = Step::Wait { happening, until, expires: until + LETTER_LIFE };
        Messages::settle(ports, sender.keys.data, &message, &step, None).await?;
        return Ok(Delivered::Done);
    }
    let mut seen = None;
    let outcome = match outgoing(ports, &head, &sender, (&claim, &message)).await? {
        Ok(outgoing) => {
            let outcome = carrier.send(&outgoing).await;
            if let Outcome::Failed { class: FailureClass::OptedOut, .. } = &outcome {
                opted_out(ports, &head, &sender, &claim).await?;
            }
            let asked = watch(&head, &outgoing, message.leg, ports.now());
            seen = asked.and_then(|asked| asked.answered(&outcome));
            outcome
        }
        Err(outcome) => outcome,
    };
    if let Outcome::Failed { code, .. } = &outcome
        && sender.speaks_for_all()
    {
        let (to, signup, at) = (&head.to, head.signup(), ports.now());
        let verdict = Verdict { carrier: name, code, to, signup, at };
        guard::hear_verdict(ports, (dispatch.mode, sender.keys.shared), verdict).await?;
    }
    let step = next(&head, &message, name, outcome, ports.now());
    let linked = link(ports, (&head, &claim), &step, &sender).await;
    // The carrier has it: that is written down first of all, or it would go out again.
    Messages::settle(ports, sender.keys.data, &message, &step, seen.as_ref()).await?;
    linked?;
    Ok(if matches!(step, Step::Again(_)) { Delivered::Again(PAUSE) } else { Delivered::Done })
}

/// What a carrier calls an opt-out counts as a STOP that its shopper texted: the carrier heard it.
async fn opted_out(
    ports: &impl Ports,
    head: &Letterhead,
    sender: &Sender<'_>,
    claim: &Claim,
) -> Result<(), Fault> {
    let (name, at) = (format!("carrier/{}", claim.id), claim.at);
    let trace = head.trace.as_str();
    let how = How { door: Door::Carrier, name: &name, at, reason: None, actor: None, trace };
    let phone = sender.keys.data.phone_index(&head.to);
    opt_out(ports, sender.keys.data, &phone, how).await.map(drop)
}

fn claim(
    head: &Letterhead,
    dispatch: &Dispatch,
    carrier: CarrierName,
    sender: &Sender<'_>,
    now: Timestamp,
) -> Claim {
    let account = sender.account.filter(|_| carrier.needs_account());
    Claim {
        id: dispatch.message,
        signup: head.signup(),
        channel: head.channel,
        leg: dispatch.leg,
        carrier,
        account: AccountRef::new(carrier, account.map(|account| account.id.as_str())),
        region: head.to.region(),
        at: now,
        until: now + CLAIM,
        trace: head.trace.clone(),
    }
}

fn failed(class: FailureClass, code: &str) -> Outcome {
    Outcome::Failed { class, code: code.to_owned() }
}

/// The message as the carrier gets it, or why it must not go out any more.
async fn outgoing(
    ports: &impl Ports,
    head: &Letterhead,
    sender: &Sender<'_>,
    (claim, message): (&Claim, &Message),
) -> Result<Result<Outgoing, Outcome>, Fault> {
    let validity = head.expires_at.duration_since(claim.at);
    if let Some(code) = head.overtaken() {
        return Ok(Err(failed(FailureClass::Expired, code)));
    }
    if validity < LAST_SEND {
        return Ok(Err(failed(FailureClass::Expired, "too_late")));
    }
    if claim.carrier.needs_account() && sender.account.is_none() {
        return Ok(Err(failed(FailureClass::Configuration, "no_account")));
    }
    let settings = &sender.store.settings;
    if let Err(why) = reach::check(settings, &head.to, head.channel) {
        return Ok(Err(failed(FailureClass::Policy, why.code())));
    }
    if let Some(code) = unwanted(ports, head, sender.keys.data).await? {
        return Ok(Err(failed(FailureClass::OptedOut, code)));
    }
    let content = compose::content(ports, head, sender.store, sender.keys.codes).await?;
    let Some(content) = content else {
        return Ok(Err(failed(FailureClass::Policy, "store_not_ready")));
    };
    if let Some(code) = spent(ports, head, sender, (claim, message)).await? {
        return Ok(Err(failed(FailureClass::Policy, code)));
    }
    if let Some(code) = leave(ports, head, sender.keys.data, claim).await? {
        return Ok(Err(failed(FailureClass::Policy, code)));
    }
    Ok(Ok(Outgoing {
        message: claim.id,
        scope: sender.keys.data.scope(),
        to: head.to.clone(),
        content,
        sender: settings.sender_id.clone(),
        account: sender.account.cloned(),
        validity,
        carrier: claim.carrier,
        take: message.take,
        trace: head.trace.clone(),
    }))
}

/// Why a call must not be made now; texts are free to go. Test mode calls nobody.
async fn leave(
    ports: &impl Ports,
    head: &Letterhead,
    keys: &DataKeys,
    claim: &Claim,
) -> Result<Option<&'static str>, Fault> {
    if head.channel != Channel::Voice || keys.scope().1 == Mode::Test {
        return Ok(None);
    }
    let phone = keys.phone_index(&head.to);
    Ok(match ports.may_call(keys, &phone, claim.id, claim.at).await? {
        Leave::Granted => None,
        Leave::TooSoon => Some("called_before"),
        Leave::UsedUp => Some("voice_budget"),
    })
}

/// Why there is no money for it; what was asked for was counted when it was. Another carrier, and
/// a call that a timer makes, cost once more, and so does a text that a sender may have sent before
/// it died.
async fn spent(
    ports: &impl Ports,
    head: &Letterhead,
    sender: &Sender<'_>,
    (claim, message): (&Claim, &Message),
) -> Result<Option<&'static str>, Fault> {
    if sender.store.settings.pause(sender.keys.data.scope().1).is_some() {
        return Ok(Some("paused"));
    }
    let counted = match message.take {
        0 | 1 => claim.leg == 0 && head.asked_at(claim.id).is_some(),
        take => message.refusals(claim.carrier) + 1 >= usize::from(take),
    };
    if counted || sender.keys.data.scope().1 == Mode::Test {
        return Ok(None);
    }
    let send = (&head.to, head.channel, head.cost(sender.store), claim.at);
    let stores = (sender.store, sender.deployment);
    match guard::again(ports, sender.pool, stores, send).await? {
        Ok(()) => Ok(None),
        Err(Refused::Contended) => Err(Fault::new("count a send", "contended")),
        Err(Refused::Paused(_)) => Ok(Some("paused")),
        Err(_) => Ok(Some("budget")),
    }
}

/// What health has to know of a live text besides its answer; of calls it sees nothing.
fn watch(head: &Letterhead, outgoing: &Outgoing, leg: u8, at: Timestamp) -> Option<Asked> {
    let asked = Asked {
        carrier: outgoing.carrier,
        region: head.to.region(),
        at,
        drawn: head.drawn && leg == 0 && outgoing.take == 1,
        own_account: outgoing.account.as_ref().is_some_and(|it| it.owner != Store::DEPLOYMENT),
    };
    (outgoing.scope.1 == Mode::Live && head.channel == Channel::Sms).then_some(asked)
}

/// Tells which message the carrier's id means, before it is written down as sent: a receipt may
/// be here already.
async fn link(
    ports: &impl Ports,
    (head, claim): (&Letterhead, &Claim),
    step: &Step,
    sender: &Sender<'_>,
) -> Result<(), Fault> {
    let keys = sender.keys;
    let Step::Sent { carrier_message_id, .. } = step else { return Ok(()) };
    if claim.carrier.is_sandbox() || !claim.carrier.reports() || carrier_message_id.is_empty() {
        return Ok(());
    }
    let theirs =
        CarrierMessageId { account: claim.account.clone(), id: carrier_message_id.clone() };
    let (store, mode) = keys.data.scope();
    for receipt in ports.link(&theirs, (store, mode), claim.id).await? {
        let taken = ports.receive(store, mode, claim.id, &receipt).await?;
        let after = Aftermath::of(((store, mode), claim.id), &receipt, taken);
        if let Some(Aftermath { fraud: Some(code), carrier, at, .. }) = after
            && sender.speaks_for_all()
        {
            let verdict = Verdict { carrier, code: &code, to: &head.to, signup: head.signup(), at };
            guard::hear_verdict(ports, (mode, keys.shared), verdict).await?;
        }
    }
    Ok(())
}

impl Letterhead {
    /// A text or a call that carries a code is not needed once its sign-up is over, nor a link once
    /// its match was tried.
    fn overtaken(&self) -> Option<&'static str> {
        match &self.source {
            compose::Source::Signup(attempt) => {
                let pending = attempt.state == crate::signup::State::Pending;
                (!pending || attempt.tried.is_some()).then_some("not_needed")
            }
            compose::Source::Letter(_) => None,
        }
    }
}
