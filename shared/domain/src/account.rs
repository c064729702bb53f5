//! Carrier accounts of stores and of the deployment: sealed under their owner's live keys, each
//! id known to one owner alone, since it stands in the URLs that carriers call.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::Timestamp;

use crate::{
    Fault, Mode,
    carrier::{Account, CarrierName},
    id::StoreId,
    keys::DataKeys,
    open_store::{blank, first_roots},
    ports::{Chance, Claims, Clock, KeyRing, Roots, Stores},
    seal::Place,
    start::in_milliseconds,
    store::{Saved, Store},
};

/// An account as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedAccount {
    /// The carrier's own name of the account: no secret.
    pub id: String,
    /// Whose it is: a store's, or [`Store::DEPLOYMENT`].
    pub owner: StoreId,
    /// Its fields.
    pub sealed: Vec<u8>,
    /// When it was put.
    pub changed_at: Timestamp,
}

impl fmt::Debug for SealedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedAccount(of {}, {})", self.owner, self.changed_at)
    }
}

/// What only one store of the deployment may have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unique {
    /// The id of a carrier account.
    Account(String),
    /// The digits of a number that shoppers text to.
    Number(String),
}

impl Unique {
    /// The number, as carriers and settings spell it: with or without `+`, a short code too.
    /// `None` for what is none.
    #[must_use]
    pub fn number(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let good = (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        good.then(|| Self::Number(digits.to_owned()))
    }
}

/// Who has a [`Unique`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The store, or the deployment.
    pub store: StoreId,
    /// The carrier of an account.
    pub carrier: Option<CarrierName>,
}

/// An account as it is put, in clear.
#[derive(Clone)]
pub struct NewAccount {
    /// Whose it will be.
    pub owner: StoreId,
    /// Which carrier.
    pub carrier: CarrierName,
    /// The carrier's own name of it.
    pub id: String,
    /// Its fields, credentials and the like.
    pub fields: BTreeMap<String, String>,
    /// Whether it must be the owner's first at this carrier: nobody gave leave to replace one.
    pub first: bool,
}

/// Why an account was not put or removed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Somebody else has an account of this id.
    #[error("the account is somebody else's")]
    Taken,
    /// There is no such store, or no such account of its own.
    #[error("not found")]
    Gone,
    /// The store changed in between.
    #[error("conflict")]
    Conflict,
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Puts an account in place of the owner's former one at that carrier. The deployment gets roots
/// with its first.
///
/// # Errors
/// See [`AccountError`].
pub async fn put(
    ports: &(impl Stores + Claims + Clock + Chance),
    kms: &(impl Roots + KeyRing),
    new: NewAccount,
) -> Result<SealedAccount, AccountError> {
    let claim = Unique::Account(new.id.clone());
    let holder = Holder { store: new.owner, carrier: Some(new.carrier) };
    let store = owner(ports, kms, new.owner).await?;
    if !ports.claim(&claim, holder).await? {
        return Err(AccountError::Taken);
    }
    let put = match replace(ports, kms, store, &new).await {
        // The first look may be from a cache, which a conflict empties.
        Err(AccountError::Conflict) => {
            replace(ports, kms, owner(ports, kms, new.owner).await?, &new).await
        }
        put => put,
    };
    if matches!(put, Err(AccountError::Conflict)) && !is_in_use(ports, &claim, holder).await? {
        ports.release(&claim, holder).await?;
    }
    put
}

/// Whether the holder's store has an account of this id at this carrier.
async fn is_in_use(ports: &impl Stores, claim: &Unique, holder: Holder) -> Result<bool, Fault> {
    let store = ports.find(holder.store).await?;
    Ok(store.is_some_and(|store| {
        let carrier = holder.carrier.and_then(|carrier| store.accounts.get(&carrier));
        carrier
            .is_some_and(|it| it.owner == holder.store && *claim == Unique::Account(it.id.clone()))
    }))
}

/// Keeps the account in the store, and gives the id of the former one back.
async fn replace(
    ports: &(impl Stores + Claims + Clock + Chance),
    kms: &impl KeyRing,
    mut store: Store,
    new: &NewAccount,
) -> Result<SealedAccount, AccountError> {
    if new.first && store.own_accounts().any(|(carrier, _)| carrier == new.carrier) {
        return Err(AccountError::Conflict);
    }
    let keys = kms.data(&store, Mode::Live).await?;
    let account = SealedAccount {
        sealed: seal(&keys, new.carrier, &new.fields, ports),
        id: new.id.clone(),
        owner: new.owner,
        changed_at: in_milliseconds(ports.now()),
    };
    let former = store.accounts.insert(new.carrier, account.clone());
    save(ports, store).await?;
    if let Some(former) = former.filter(|it| it.owner == new.owner && it.id != account.id) {
        let holder = Holder { store: new.owner, carrier: Some(new.carrier) };
        ports.release(&Unique::Account(former.id), holder).await?;
    }
    Ok(account)
}

/// Removes the owner's own account at this carrier.
///
/// # Errors
/// See [`AccountError`].
pub async fn remove(
    ports: &(impl Stores + Claims),
    owner: StoreId,
    carrier: CarrierName,
) -> Result<(), AccountError> {
    match take(ports, owner, carrier).await {
        Err(AccountError::Conflict) => take(ports, owner, carrier).await,
        taken => taken,
    }
}

async fn take(
    ports: &(impl Stores + Claims),
    owner: StoreId,
    carrier: CarrierName,
) -> Result<(), AccountError> {
    let found = ports.find(owner).await?.ok_or(AccountError::Gone)?;
    let mut store = Store { revision: found.revision + 1, ..(*found).clone() };
    let former = store.accounts.remove(&carrier).filter(|account| account.owner == owner);
    let former = former.ok_or(AccountError::Gone)?;
    save(ports, store).await?;
    let holder = Holder { store: owner, carrier: Some(carrier) };
    Ok(ports.release(&Unique::Account(former.id), holder).await?)
}

/// Opens the account that applies to a store at this carrier: its own, or the deployment's.
///
/// # Errors
/// When a port is broken, or the account does not open.
pub async fn open(
    ports: &impl Stores,
    ring: &impl KeyRing,
    store: &Store,
    carrier: CarrierName,
) -> Result<Option<Arc<Account>>, Fault> {
    let Some(account) = store.accounts.get(&carrier) else { return Ok(None) };
    let corrupt = || Fault::corrupt("an account of a store");
    let keys = if account.owner == store.id {
        ring.data(store, Mode::Live).await?
    } else {
        let owner = ports.find(account.owner).await?.ok_or_else(corrupt)?;
        ring.data(&owner, Mode::Live).await?
    };
    let fields = unseal(&keys, carrier, account).ok_or_else(corrupt)?;
    Ok(Some(Arc::new(Account::new(carrier, account.id.clone(), account.owner, fields))))
}

/// The store that gets an account, one revision on.
async fn owner(
    ports: &(impl Stores + Clock),
    roots: &impl Roots,
    id: StoreId,
) -> Result<Store, AccountError> {
    let mut store = match ports.find(id).await? {
        Some(found) => Store { revision: found.revision + 1, ..(*found).clone() },
        None if id == Store::DEPLOYMENT => blank(id, ports.now()),
        None => return Err(AccountError::Gone),
    };
    if store.roots.is_empty() {
        store.roots = first_roots(roots, id).await?;
    }
    Ok(store)
}

async fn save(ports: &impl Stores, store: Store) -> Result<(), AccountError> {
    match ports.save(&store).await? {
        Saved::Yes => Ok(()),
        Saved::Conflict => Err(AccountError::Conflict),
    }
}

/// Names and values, a NUL after each: neither has control characters.
fn seal(
    keys: &DataKeys,
    carrier: CarrierName,
    fields: &BTreeMap<String, String>,
    chance: &impl Chance,
) -> Vec<u8> {
    let pair = |(name, value): (&String, &String)| format!("{name}\0{value}\0");
    let plain: String = fields.iter().map(pair).collect();
    let (item, attribute) = place(keys.scope().0, carrier);
    keys.seal(Place { item: &item, attribute: &attribute }, plain.as_bytes(), chance)
}

fn unseal(
    keys: &DataKeys,
    carrier: CarrierName,
    account: &SealedAccount,
) -> Option<BTreeMap<String, String>> {
    let (item, attribute) = place(account.owner, carrier);
    let place = Place { item: &item, attribute: &attribute };
    let plain = String::from_utf8(keys.open(place, &account.sealed).ok()?).ok()?;
    let mut parts = plain.split_terminator('\0').map(str::to_owned);
    let mut fields = BTreeMap::new();
    while let Some(name) = parts.next() {
        fields.insert(name, parts.next()?);
    }
    Some(fields)
}

fn place(owner: StoreId, carrier: CarrierName) -> (String, String) {
    (owner.to_string(), format!("account/{}", carrier.as_str()))
}
