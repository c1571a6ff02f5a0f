//! From hashes to the forms they nominate: one table, built in one go, behind a filter that says no at once.

use std::hint::select_unpredictable;

/// Forms nominated by one hash. More forms with one Chinese pair at an end are looked at from their other end only.
const NOMINATED_MAX: usize = 64;

/// Bits of the filter for each key: about one probe in a hundred passes for nothing.
const FILTER_BITS: usize = 12;

/// Hashes and the forms they nominate. Each stands at the place that its first bits say, or at the next that was free.
#[derive(Debug, Default)]
pub(super) struct Keys {
    filter: Filter,
    /// Places that hashes say.
    places: usize,
    /// The last one is free always.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The hash's last bits.
    tag: u32,
    form: u32,
}

impl Entry {
    const FREE: Self = Self { tag: 0, form: u32::MAX };

    fn is_free(self) -> bool {
        self.form == u32::MAX
    }
}

impl Keys {
    /// Gives each key its place, in their order, first by their first bits: memory that is near is written then.
    pub(super) fn build(keys: Vec<(u64, u32)>) -> Self {
        let places = keys.len() + keys.len() / 2;
        let mut built = Self {
            filter: Filter::for_keys(keys.len()),
            places,
            entries: vec![Entry::FREE; places + 1],
        };
        for (hash, form) in parted(keys) {
            built.filter.insert(hash);
            built.insert(hash, form);
        }
        built
    }

    /// Takes a form up, unless its hash nominates as many already as are looked at.
    fn insert(&mut self, hash: u64, form: u32) {
        let (place, tag) = (self.place(hash), tag_of(hash));
        let mut nominated = 0;
        for (at, entry) in self.entries.iter_mut().enumerate().skip(place) {
            if entry.is_free() {
                *entry = Entry { tag, form };
                if at + 1 == self.entries.len() {
                    self.entries.push(Entry::FREE);
                }
                return;
            }
            nominated += usize::from(entry.tag == tag);
            if nominated == NOMINATED_MAX {
                return;
            }
        }
    }

    /// The forms that a hash nominates. Most hashes nominate none, which [`Keys::may_nominate`] says faster.
    pub(super) fn nominated(&self, hash: u64) -> impl Iterator<Item = u32> {
        let entries = self.entries.get(self.place(hash)..).unwrap_or_default();
        let tag = tag_of(hash);
        let near = entries.iter().take_while(|entry| !entry.is_free());
        near.filter(move |entry| entry.tag == tag).map(|entry| entry.form).take(NOMINATED_MAX)
    }

    /// Whether a hash may nominate anything.
    pub(super) fn may_nominate(&self, hash: u64) -> bool {
        self.filter.may_hold(hash)
    }

    fn place(&self, hash: u64) -> usize {
        share(hash, self.places)
    }

    /// Bytes of memory it holds.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Entry>() * self.entries.len() + self.filter.bytes()
    }
}

/// One of so many places, by the first bits of a hash.
fn share(hash: u64, places: usize) -> usize {
    usize::try_from(((hash >> 32) * places as u64) >> 32).unwrap_or(0)
}

/// The keys by the first eight bits of their hashes, in their order otherwise.
#[expect(
    clippy::needless_pass_by_value,
    reason = "their memory is given back before more is taken"
)]
fn parted(keys: Vec<(u64, u32)>) -> Vec<(u64, u32)> {
    const PARTS: usize = 256;
    let part = |hash: u64| usize::try_from(hash >> 56).unwrap_or(0);
    let mut next = [0_usize; PARTS];
    for (hash, _) in &keys {
        if let Some(count) = next.get_mut(part(*hash)) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut next {
        sum += std::mem::replace(start, sum);
    }
    let mut parted = vec![(0, 0); keys.len()];
    for key in &keys {
        if let Some(place) = next.get_mut(part(key.0)) {
            if let Some(slot) = parted.get_mut(*place) {
                *slot = *key;
            }
            *place += 1;
        }
    }
    parted
}

#[expect(clippy::cast_possible_truncation, reason = "the last bits are what is meant")]
fn tag_of(hash: u64) -> u32 {
    hash as u32
}

/// A Bloom filter whose bits for one key stand in one word: one access to memory.
#[derive(Debug, Default)]
pub(super) struct Filter {
    words: Vec<u64>,
}

impl Filter {
    pub(super) fn of(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let mut filter = Self::for_keys(hashes.len());
        for hash in hashes {
            filter.insert(hash);
        }
        filter
    }

    fn for_keys(count: usize) -> Self {
        Self { words: vec![0; count * FILTER_BITS / 64 + 1] }
    }

    fn insert(&mut self, hash: u64) {
        let (index, bits) = self.place(hash);
        if let Some(word) = self.words.get_mut(index) {
            *word |= bits;
        }
    }

    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let (index, bits) = self.place(hash);
        let word = self.words.get(index).copied().unwrap_or(0);
        word & bits == bits
    }

    /// Bytes of memory it holds.
    pub(super) fn bytes(&self) -> usize {
        8 * self.words.len()
    }

    /// The word, and three bits in it.
    fn place(&self, hash: u64) -> (usize, u64) {
        (share(hash, self.words.len()), three_bits(hash))
    }
}

/// A [`Filter`] of keys that are asked for several at once: all keys of one group stand in one line of memory.
#[derive(Debug, Default)]
pub(super) struct GroupFilter {
    lines: Vec<Line>,
}

/// A line of memory.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Line([u64; 8]);

/// What is told apart of a key and its group, in few bits, since there are many of them while an index is built: the first
/// ones of the group's hash, and of the key's the first three and the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupKey {
    group: u32,
    key: u32,
}

impl GroupKey {
    /// Bits of the key's hash that say which bits of a word are its own.
    const LAST: u32 = 18;

    #[expect(clippy::cast_possible_truncation, reason = "so many bits are meant")]
    pub(super) fn new(group: u64, hash: u64) -> Self {
        let last = hash as u32 & ((1 << Self::LAST) - 1);
        Self { group: (group >> 32) as u32, key: ((hash >> 61) as u32) << Self::LAST | last }
    }

    fn line(self, lines: usize) -> usize {
        share(u64::from(self.group) << 32, lines)
    }

    /// A word of a line, and three bits in it.
    fn place(self) -> (usize, u64) {
        ((self.key >> Self::LAST) as usize, three_bits(self.key.into()))
    }
}

impl GroupFilter {
    pub(super) fn of(keys: &[GroupKey]) -> Self {
        let count = keys.len() * FILTER_BITS / (8 * size_of::<Line>()) + 1;
        let mut lines = vec![Line::default(); count];
        for key in keys {
            let (word, bits) = key.place();
            if let Some(word) = lines.get_mut(key.line(count)).and_then(|it| it.0.get_mut(word)) {
                *word |= bits;
            }
        }
        Self { lines }
    }

    pub(super) fn may_hold(&self, key: GroupKey) -> bool {
        let (word, bits) = key.place();
        let line = self.lines.get(key.line(self.lines.len()));
        line.and_then(|it| it.0.get(word)).is_some_and(|word| word & bits == bits)
    }

    /// Bytes of memory it holds.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Line>() * self.lines.len()
    }
}

/// Three bits of a word.
fn three_bits(hash: u64) -> u64 {
    1 << (hash & 63) | 1 << (hash >> 6 & 63) | 1 << (hash >> 12 & 63)
}

/// Up to sixteen facts of each pair of characters, by the pair's hash, behind a filter that knows most pairs of texts to
/// be none of them. Pairs can share a place and so each other's facts.
#[derive(Debug, Default)]
pub(super) struct PairFacts {
    filter: Filter,
    /// The first is for pairs that are none of them.
    places: Vec<u16>,
    shift: u32,
}

impl PairFacts {
    pub(super) fn of(pairs: &[(u64, u16)]) -> Self {
        let bits = pairs.len().max(2).next_power_of_two().ilog2();
        let places = vec![0; (1 << bits) + 1];
        let filter = Filter::of(pairs.iter().map(|(hash, _)| *hash));
        let mut facts = Self { filter, places, shift: u64::BITS - bits };
        for (hash, does) in pairs {
            let place = facts.place(*hash);
            if let Some(known) = facts.places.get_mut(place) {
                *known |= does;
            }
        }
        facts
    }

    /// What is known of a pair; none of its own facts is missing.
    #[inline]
    pub(super) fn of_pair(&self, hash: u64) -> u16 {
        // Whether a text's next pair is one of them cannot be guessed.
        let place = select_unpredictable(self.filter.may_hold(hash), self.place(hash), 0);
        self.places.get(place).copied().unwrap_or(0)
    }

    /// Bytes of memory it holds.
    pub(super) fn bytes(&self) -> usize {
        2 * self.places.len() + self.filter.bytes()
    }

    fn place(&self, hash: u64) -> usize {
        1 + usize::try_from(hash >> self.shift).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hash::pair_hash;

    #[test]
    fn what_was_put_in_is_nominated_and_little_else() {
        let hash = |number: u32| u64::from(number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let keys = (0..5_000).map(|number| (hash(number), number)).collect::<Vec<_>>();
        let table = Keys::build(keys.clone());
        for number in 0..5_000 {
            assert!(table.nominated(hash(number)).any(|form| form == number));
        }
        let strangers =
            (5_000..15_000).filter(|number| table.nominated(hash(*number)).next().is_some());
        assert_eq!(strangers.count(), 0);
        assert_eq!(Keys::build(Vec::new()).nominated(1).count(), 0);
    }

    #[test]
    fn a_hash_nominates_so_many_forms_and_no_more_and_others_all_the_same() {
        let hash = |number: u32| u64::from(number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // One that all have, at the end of the table, and one that each alone has.
        let keys = (0..1_000).flat_map(|form| [(u64::MAX, form), (hash(form), form)]).collect();
        let table = Keys::build(keys);
        let most = u32::try_from(NOMINATED_MAX).unwrap();
        assert!(table.nominated(u64::MAX).eq(0..most));
        assert!((0..1_000).all(|form| table.nominated(hash(form)).eq([form])));
    }

    #[test]
    fn groups_hold_their_own_keys_and_few_others() {
        let hash = |number: u64| (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let group = |key: u64| hash(key / 5 + 1_000_000);
        let keys = (0..50_000).map(|key| GroupKey::new(group(key), hash(key))).collect::<Vec<_>>();
        let filter = GroupFilter::of(&keys);
        assert!(keys.iter().all(|key| filter.may_hold(*key)));
        // The same keys, each in the next one's group.
        let others = (0..50_000).map(|key| GroupKey::new(group(key + 5), hash(key)));
        let others = others.filter(|key| filter.may_hold(*key)).count();
        assert!(others < 50_000 / 20, "{others}");
        assert!(!GroupFilter::default().may_hold(GroupKey::new(1, 1)));
    }

    #[test]
    fn of_pairs_that_no_form_has_little_is_known() {
        let hash = |number: u32| {
            let han = |place: u32| char::from_u32(0x4E00 + place).unwrap();
            pair_hash(han(number % 1_000), han(number / 1_000))
        };
        let pairs = (0..100_000).map(|number| (hash(number), 1)).collect::<Vec<_>>();
        let facts = PairFacts::of(&pairs);
        assert!((0..100_000).all(|number| facts.of_pair(hash(number)) == 1));
        let known = (100_000..900_000).filter(|number| facts.of_pair(hash(*number)) != 0).count();
        assert!(known < 800_000 / 100, "{known}");
    }
}
