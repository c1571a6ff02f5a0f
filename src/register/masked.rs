//! Marks of which a symbol hides one letter or character, as in `N*KE` and `香*儿`.

use std::ops::Range;

use super::compare::hides;
use super::index::purpose::{EDIT, ENDS, HEAD, TAIL};
use super::index::{FUZZY_MAX, FUZZY_MIN, HAN_NEAR};
use super::search::{Searcher, WORDS_MAX};
use crate::text::{Class, Unit, is_mask};

/// Characters to be seen of the longest Chinese mark of which one is hidden.
const SHOWN_MAX: usize = *HAN_NEAR.end() - 1;

/// A symbol, with no space to what stands beside it.
struct Mask {
    /// The unit and the token that follow.
    unit: usize,
    token: usize,
    /// What it stands between.
    before: Option<Class>,
    after: Option<Class>,
}

impl Searcher<'_> {
    /// Forms that stand around a symbol which hides a part of them. `false` where it ended early.
    #[inline(never)]
    pub(super) fn masked(&mut self) -> bool {
        let (mut unit, mut token) = (0, 0);
        for at in 0..self.scratch.chars.len() {
            if !self.scratch.chars.get(at).is_some_and(|c| is_mask(*c)) {
                continue;
            }
            if self.is_full() {
                return false;
            }
            let (units, tokens) = (self.text.units(), self.text.tokens());
            unit += count_while(units.get(unit..), |it| (it.start as usize) < at);
            token += count_while(tokens.get(token..), |it| it.start < unit);
            let last = unit.checked_sub(1).and_then(|last| units.get(last));
            let before = last.filter(|it| it.end as usize == at).map(|it| it.class);
            let next = units.get(unit).filter(|it| it.start as usize == at + 1);
            let mask = Mask { unit, token, before, after: next.map(|it| it.class) };
            self.hidden_letter(&mask);
            self.hidden_character(&mask);
        }
        true
    }

    /// Latin forms with a letter hidden, in one word or in one of several.
    fn hidden_letter(&mut self, mask: &Mask) {
        if [mask.before, mask.after] != [Some(Class::Letter); 2] {
            return;
        }
        let tokens = self.text.tokens();
        let (before, after) = tokens.split_at_checked(mask.token).unwrap_or_default();
        for first in before.iter().rev().take(WORDS_MAX) {
            for last in after.iter().take(WORDS_MAX) {
                let shown = first.start..last.end;
                if (FUZZY_MIN..=FUZZY_MAX).contains(&(shown.len() + 1)) {
                    let hash = self.part(shown.clone()).finish(EDIT);
                    let hidden = mask.unit - shown.start;
                    self.nominate(&self.index.latin, hash, &shown, |units, form| {
                        hides(units, form, hidden)
                    });
                }
            }
        }
    }

    /// Chinese forms with a character hidden and at least two to be seen.
    fn hidden_character(&mut self, mask: &Mask) {
        let units = self.text.units();
        let (before, after) = units.split_at_checked(mask.unit).unwrap_or_default();
        let before = if mask.before.is_some() { run(before.iter().rev()) } else { 0 };
        let after = if mask.after.is_some() { run(after.iter()) } else { 0 };
        for before in 0..=before {
            for after in 0..=after.min(SHOWN_MAX - before) {
                let shown = mask.unit - before..mask.unit + after;
                if shown.len() >= 2 {
                    let hash = self.shown_pair(&shown, before, after);
                    self.nominate(&self.index.han, hash, &shown, |units, form| {
                        hides(units, form, before)
                    });
                }
            }
        }
    }

    /// By what forms are known of which so many characters are to be seen before and after a hidden one.
    fn shown_pair(&self, shown: &Range<usize>, before: usize, after: usize) -> u64 {
        match (before, after) {
            (2.., _) => self.part(shown.start..shown.start + 2).finish(HEAD),
            (_, 2..) => self.part(shown.end - 2..shown.end).finish(TAIL),
            _ => self.part(shown.clone()).finish(ENDS),
        }
    }
}

/// How many Chinese characters stand in a row, as far as a mark may reach.
fn run<'u>(units: impl Iterator<Item = &'u Unit>) -> usize {
    units.take(SHOWN_MAX).take_while(|unit| unit.class == Class::Han).count()
}

fn count_while<T>(rest: Option<&[T]>, is: impl Fn(&T) -> bool) -> usize {
    rest.unwrap_or_default().iter().take_while(|it| is(it)).count()
}

#[cfg(test)]
mod tests {
    use crate::domain::{Technique, TechniqueSet};
    use crate::register::test_support::{found, register};

    const NAMES: [&str; 6] = ["Nike", "Decathlon", "Under Armour", "叶罗丽", "阿迪达斯", "威宝"];

    #[test]
    fn a_symbol_hides_one_letter_or_character() {
        let register = register(&NAMES);
        let leet = TechniqueSet::of(&[Technique::Leet]);
        for (declared, name, matched) in [
            ("N*KE", "Nike", "N*KE"),
            ("new n_ke, 2 pcs", "Nike", "n_ke"),
            ("Ni○e shoe", "Nike", "Ni○e"),
            ("* DEC*THLON *", "Decathlon", "DEC*THLON"),
            ("Und*r Armour bag", "Under Armour", "Und*r Armour"),
            ("Under A●mour", "Under Armour", "Under A●mour"),
            ("新款叶*丽娃娃", "叶罗丽", "叶*丽"),
            ("叶罗＊", "叶罗丽", "叶罗"),
            ("女□罗丽", "叶罗丽", "罗丽"),
            ("阿*达斯鞋", "阿迪达斯", "阿*达斯"),
            ("阿迪达○", "阿迪达斯", "阿迪达"),
        ] {
            let expected = [(name.to_owned(), matched.to_owned(), leet)];
            assert_eq!(found(&register, declared), expected, "{declared}");
        }
    }

    #[test]
    fn what_is_hidden_is_one_letter_between_others_or_one_character_beside_two() {
        let register = register(&NAMES);
        for declared in [
            "N * KE",
            "N**KE",
            "N-KE",
            "N*KES",
            "*IKE",
            "NIK*",
            "N*K*",
            "N*1E",
            "威*",
            "*宝",
            "叶**丽",
            "叶*女丽",
            "叶 * 丽",
            "*",
            "**",
            "",
        ] {
            assert_eq!(found(&register, declared), [], "{declared}");
        }
    }
}
