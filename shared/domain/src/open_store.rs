//! Opening a store, and changing its settings.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    Fault, Mode,
    account::{Holder, Unique},
    id::StoreId,
    keys::RootUse,
    ports::{Chance, Claims, Clock, Roots, Stores},
    seal::KeyVersion,
    start::in_milliseconds,
    store::{Saved, Settings, Store, WrappedRoot},
};

/// Why a store was not opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// Its verification text would not be one segment.
    #[error("the text is too long")]
    TextTooLong,
    /// Shoppers text another store by this number.
    #[error("the number is another store's")]
    NumberTaken,
    /// There is no such store.
    #[error("not found")]
    Gone,
    /// It changed in between.
    #[error("conflict")]
    Conflict,
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Opens a store with roots of its own, wrapped before anybody sees them.
///
/// # Errors
/// See [`OpenStoreError`].
pub async fn open(
    ports: &(impl Stores + Claims + Clock + Chance),
    roots: &impl Roots,
    own: Settings,
) -> Result<Store, OpenStoreError> {
    found(ports, roots).await?;
    let id = StoreId::random(ports);
    let roots = first_roots(roots, id).await?;
    let store = Store { own, roots, ..blank(id, ports.now()) };
    let store = match ports.find(Store::DEPLOYMENT).await? {
        Some(deployment) => store.inheriting(&deployment),
        None => Store { settings: store.own.clone(), ..store },
    };
    save(ports, store, &Settings::default()).await
}

/// The deployment has roots of its own as soon as it has a store: guards count under its keys.
/// Whoever is faster has done the same.
async fn found(ports: &(impl Stores + Clock), roots: &impl Roots) -> Result<(), Fault> {
    let known = ports.find(Store::DEPLOYMENT).await?;
    let next = match known {
        Some(known) if !known.roots.is_empty() => return Ok(()),
        Some(known) => Store { revision: known.revision + 1, ..(*known).clone() },
        None => blank(Store::DEPLOYMENT, ports.now()),
    };
    let roots = first_roots(roots, Store::DEPLOYMENT).await?;
    ports.save(&Store { roots, ..next }).await.map(drop)
}

/// Changes a store's settings, or the deployment's defaults.
///
/// # Errors
/// See [`OpenStoreError`].
pub async fn change(
    ports: &(impl Stores + Claims + Clock),
    id: StoreId,
    own: Settings,
) -> Result<Store, OpenStoreError> {
    let defaults =
        if id == Store::DEPLOYMENT { Settings::default() } else { defaults(ports).await? };
    let settings = own.or(&defaults);
    let (former, store) = match ports.find(id).await? {
        Some(found) => {
            let next = Store { own, settings, revision: found.revision + 1, ..(*found).clone() };
            (found.own.clone(), next)
        }
        None if id == Store::DEPLOYMENT => {
            (Settings::default(), Store { own, settings, ..blank(id, ports.now()) })
        }
        None => return Err(OpenStoreError::Gone),
    };
    save(ports, store, &former).await
}

async fn save(
    ports: &(impl Stores + Claims),
    store: Store,
    former: &Settings,
) -> Result<Store, OpenStoreError> {
    if !store.settings.text_fits() {
        return Err(OpenStoreError::TextTooLong);
    }
    let (former, now) = (number(&store, former), number(&store, &store.own));
    let holder = Holder { store: store.id, carrier: None };
    if let Some(number) = now.as_ref().filter(|_| now != former)
        && !ports.claim(number, holder).await?
    {
        return Err(OpenStoreError::NumberTaken);
    }
    if ports.save(&store).await? == Saved::Conflict {
        return Err(OpenStoreError::Conflict);
    }
    if let Some(former) = former.as_ref().filter(|_| now != former) {
        ports.release(former, holder).await?;
    }
    Ok(store)
}

/// The number that is the store's alone. The deployment has none: texts to it would name no store.
fn number(store: &Store, settings: &Settings) -> Option<Unique> {
    let number = settings.inbound_number.as_deref().filter(|_| store.id != Store::DEPLOYMENT);
    number.and_then(Unique::number)
}

/// A store without settings, accounts and roots.
pub(crate) fn blank(id: StoreId, now: Timestamp) -> Store {
    Store {
        id,
        own: Settings::default(),
        settings: Settings::default(),
        accounts: BTreeMap::new(),
        roots: Vec::new(),
        indexing: KeyVersion(1),
        created_at: in_milliseconds(now),
        revision: 0,
    }
}

async fn defaults(ports: &impl Stores) -> Result<Settings, Fault> {
    let defaults = ports.find(Store::DEPLOYMENT).await?;
    Ok(defaults.map(|defaults| defaults.own.clone()).unwrap_or_default())
}

/// Two roots for each mode: personal data, and codes.
pub(crate) async fn first_roots(
    roots: &impl Roots,
    store: StoreId,
) -> Result<Vec<WrappedRoot>, Fault> {
    let mut made = Vec::new();
    for mode in [Mode::Test, Mode::Live] {
        for usage in [RootUse::Data, RootUse::Codes] {
            let wrapped = roots.make(store, mode, usage).await?;
            made.push(WrappedRoot { mode, usage, version: KeyVersion(1), wrapped });
        }
    }
    Ok(made)
}
