//! Which of a list have the same key, without a list for each key.

use rustc_hash::{FxBuildHasher, FxHashMap};

const NOBODY: u32 = u32::MAX;

/// Numbers by a key, kept as linked lists in one vector.
pub(super) struct Chains<K> {
    first: FxHashMap<K, u32>,
    next: Vec<u32>,
}

impl<K: Eq + std::hash::Hash> Chains<K> {
    /// The numbers of the keys in their order.
    pub fn of(keys: impl DoubleEndedIterator<Item = K> + ExactSizeIterator) -> Self {
        let first = FxHashMap::with_capacity_and_hasher(keys.len(), FxBuildHasher);
        let mut chains = Chains { first, next: vec![NOBODY; keys.len()] };
        // From the back, so that a chain counts upwards.
        for (number, key) in keys.enumerate().rev() {
            let before = chains.first.insert(key, number as u32).unwrap_or(NOBODY);
            if let Some(next) = chains.next.get_mut(number) {
                *next = before;
            }
        }
        chains
    }
    /// Those of a key, in their order.
    pub fn get<'c>(&'c self, key: &K) -> impl Iterator<Item = u32> + use<'c, K> {
        let mut at = self.first.get(key).copied().unwrap_or(NOBODY);
        std::iter::from_fn(move || {
            let found = (at != NOBODY).then_some(at)?;
            at = self.next.get(at as usize).copied().unwrap_or(NOBODY);
            Some(found)
        })
    }
    /// Is there one of a key?
    pub fn has(&self, key: &K) -> bool {
        self.first.contains_key(key)
    }
}

#[cfg(test)]
mod tests {
    use super::Chains;

    #[test]
    fn numbers_are_found_in_their_order() {
        let chains = Chains::of(["a", "b", "a", "c", "a", "b"].into_iter());
        let of = |key| chains.get(&key).collect::<Vec<_>>();
        assert_eq!((of("a"), of("b"), of("c"), of("d")), (vec![0, 2, 4], vec![1, 5], vec![3], vec![]));
        assert!(chains.has(&"c") && !chains.has(&"d"));
    }
}
