//! Carrier accounts of a store, or of the deployment for all.

use std::collections::BTreeMap;

use doorstep_domain::{
    Mode,
    access::Scope,
    account::{self, AccountError, NewAccount, SealedAccount},
    carrier::{CarrierName, fields, longest_id},
    egress::Outside,
    id::StoreId,
    phone::Region,
    ports::{Backlog, KeyRing, Parked, Roots, Stores},
    route::Lane,
    store::Store,
};
use doorstep_edge::{Answer, Call, Problem, audit, json::Object, views};
use serde_json::{Value, json};

use crate::{AnyShape, Ports, StoreRoutes, deployment_wide, own_store};

/// Longest value of a field: the shape of an HTTP carrier.
const LONGEST: usize = 8_000;

/// Whose accounts a call is about.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    /// The store of the path.
    Store,
    /// The deployment: the default of all.
    All,
}

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    pub(crate) async fn put_account(&self, call: &Call, of: Of) -> Result<Answer, Problem> {
        let (owner, carrier) = (writable(call, of)?, carrier(call)?);
        if self.absent.contains(&carrier) {
            let detail = "This deployment has no sender for this carrier: it was deployed without \
                          the carrier's address.";
            return Err(Problem::new(404, "not_found", detail));
        }
        let mut new = wanted(call, owner, carrier, self.any_shape)?;
        self.ports.forget(owner);
        new.first = !self.has_own(owner, carrier).await?;
        if new.first {
            audit::first(&*self.ports, call, Some(owner), carrier.as_str()).await?;
        } else {
            audit::sensitive(&*self.ports, call, Some(owner), carrier.as_str()).await?;
        }
        account::put(&*self.ports, &self.kms, new).await.map_err(refusal)?;
        self.account(call, owner, carrier).await
    }

    pub(crate) async fn read_account(&self, call: &Call, of: Of) -> Result<Answer, Problem> {
        let (owner, carrier) = (readable(call, of)?, carrier(call)?);
        self.account(call, owner, carrier).await
    }

    /// The account as it is now, how its carrier does, and what waits for that.
    async fn account(
        &self,
        call: &Call,
        owner: StoreId,
        carrier: CarrierName,
    ) -> Result<Answer, Problem> {
        let store = self.find(owner).await?;
        let account = store.accounts.get(&carrier).ok_or_else(Problem::not_found)?;
        let mut view = self.account_view(call, owner, carrier, account);
        let region = store.settings.country.unwrap_or(Region::GB);
        let known = self.ports.glance(region).await?;
        let known = known.iter().find(|health| health.carrier == carrier);
        let lane = Lane { carrier, resting: Lane::resting(&self.live_route, carrier) };
        view["health"] = views::carrier_health(lane, known);
        // The account is told, and may just have been changed, though nobody can count.
        if !self.absent.contains(&carrier)
            && let Ok(Parked { queued, dead }) = self.backlog.parked(carrier).await
        {
            view["parked"] = json!({"queued": queued, "dead": dead});
        }
        Ok(Answer::json(200, view))
    }

    pub(crate) async fn delete_account(&self, call: &Call, of: Of) -> Result<Answer, Problem> {
        let (owner, carrier) = (writable(call, of)?, carrier(call)?);
        self.ports.forget(owner);
        if !self.has_own(owner, carrier).await? {
            return Err(Problem::not_found());
        }
        audit::sensitive(&*self.ports, call, Some(owner), carrier.as_str()).await?;
        account::remove(&*self.ports, owner, carrier).await.map_err(refusal)?;
        Ok(Answer::empty())
    }

    /// Whether there are credentials to change.
    async fn has_own(&self, owner: StoreId, carrier: CarrierName) -> Result<bool, Problem> {
        let store = Stores::find(&*self.ports, owner).await?;
        let own = |store: &Store| store.own_accounts().any(|(of, _)| of == carrier);
        Ok(store.as_deref().is_some_and(own))
    }

    /// What may be shown of an account: no field of it.
    fn account_view(
        &self,
        call: &Call,
        asked: StoreId,
        carrier: CarrierName,
        account: &SealedAccount,
    ) -> Value {
        let base = call.base_url(self.public_url.as_deref());
        let url = format!("{base}/webhooks/carriers/{}/{}", carrier.as_str(), account.id);
        json!({
            "carrier": carrier.as_str(),
            "account": account.id,
            "callback_url": url,
            "inbound_url": format!("{url}/inbound"),
            "changed_at": account.changed_at.to_string(),
            "inherited": account.owner != asked,
        })
    }
}

fn readable(call: &Call, of: Of) -> Result<StoreId, Problem> {
    match of {
        Of::Store => own_store(call, Scope::StoresRead),
        Of::All => deployment_wide(call, Scope::StoresRead).map(|()| Store::DEPLOYMENT),
    }
}

/// Accounts are live: a key of test mode does not touch them.
fn writable(call: &Call, of: Of) -> Result<StoreId, Problem> {
    let owner = match of {
        Of::Store => own_store(call, Scope::StoresWrite)?,
        Of::All => deployment_wide(call, Scope::StoresWrite).map(|()| Store::DEPLOYMENT)?,
    };
    if call.key(Scope::StoresWrite)?.mode == Mode::Test {
        return Err(Problem::forbidden("Carrier accounts are live: use a live key."));
    }
    Ok(owner)
}

/// The carrier of the path, if it is one that needs accounts.
fn carrier(call: &Call) -> Result<CarrierName, Problem> {
    let carrier: CarrierName = call.id("carrier")?;
    if carrier.needs_account() { Ok(carrier) } else { Err(Problem::not_found()) }
}

/// Reads an account: its id, the fields of its carrier, and for a carrier of any shape the
/// secrets that the shape names. Nothing of a former account is kept: who changes the host brings
/// the secrets again.
fn wanted(
    call: &Call,
    owner: StoreId,
    carrier: CarrierName,
    any_shape: AnyShape,
) -> Result<NewAccount, Problem> {
    let mut body = call.json()?;
    if !body.has_value("account") {
        body.wrong("account", "is required");
    }
    let longest = longest_id(carrier);
    let wanted = format!("1 to {longest} letters, digits, dots, hyphens or underscores");
    let id = body.parsed("account", &wanted, |text| id(text, longest));
    let mut known = BTreeMap::new();
    for field in fields(carrier) {
        if field.required && !body.has_value(field.name) {
            body.wrong(field.name, "is required");
        }
        let value = body.text(field.name, LONGEST);
        if let Some(wrong) = value.as_deref().and_then(|value| field.refuses(value)) {
            body.wrong(field.name, wrong);
        }
        known.extend(value.map(|value| (field.name.to_owned(), value)));
    }
    if carrier == CarrierName::Http {
        secrets(&mut body, &mut known);
        shape(&mut body, &known, any_shape);
    }
    body.finish()?;
    Ok(NewAccount { owner, carrier, id: id.unwrap_or_default(), fields: known, first: false })
}

fn secrets(body: &mut Object, known: &mut BTreeMap<String, String>) {
    for (name, value) in body.pairs("secrets", 10, 4_000).unwrap_or_default() {
        if fields(CarrierName::Http).iter().any(|field| field.name == name) {
            body.wrong("secrets", "must not have a name that the account itself has");
        }
        known.insert(name, value);
    }
}

/// Notes what is wrong with a shape and its host, and which of the secrets that it needs are missing.
fn shape(body: &mut Object, known: &BTreeMap<String, String>, any_shape: AnyShape) {
    let url = known.get("url").map(|url| Outside::parse(url, any_shape.reach));
    match url {
        Some(Err(wrong)) => body.wrong("url", wrong.to_string()),
        Some(Ok(url)) if !url.is_base() => body.wrong("url", "must have no query"),
        _ => {}
    }
    let Some(shape) = known.get("shape") else { return };
    match (any_shape.fields)(shape) {
        Err(wrong) => body.wrong("shape", wrong),
        Ok(fields) => {
            for field in fields.iter().filter(|field| !known.contains_key(*field)) {
                body.wrong("secrets", format!("must have {field}, which the shape names"));
            }
        }
    }
}

/// An id stands in a URL as it is.
fn id(text: &str, longest: usize) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
    let good = (1..=longest).contains(&text.len()) && text.bytes().all(plain);
    (good && !text.starts_with('.')).then(|| text.to_owned())
}

fn refusal(error: AccountError) -> Problem {
    match error {
        AccountError::Taken => {
            let detail = "Another store or carrier has an account of this id.";
            Problem::new(409, "conflict", detail)
        }
        AccountError::Gone => Problem::not_found(),
        AccountError::Conflict => {
            let detail = "The store changed in between. Send the call again.";
            Problem::new(409, "conflict", detail)
        }
        AccountError::Fault(fault) => fault.into(),
    }
}
