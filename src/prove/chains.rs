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

/// Items by a number, those of each together and in their order.
#[derive(Default)]
pub(super) struct Lists<T> {
    /// Where those of each number begin, and where the last end.
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default> Lists<T> {
    /// The items with their numbers, each of which is below the count.
    pub fn of(count: usize, numbered: &[(u32, T)]) -> Self {
        let mut starts = vec![0_u32; count + 1];
        for (number, _) in numbered {
            starts.get_mut(*number as usize).into_iter().for_each(|size| *size += 1);
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        // From the back: what is the end of a list becomes its start while it fills.
        let mut items = vec![T::default(); numbered.len()];
        for (number, item) in numbered.iter().rev() {
            let Some(start) = starts.get_mut(*number as usize) else { continue };
            *start -= 1;
            items.get_mut(*start as usize).into_iter().for_each(|place| *place = *item);
        }
        Lists { starts, items }
    }
    /// Those of a number.
    pub fn get(&self, number: u32) -> &[T] {
        let number = number as usize;
        let Some([start, end]) = self.starts.get(number..number + 2) else { return &[] };
        self.items.get(*start as usize..*end as usize).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::{Chains, Lists};

    #[test]
    fn numbers_are_found_in_their_order() {
        let chains = Chains::of(["a", "b", "a", "c", "a", "b"].into_iter());
        let of = |key| chains.get(&key).collect::<Vec<_>>();
        assert_eq!((of("a"), of("b"), of("c"), of("d")), (vec![0, 2, 4], vec![1, 5], vec![3], vec![]));
        assert!(chains.has(&"c") && !chains.has(&"d"));
    }

    #[test]
    fn items_are_listed_by_number() {
        let lists = Lists::of(4, &[(2, 'a'), (0, 'b'), (2, 'c'), (3, 'd'), (2, 'e')]);
        let all: Vec<String> = (0..5).map(|number| lists.get(number).iter().collect()).collect();
        assert_eq!(all, ["b", "", "ace", "d", ""]);
    }
}
