//! Switching on: never a yes by itself. It sends a link to the shopper's own number, whose page
//! asks again; confirming that records the consent.

use jiff::Timestamp;

use crate::{
    access::Kind,
    carrier::Channel,
    consent::{ConsentAsked, Wording},
    guard::{Pool, Refused},
    ports::Attempts,
    route::Lane,
    signup::{Context, LIFE, Method, Purpose, RegistrationAttempt, State},
    start::{ConsentGiven, Ports, Shop, Start, StartError, start},
    user::{Customer, User},
};

/// Texts for the same wish within ten minutes: a link that was used up may be sent again.
const AGAIN: u8 = 3;

/// What a shopper wants to switch on.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Purpose and channel, with version and text of the words shown.
    pub choices: Vec<(String, String, (String, Wording))>,
    /// How many entries the shopper's ledger has: each change makes a wish a new one.
    pub entries: usize,
    /// The language of the text and its page, BCP 47.
    pub locale: Option<String>,
    /// The carriers of live mode.
    pub live_route: Vec<Lane>,
    /// Whether limits and budgets hold: always in live mode.
    pub guarded: bool,
    /// W3C `traceparent`.
    pub trace: String,
}

/// Starts a sign-up by link to the shopper's own number. The same wish within ten minutes finds
/// the same one, as long as its link opens: a page that is sent again sends no second text.
///
/// # Errors
/// See [`StartError`].
pub async fn switch_on(
    ports: &impl Ports,
    pool: &Pool,
    (shop, user): (&Shop, &User),
    wanted: &Wanted,
) -> Result<RegistrationAttempt, StartError> {
    let now = ports.now();
    for turn in 0..AGAIN {
        let command = command((shop, user), wanted, (now, turn));
        let id = shop.keys.signup_id(&command.idempotency_key);
        let known = Attempts::find(ports, &shop.keys, id).await?;
        if known.is_none_or(|known| is_open(&known, now)) {
            return Ok(start(ports, pool, shop, command).await?.attempt);
        }
    }
    Err(StartError::Refused(Refused::Contended))
}

fn is_open(attempt: &RegistrationAttempt, now: Timestamp) -> bool {
    attempt.state == State::Pending && attempt.tried.is_none() && now < attempt.expires_at
}

fn command((shop, user): (&Shop, &User), wanted: &Wanted, (now, turn): (Timestamp, u8)) -> Start {
    let names: Vec<_> = wanted.choices.iter().map(|(name, by, _)| format!("{name}/{by}")).collect();
    let names = names.join(" ");
    let window = now.as_second().div_euclid(LIFE.as_secs());
    let given = |(purpose, channel, (version, words)): &(String, String, (String, Wording))| {
        let asked = ConsentAsked {
            purpose: purpose.clone(),
            channel: channel.clone(),
            granted: true,
            wording_version: version.clone(),
            wording: None,
        };
        ConsentGiven { asked, wording: Some(words.clone()) }
    };
    let page = shop.store.settings.domain.as_ref();
    Start {
        mode: shop.keys.scope().1,
        phone: user.phone.expose().to_owned(),
        country: None,
        locale: wanted.locale.clone(),
        purpose: Purpose::Login,
        method: Method::Link,
        return_url: None,
        channel: Channel::Sms,
        customer: Customer::default(),
        consents: wanted.choices.iter().map(given).collect(),
        // Never the token: it is in the page's address.
        context: Context {
            page_url: page.map(|host| format!("https://{host}/preferences")),
            ..Context::default()
        },
        metadata: Vec::new(),
        idempotency_key: format!(
            "preferences {} {} {window} {turn} {names}",
            user.id, wanted.entries
        ),
        body: names.into_bytes(),
        started_by: Kind::Secret,
        live_route: wanted.live_route.clone(),
        trace: wanted.trace.clone(),
        key: None,
        source: None,
        solution: None,
        guarded: wanted.guarded,
    }
}
