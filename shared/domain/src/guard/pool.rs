//! Blocks of sends that a function holds, so that not every text changes the books.
//!
//! A block was taken from all counters before it is here: what is lost with a function that stops
//! refuses a little early, and nothing is ever refused late.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{book::Cap, limits::Left, risk::Pressure, window::Window};
use crate::{Mode, id::StoreId, phone::Region};

/// The most sends of one block.
pub(super) const BLOCK: u32 = 16;
/// How many kinds of blocks are held; all are dropped when there are more.
const ROOM: usize = 500;

/// What a block is for: sends to one country that take the same of the same counters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct BlockKey {
    pub(super) scope: (StoreId, Mode),
    pub(super) region: Region,
    /// The caps' counters and amounts, as they stand now: a changed lever is another block.
    pub(super) caps: Vec<(String, u64, u64)>,
}

/// The caps of a block: those of the store's book, and those of the deployment's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Caps {
    pub(super) store: Vec<Cap>,
    pub(super) deployment: Vec<Cap>,
}

/// Sends that were taken and not used yet.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) left: u32,
    pub(super) taken: Timestamp,
    pub(super) region: Region,
    /// Whether somebody is to type their codes: then they count as texts of their country.
    pub(super) code: bool,
    pub(super) caps: Caps,
    pub(super) pressure: Pressure,
    pub(super) limits: Vec<Left>,
}

/// The blocks of one running function.
#[derive(Default)]
pub struct Pool(Mutex<HashMap<BlockKey, Block>>);

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({} blocks)", self.blocks().len())
    }
}

impl Pool {
    /// One send of a block that was taken in this hour, with the block as it is without it.
    pub(super) fn take(&self, key: &BlockKey, at: Timestamp) -> Option<Block> {
        let mut blocks = self.blocks();
        let block = blocks.get_mut(key).filter(|block| block.left > 0 && is_fresh(block, at))?;
        block.left -= 1;
        Some(block.clone())
    }

    /// Keeps what is left of a new block.
    pub(super) fn put(&self, key: BlockKey, block: Block) {
        let mut blocks = self.blocks();
        if blocks.len() >= ROOM {
            blocks.clear();
        }
        let left = blocks.remove(&key).filter(|known| known.taken == block.taken);
        let left = left.map_or(0, |known| known.left);
        blocks.insert(key, Block { left: block.left + left, ..block });
    }

    /// Puts back a send that was taken here and is not made.
    pub(super) fn put_back(&self, key: &BlockKey, taken: Timestamp) {
        if let Some(block) = self.blocks().get_mut(key).filter(|block| block.taken == taken) {
            block.left += 1;
        }
    }

    /// Takes out this store's blocks that nobody will use: of another hour, or of other caps.
    pub(super) fn stale(&self, key: &BlockKey, at: Timestamp) -> Vec<Block> {
        let mut blocks = self.blocks();
        let same_kind = |known: &BlockKey| known.scope == key.scope && known.region == key.region;
        let stale: Vec<_> = blocks
            .iter()
            .filter(|(known, block)| same_kind(known) && !is_fresh(block, at))
            .map(|(known, _)| known.clone())
            .collect();
        let taken = stale.into_iter().filter_map(|known| blocks.remove(&known));
        taken.filter(|block| block.left > 0).collect()
    }

    fn blocks(&self) -> MutexGuard<'_, HashMap<BlockKey, Block>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_fresh(block: &Block, at: Timestamp) -> bool {
    Window::Hour.number(block.taken) == Window::Hour.number(at)
}
