//! Opening a store, and changing its settings.

use crate::{
    Fault, Mode,
    id::StoreId,
    keys::RootUse,
    ports::{Chance, Clock, Roots, Stores},
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
    ports: &(impl Stores + Clock + Chance),
    roots: &impl Roots,
    own: Settings,
) -> Result<Store, OpenStoreError> {
    let defaults = defaults(ports).await?;
    let id = StoreId::random(ports);
    let store = Store {
        id,
        settings: own.or(&defaults),
        own,
        roots: first_roots(roots, id).await?,
        indexing: KeyVersion(1),
        created_at: in_milliseconds(ports.now()),
        revision: 0,
    };
    save(ports, store).await
}

/// Changes a store's settings, or the deployment's defaults.
///
/// # Errors
/// See [`OpenStoreError`].
pub async fn change(
    ports: &(impl Stores + Clock),
    id: StoreId,
    own: Settings,
) -> Result<Store, OpenStoreError> {
    let defaults =
        if id == Store::DEPLOYMENT { Settings::default() } else { defaults(ports).await? };
    let settings = own.or(&defaults);
    let store = match ports.find(id).await? {
        Some(store) => Store { own, settings, revision: store.revision + 1, ..(*store).clone() },
        None if id == Store::DEPLOYMENT => Store {
            id,
            own,
            settings,
            roots: Vec::new(),
            indexing: KeyVersion(1),
            created_at: in_milliseconds(ports.now()),
            revision: 0,
        },
        None => return Err(OpenStoreError::Gone),
    };
    save(ports, store).await
}

async fn defaults(ports: &impl Stores) -> Result<Settings, Fault> {
    let defaults = ports.find(Store::DEPLOYMENT).await?;
    Ok(defaults.map(|defaults| defaults.own.clone()).unwrap_or_default())
}

async fn save(ports: &impl Stores, store: Store) -> Result<Store, OpenStoreError> {
    if !store.settings.text_fits() {
        return Err(OpenStoreError::TextTooLong);
    }
    match ports.save(&store).await? {
        Saved::Yes => Ok(store),
        Saved::Conflict => Err(OpenStoreError::Conflict),
    }
}

/// Two roots for each mode: personal data, and codes.
async fn first_roots(roots: &impl Roots, store: StoreId) -> Result<Vec<WrappedRoot>, Fault> {
    let mut made = Vec::new();
    for mode in [Mode::Test, Mode::Live] {
        for usage in [RootUse::Data, RootUse::Codes] {
            let wrapped = roots.make(store, mode, usage).await?;
            made.push(WrappedRoot { mode, usage, version: KeyVersion(1), wrapped });
        }
    }
    Ok(made)
}
