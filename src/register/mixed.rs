//! Chinese marks of which some characters are spelled as they sound, in Latin letters, as in `xiao米` and `花xi子`.

use std::ops::Range;

use arrayvec::ArrayVec;

use super::compare::disguises;
use super::index::purpose::{FIRST_SOUNDS, LAST_SOUNDS, SOUND};
use super::index::{HAN_NEAR, sound_and_char, sound_pair};
use super::search::Searcher;
use crate::domain::Technique;
use crate::text::han::{Syllable, syllable};
use crate::text::hash::part_of;
use crate::text::words::latin;
use crate::text::{Class, Gap, bits};

/// Letters of the shortest syllable that is taken for a part of a mark.
const SYLLABLE_MIN: usize = 2;
/// What may belong to a mark on either side of a word.
const BESIDE_MAX: usize = *HAN_NEAR.end() - 1;
/// Syllables of one word.
const WORD_MAX: usize = 2;

/// What stands for one character of a mark.
#[derive(Debug, Clone)]
struct Spoken {
    syllable: Syllable,
    /// The character itself, unless it is spelled.
    han: Option<char>,
    units: Range<usize>,
}

impl Spoken {
    fn is(&self, letter: char) -> bool {
        self.han.map_or_else(|| self.syllable == syllable(letter), |han| han == letter)
    }
}

impl Searcher<'_> {
    /// Forms of which a word beside Chinese characters spells some: one character or, if it is no word that people use, two.
    #[inline(never)]
    pub(super) fn spelled_among_chinese(&mut self, word: &Range<usize>, is_strange: bool) {
        if !self.joins_chinese(word.start) && !self.joins_chinese(word.end) {
            return;
        }
        if let Some(spoken) = self.spelled(word.clone()) {
            self.around(&[spoken]);
        }
        if is_strange {
            for second in word.clone().skip(SYLLABLE_MIN) {
                let parts = [word.start..second, second..word.end];
                if let [Some(first), Some(second)] = parts.map(|part| self.spelled(part)) {
                    self.around(&[first, second]);
                }
            }
        }
    }

    /// Forms to which syllables belong with what is before and after them.
    fn around(&mut self, word: &[Spoken]) {
        let ([first, ..], [.., last]) = (word, word) else { return };
        let mut all = ArrayVec::<_, { 2 * BESIDE_MAX + WORD_MAX }>::new();
        let before = |it: &Spoken| self.spoken_before(it.units.start);
        all.extend(std::iter::successors(before(first), before).take(BESIDE_MAX));
        all.reverse();
        let first = all.len();
        all.extend(word.iter().cloned());
        let end = all.len();
        let after = |it: &Spoken| self.spoken_after(it.units.end);
        all.extend(std::iter::successors(after(last), after).take(BESIDE_MAX));
        for (start, pair) in all.array_windows().enumerate().take(first + 1) {
            for length in self.lengths_from(pair) {
                let spoken = all.get(start..start + length).filter(|_| start + length >= end);
                if let Some(spoken) = spoken {
                    self.as_spoken(spoken);
                }
            }
        }
    }

    /// How long the forms are that sound as if they began with two syllables.
    fn lengths_from(&self, [first, second]: &[Spoken; 2]) -> impl Iterator<Item = usize> + use<> {
        let lengths = self.index.sounds.get(sound_pair(first.syllable, second.syllable));
        bits(lengths.map_or(0, |it| it.begin.into())).map(|bit| HAN_NEAR.start() + bit as usize)
    }

    /// Forms that sound so and have the characters that are to be seen, one at least.
    fn as_spoken(&mut self, spoken: &[Spoken]) {
        let ([first, ..], [.., last]) = (spoken, spoken) else { return };
        let hash = match (spoken.len(), first.han, last.han) {
            (2, None, Some(c)) => sound_and_char(first.syllable, c).finish(FIRST_SOUNDS),
            (2, Some(c), None) => sound_and_char(last.syllable, c).finish(LAST_SOUNDS),
            (2, ..) => return,
            _ => part_of(spoken.iter().map(|it| it.syllable.into())).finish(SOUND),
        };
        if spoken.iter().all(|it| it.han.is_none()) {
            return;
        }
        let range = first.units.start..last.units.end;
        self.nominate(&self.index.han, hash, &range, |units, form| {
            let is_form = spoken.len() == form.len()
                && spoken.iter().zip(form).all(|(spoken, letter)| spoken.is(*letter));
            is_form.then(|| disguises(units).with(Technique::Pinyin))
        });
    }

    /// Whether nothing is between a unit and the one before it, and one of both is Chinese.
    fn joins_chinese(&self, at: usize) -> bool {
        self.text.units().get(at).is_some_and(|unit| unit.gap == Gap::Han)
    }

    /// The character or the spelled syllable that ends where a unit begins, with nothing between.
    fn spoken_before(&self, at: usize) -> Option<Spoken> {
        let before = self.text.units().get(..at).filter(|_| self.joins_chinese(at))?;
        if before.last()?.class == Class::Han {
            return self.character(at - 1);
        }
        let joined = before.iter().rev().take_while(|unit| unit.gap == Gap::None).count();
        self.spelled(at.checked_sub(joined + 1)?..at)
    }

    /// The character or the spelled syllable that begins with a unit, with nothing before it.
    fn spoken_after(&self, at: usize) -> Option<Spoken> {
        let after = self.text.units().get(at..).filter(|_| self.joins_chinese(at))?;
        let (first, rest) = after.split_first()?;
        if first.class == Class::Han {
            return self.character(at);
        }
        let joined = rest.iter().take_while(|unit| !unit.gap.is_boundary()).count();
        self.spelled(at..at + 1 + joined)
    }

    fn character(&self, at: usize) -> Option<Spoken> {
        let han = Some(self.text.units().get(at)?.read);
        Some(Spoken { syllable: *self.scratch.syllables.get(at)?, han, units: at..at + 1 })
    }

    /// Letters that are one syllable; a single one is too much like any other.
    fn spelled(&self, units: Range<usize>) -> Option<Spoken> {
        let letters = self.part(units.clone());
        let syllable = latin(letters).syllable().filter(|_| letters.len() >= SYLLABLE_MIN)?;
        Some(Spoken { syllable, han: None, units })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Technique;
    use crate::register::test_support::{candidates, found, register};

    const NAMES: [&str; 5] = ["小米", "花西子", "阿迪达斯", "路易威登", "康宁"];

    #[test]
    fn some_characters_are_spelled() {
        let register = register(&NAMES);
        for (declared, name, matched) in [
            ("xiao米手机", "小米", "xiao米"),
            ("新款小MI 手机", "小米", "小MI"),
            ("Ｋａｎｇ宁锅", "康宁", "Ｋａｎｇ宁"),
            ("花xi子散粉", "花西子", "花xi子"),
            ("Hua西Zi 散粉", "花西子", "Hua西Zi"),
            ("huaxi子", "花西子", "huaxi子"),
            ("女鞋阿di达斯", "阿迪达斯", "阿di达斯"),
            ("阿迪dasi鞋", "阿迪达斯", "阿迪dasi"),
            ("路yi威deng包", "路易威登", "路yi威deng"),
            ("花\u{200b}xi\u{200b}子", "花西子", "花\u{200b}xi\u{200b}子"),
        ] {
            let [(mark, text, techniques)] = &found(&register, declared)[..] else {
                panic!("{declared}");
            };
            assert_eq!((mark.as_str(), text.as_str()), (name, matched), "{declared}");
            assert!(techniques.contains(Technique::Pinyin), "{declared}");
        }
    }

    #[test]
    fn others_sound_otherwise_or_stand_apart() {
        let register = register(&NAMES);
        for declared in [
            "xiao 米",
            "小 mi",
            "小mian",
            "xiao麦",
            "米xiao",
            "花xi 子",
            "花x子",
            "hua x子",
            "花xi9子",
            "花si子",
            "阿di达",
            "T恤",
            "PU皮",
            "USB线",
            "xi",
            "小",
            "",
        ] {
            assert_eq!(found(&register, declared), [], "{declared}");
        }
    }

    #[test]
    fn only_characters_that_belong_to_other_words_are_strained() {
        let register = register(&["朴皮", "康宁"]);
        let strain = |declared: &str| candidates(&register, declared)[0].strain;
        assert!(strain("kang宁锅") <= 0);
        assert!(strain("PU皮鞋") > 0);
    }
}
