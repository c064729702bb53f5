//! How long texts wait.

use doorstep_domain::{
    Fault, Mode,
    id::StoreId,
    lag::{HOLDS, Lag},
    ports::Lags,
};

use jiff::Timestamp;

use super::Memory;

impl Lags for Memory {
    async fn note_lag(&self, of: (StoreId, Mode), lag: Lag) -> Result<(), Fault> {
        self.others_first().await;
        let lags = &mut self.tables().lags;
        let flowed = lags.get(&of).and_then(|known| known.flowed);
        let known = lags.get(&of).filter(|known| lag.seen < known.seen + HOLDS);
        if known.is_none_or(|known| lag.since <= known.since) {
            lags.insert(of, Lag { flowed, ..lag });
        }
        Ok(())
    }

    async fn note_flow(&self, of: (StoreId, Mode), asked: Timestamp) -> Result<(), Fault> {
        self.others_first().await;
        if let Some(lag) = self.tables().lags.get_mut(&of) {
            lag.flowed = lag.flowed.max(Some(asked));
        }
        Ok(())
    }

    async fn lag(&self, of: (StoreId, Mode)) -> Result<Option<Lag>, Fault> {
        self.others_first().await;
        Ok(self.tables().lags.get(&of).copied())
    }
}
