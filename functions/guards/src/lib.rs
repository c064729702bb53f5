#![doc = include_str!("../README.md")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    guard::{credit, shared},
    id::{SignupId, StoreId},
    ports::{Attempts, KeyRing, Slates, Stores},
    store::Store,
    usage::Meter,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    events::{NewsEvent, Unreadable},
};

/// Credits what its queue tells.
pub struct Guards<P, K> {
    /// Storage.
    pub ports: P,
    /// The stores' keys.
    pub ring: K,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P: Attempts + Slates + Stores, K: KeyRing> Worker for Guards<P, K> {
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        let (store, mode, signup) = read(body)?;
        self.meter.share(&store.to_string());
        let (found, deployment) = (
            Stores::find(&self.ports, store).await?,
            Stores::find(&self.ports, Store::DEPLOYMENT).await?,
        );
        let (Some(store), Some(deployment)) = (found, deployment) else {
            return Ok(Handled::Done);
        };
        let keys = self.ring.data(&store, mode).await?;
        let all = self.ring.data(&deployment, mode).await?;
        if let Some(attempt) = Attempts::find(&self.ports, &keys, signup).await? {
            credit(&self.ports, &keys, shared(mode, &keys, &all), &attempt).await?;
        }
        Ok(Handled::Done)
    }
}

/// Whose sign-up the news is about.
fn read(body: &str) -> Result<(StoreId, Mode, SignupId), Unreadable> {
    let news: NewsEvent = serde_json::from_str(body).map_err(|_| Unreadable)?;
    let id = news.item.strip_prefix("SGN#").ok_or(Unreadable)?;
    let ids = (news.store.parse(), news.mode.parse(), id.parse());
    let (Ok(store), Ok(mode), Ok(signup)) = ids else { return Err(Unreadable) };
    Ok((store, mode, signup))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_news_of_a_signup_is_read() {
        let (store, signup) = (StoreId::from_bits(1), SignupId::derived(32));
        let news = |item: String| {
            format!(
                r#"{{"store":"{store}","mode":"live","type":"signup.verified","item":"{item}","traceparent":""}}"#
            )
        };
        assert_eq!(read(&news(format!("SGN#{signup}"))), Ok((store, Mode::Live, signup)));
        for wrong in [news(format!("PH#{signup}")), news("SGN#x".to_owned()), "{}".to_owned()] {
            assert_eq!(read(&wrong), Err(Unreadable));
        }
    }
}
