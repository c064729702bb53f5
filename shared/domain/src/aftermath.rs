//! What a receipt means beyond its message: money that was set aside in vain, and a verdict about a
//! range of numbers.

use jiff::Timestamp;

use crate::{
    Fault, Mode,
    carrier::{CarrierName, Channel, FailureClass, is_fraud},
    compose::Letterhead,
    consent::{Door, How, opt_out},
    decisions::Line,
    deliver::CLAIM,
    guard::{self, Settlement, Verdict, Window},
    id::{MessageId, StoreId},
    keys::DataKeys,
    message::{About, DeliveryReceipt, Message, MessageStatus, ReceiptTaken},
    money::Money,
    ports::{Attempts, HealthBook, Ledger, Messages, Phones, Slates, Suppressions},
    price::{Rates, estimate},
    store::Store,
};

/// What a receipt means for the guards, and for who wants no texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aftermath {
    /// Whose message, in which mode.
    pub scope: (StoreId, Mode),
    /// Which.
    pub message: MessageId,
    /// The carrier that told.
    pub carrier: CarrierName,
    /// What it cost, if nobody had told before.
    pub price: Option<Money>,
    /// The carrier's code, if that is a verdict about the number's range.
    pub fraud: Option<String>,
    /// Whether the carrier knows that the number wants no texts. In test mode nobody's does.
    pub opted_out: bool,
    /// When it was told.
    pub at: Timestamp,
}

impl Aftermath {
    /// What follows from a receipt that was taken like this, if anything. A price counts when it
    /// is told for the first time; a verdict counts however often it comes, and is the same.
    #[must_use]
    pub fn of(
        (scope, message): ((StoreId, Mode), MessageId),
        receipt: &DeliveryReceipt,
        taken: ReceiptTaken,
    ) -> Option<Self> {
        let (ReceiptTaken::Applied { priced } | ReceiptTaken::Ignored { priced }) = taken else {
            return None;
        };
        let told = &receipt.happening;
        let (carrier, live) = (told.carrier?, scope.1 == Mode::Live);
        let code = told.code.as_ref().filter(|_| told.class == Some(FailureClass::Policy));
        let fraud = code.filter(|code| live && is_fraud(carrier, code)).cloned();
        let price = receipt.price.filter(|_| live && priced);
        let opted_out = live && told.class == Some(FailureClass::OptedOut);
        let means = price.is_some() || fraud.is_some() || opted_out;
        means.then_some(Self { scope, message, carrier, price, fraud, opted_out, at: told.at })
    }
}

/// What [`follow`] needs.
pub trait Ports:
    Attempts + Messages + Slates + HealthBook + Phones + Suppressions + Ledger
{
}
impl<P> Ports for P where
    P: Attempts + Messages + Slates + HealthBook + Phones + Suppressions + Ledger
{
}

/// Whose books and records they are.
#[derive(Debug, Clone, Copy)]
pub struct Parties<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its keys.
    pub keys: &'a DataKeys,
    /// The deployment.
    pub deployment: &'a Store,
    /// Keys for what is counted over all stores: see [`guard::shared`].
    pub shared: &'a DataKeys,
    /// What other currencies are worth.
    pub rates: &'a Rates,
}

/// What became of a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// What was set aside beyond it is given back.
    Yes,
    /// It is above what was set aside: nothing changed, and somebody has to look.
    Above {
        /// What was set aside.
        reserved: Money,
        /// What it cost, in pounds.
        price: Money,
    },
    /// Nothing changed: no price, one without a rate, or nobody knows what was set aside when.
    No,
}

/// Hears the verdict, and gives back what was set aside beyond the price.
///
/// # Errors
/// When a port is broken. Then a price is not settled again: the books say more than was spent
/// until their windows end.
pub async fn follow(
    ports: &impl Ports,
    parties: Parties<'_>,
    after: &Aftermath,
) -> Result<Settled, Fault> {
    let Some((message, head)) = read(ports, parties.keys, after.message).await? else {
        return Ok(Settled::No);
    };
    if after.opted_out {
        let phone = parties.keys.phone_index(&head.to);
        opt_out(ports, parties.keys, &phone, how(after, &head, &name(after))).await?;
    }
    // An account of the store's own says what the store likes: it closes no range for others.
    let own = parties.store.own_accounts().any(|(carrier, _)| carrier == after.carrier);
    if let Some(code) = after.fraud.as_ref().filter(|_| !own) {
        let (carrier, to, signup, at) = (after.carrier, &head.to, head.signup(), after.at);
        let verdict = Verdict { carrier, code, to, signup, at };
        guard::hear_verdict(ports, (after.scope.1, parties.shared), verdict).await?;
    }
    let counted = counted_at(&message, &head, after.carrier).filter(|at| is_sure(*at));
    let reserved = head.cost(parties.store);
    let price = after.price.and_then(|price| parties.rates.pounds(price));
    let price = price.map(|price| price.times(parts(&head, after.carrier, reserved)));
    let (Some(price), Some(counted)) = (price, counted) else { return Ok(Settled::No) };
    let settlement = Settlement {
        store: parties.store,
        deployment: parties.deployment,
        to: &head.to,
        channel: head.channel,
        reserved: (reserved, counted),
        price,
    };
    if guard::settle(ports, after.scope, &settlement).await? {
        return Ok(Settled::Yes);
    }
    let about = (head.to.region(), after.carrier, head.signup());
    ports.log(&Line::of_price(after.scope, about, (reserved, price), after.at)).await?;
    Ok(Settled::Above { reserved, price })
}

/// The carrier heard a STOP that we did not.
fn how<'a>(after: &Aftermath, head: &'a Letterhead, name: &'a str) -> How<'a> {
    let (door, at, trace) = (Door::Carrier, after.at, head.trace.as_str());
    How { door, name, at, reason: None, actor: None, trace }
}

fn name(after: &Aftermath) -> String {
    format!("carrier/{}", after.message)
}

async fn read(
    ports: &(impl Attempts + Messages),
    keys: &DataKeys,
    id: MessageId,
) -> Result<Option<(Message, Letterhead)>, Fault> {
    let Some(message) = Messages::find(ports, keys, &[id]).await?.pop() else { return Ok(None) };
    let head = match &message.about {
        About::Letter(letter) => Some(Letterhead::of_letter((**letter).clone())),
        About::Signup(signup) => {
            let attempt = Attempts::find(ports, keys, *signup).await?;
            attempt.map(|attempt| Letterhead::of_signup(attempt, id.signup().1))
        }
    };
    Ok(head.map(|head| (message, head)))
}

/// How many times the price is to be paid, at most: some carriers tell that of one part of a text,
/// as Vonage's receipts do, or of an unnamed share, as those of `http` may.
fn parts(head: &Letterhead, carrier: CarrierName, reserved: Money) -> i64 {
    let by_part = matches!(carrier, CarrierName::Vonage | CarrierName::Http);
    if !by_part || head.channel == Channel::Voice {
        return 1;
    }
    reserved.nanos() / estimate(head.to.region(), 1).nanos()
}

/// When this carrier's send was counted: the first one's with the request, another's, and that of
/// a call that a timer made, just before it took the message.
fn counted_at(message: &Message, head: &Letterhead, carrier: CarrierName) -> Option<Timestamp> {
    if head.route.first() == Some(&carrier)
        && let Some(asked) = head.asked_at(message.id)
    {
        return Some(asked);
    }
    let took = |line: &&crate::message::Happening| {
        line.status == MessageStatus::Sent && line.carrier == Some(carrier)
    };
    message.history.iter().rfind(took).map(|line| line.at)
}

/// Whether a send of this time was counted in this hour, and not at the end of the one before.
fn is_sure(at: Timestamp) -> bool {
    Window::Hour.number(at) == Window::Hour.number(at - CLAIM)
}
