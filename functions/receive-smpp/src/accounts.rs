//! The accounts that have something to receive: each one once, whoever shares it.

use std::{collections::BTreeMap, sync::Arc};

use doorstep_domain::{
    Fault, Mode, account,
    carrier::{Account, CarrierName},
    keys::DataKeys,
    ports::{KeyRing, Stores},
    store::Store,
};

/// How many stores are read at a time.
const PAGE: usize = 100;

/// An account, and the live keys of its owner.
pub(crate) struct Opened {
    pub(crate) account: Arc<Account>,
    pub(crate) keys: Arc<DataKeys>,
}

/// The deployment's account, and those of stores with one of their own.
pub(crate) async fn all(ports: &impl Stores, ring: &impl KeyRing) -> Result<Vec<Opened>, Fault> {
    let mut found = BTreeMap::new();
    if let Some(deployment) = ports.find(Store::DEPLOYMENT).await? {
        add(&mut found, ports, ring, &deployment).await?;
    }
    let mut cursor = None;
    loop {
        let page = ports.list(PAGE, cursor).await?;
        for store in &page.items {
            add(&mut found, ports, ring, store).await?;
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found.into_values().collect());
        }
    }
}

async fn add(
    found: &mut BTreeMap<String, Opened>,
    ports: &impl Stores,
    ring: &impl KeyRing,
    store: &Store,
) -> Result<(), Fault> {
    let own = store.accounts.get(&CarrierName::Smpp).filter(|it| it.owner == store.id);
    if own.is_none_or(|own| found.contains_key(&own.id)) {
        return Ok(());
    }
    if let Some(account) = account::open(ports, ring, store, CarrierName::Smpp).await? {
        let keys = ring.data(store, Mode::Live).await?;
        found.insert(account.id.clone(), Opened { account, keys });
    }
    Ok(())
}
