//! Lists of one store after the other, for keys of the whole deployment that name none.

use std::collections::VecDeque;

use doorstep_domain::{
    Fault,
    id::StoreId,
    ports::{Page, Range, Stores},
    store::Store,
};

/// Stores that one call looks at.
const AT_ONCE: usize = 20;

/// The store that is named, or every one by its id.
///
/// # Errors
/// When the port is broken.
pub async fn stores(ports: &impl Stores, named: Option<StoreId>) -> Result<Vec<StoreId>, Fault> {
    if let Some(named) = named {
        return Ok(vec![named]);
    }
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let found = ports.list(100, cursor).await?;
        all.extend(found.items.iter().map(|store| store.id));
        cursor = found.next;
        if cursor.is_none() {
            all.retain(|id| *id != Store::DEPLOYMENT);
            return Ok(all);
        }
    }
}

/// A page that begins in one store and may end in another. Its cursor is a store's id and, behind a
/// slash, the cursor there; without one, everything of that store was shown.
#[derive(Debug)]
pub struct Tour<T> {
    left: VecDeque<StoreId>,
    range: Range,
    seen: usize,
    page: Page<T>,
}

impl<T> Tour<T> {
    /// Through these stores, by their ids.
    #[must_use]
    pub fn new(stores: Vec<StoreId>, mut range: Range) -> Self {
        let cursor = range.cursor.take().unwrap_or_default();
        let (store, inner) = cursor.split_once('/').unwrap_or_default();
        let begins = |id: &StoreId| {
            let id = id.to_string();
            if inner.is_empty() { *id > *store } else { *id >= *store }
        };
        let inner = Some(inner.to_owned()).filter(|inner| !inner.is_empty());
        let left: VecDeque<_> = stores.into_iter().filter(begins).collect();
        range.cursor = inner.filter(|_| left.front().is_some_and(|id| id.to_string() == store));
        Self { left, range, seen: 0, page: Page { items: Vec::new(), next: None } }
    }

    /// The store to look at next and what is wanted of it; `None` when the page is done.
    pub fn visit(&mut self) -> Option<(StoreId, Range)> {
        let limit = self.range.limit.saturating_sub(self.page.items.len());
        let done = limit == 0 || self.seen == AT_ONCE || self.page.next.is_some();
        let store = self.left.front().copied().filter(|_| !done)?;
        Some((store, Range { limit, cursor: self.range.cursor.take(), ..self.range.clone() }))
    }

    /// What was found there.
    pub fn add(&mut self, found: Page<T>) {
        let Some(store) = self.left.pop_front() else { return };
        self.seen += 1;
        self.page.items.extend(found.items);
        let full = self.page.items.len() >= self.range.limit || self.seen == AT_ONCE;
        self.page.next = match found.next {
            Some(inner) => Some(format!("{store}/{inner}")),
            None => (full && !self.left.is_empty()).then(|| format!("{store}/")),
        };
    }

    /// The page.
    #[must_use]
    pub fn page(self) -> Page<T> {
        self.page
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// Pages of so many entries, of stores that have so many each: entries, and how many stores a
    /// page looked at.
    fn pages(stores: &[usize], limit: usize) -> Vec<(Vec<(usize, usize)>, usize)> {
        let (mut cursor, mut pages) = (None, Vec::new());
        loop {
            let ids = (0..stores.len()).map(|n| StoreId::from_bits(n as u128 + 1)).collect();
            let (from, to) = (Timestamp::MIN, Timestamp::MAX);
            let mut tour = Tour::new(ids, Range { from, to, limit, cursor: cursor.take() });
            let mut looked = 0;
            while let Some((store, range)) = tour.visit() {
                looked += 1;
                let store = usize::try_from(store.bits()).unwrap() - 1;
                let begin = range.cursor.map_or(0, |cursor| cursor.parse::<usize>().unwrap() + 1);
                let end = stores[store].min(begin + range.limit);
                let next = (end < stores[store]).then(|| (end - 1).to_string());
                tour.add(Page { items: (begin..end).map(|n| (store, n)).collect(), next });
            }
            let page = tour.page();
            pages.push((page.items, looked));
            cursor = page.next;
            if cursor.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn every_entry_of_every_store_comes_once_and_in_order() {
        let stores = [3, 0, 0, 2, 1, 0, 4];
        let all = (0..7).flat_map(|store| (0..stores[store]).map(move |n| (store, n)));
        let all: Vec<_> = all.collect();
        for limit in [1, 2, 3, 5, 10, 11] {
            let pages = pages(&stores, limit);
            let found: Vec<_> = pages.iter().flat_map(|(found, _)| found.clone()).collect();
            assert_eq!(found, all, "{limit} at a time");
            assert!(pages.iter().all(|(found, _)| found.len() <= limit));
        }
    }

    #[test]
    fn no_call_looks_at_more_than_twenty_stores() {
        let looked: Vec<_> = pages(&[0; 45], 9).into_iter().map(|(_, looked)| looked).collect();
        assert_eq!(looked, [20, 20, 5]);
    }

    #[test]
    fn a_cursor_of_a_store_that_is_not_asked_for_shows_nothing_of_it() {
        let (from, to) = (Timestamp::MIN, Timestamp::MAX);
        let cursor = Some(format!("{}/12#x", StoreId::from_bits(1)));
        let mut tour =
            Tour::<()>::new(vec![StoreId::from_bits(2)], Range { from, to, limit: 1, cursor });
        let (store, range) = tour.visit().unwrap();
        assert_eq!((store, range.cursor), (StoreId::from_bits(2), None));
    }
}
