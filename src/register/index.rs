//! The index of written forms: what is built once from all marks, and how a text is searched.
//!
//! Every part of a text between two boundaries can be a mark. Hashes of parts nominate forms, comparison decides.

use std::ops::Range;

use hashbrown::HashMap;

use super::compare;
use super::form::{Rarity, Spelling, spelling, transliteration};
use super::keys::{Filter, Keys};
use super::{Candidate, Evidence, Name, RecordalId};
use crate::domain::{Recordal, RecordalStatus, Technique, TechniqueSet};
use crate::text::han::{lookalikes, syllable, syllable_count};
use crate::text::hash::{PART_MAX, Part, Prefixes, part_of};
use crate::text::segment::Reading;
use crate::text::words::{Kind, Word, english};
use crate::text::{Class, FoldedText, Gap, Unit};

/// What a hash is of; each purpose has its own hashes in the one table.
const LETTERS: u64 = 1;
const SOUND: u64 = 2;
const LOOK: u64 = 3;
const EDIT: u64 = 4;
/// The first token, or the last, of a form of several.
const EDGE: u64 = 5;
/// The first two characters of a Chinese form.
const OPENING: u64 = 6;
/// The first two characters of a Chinese form that is found with an edit, and the last two: one edit leaves one pair.
const HEAD: u64 = 7;
const TAIL: u64 = 8;
/// Chinese characters, one of them replaced by one that looks like it.
const ALIKE: u64 = 9;

/// Places of one text that may be marks, after which no more are looked for.
const FOUND_MAX: usize = 512;

/// Tokens of one mark.
const TOKENS_MAX: usize = 6;
/// Letters of one mark that is written apart.
const APART_MAX: usize = 24;
/// Characters of a Chinese mark.
const HAN_MAX: usize = 8;
/// Characters of a Chinese mark that is found with an edit.
const HAN_EDIT: std::ops::RangeInclusive<usize> = 3..=6;
/// Shortest form that is found by its look or with an edit, and longest.
const FUZZY_MIN: usize = 4;
const FUZZY_MAX: usize = 24;
/// Shortest mark that is found inside a longer word, and what is left of that word.
const GLUED_MIN: usize = 4;
const GLUED_REST_MIN: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Index {
    /// Letters of all forms, one after the other.
    letters: Vec<char>,
    forms: Vec<Form>,
    written: Vec<Written>,
    /// From the letters as they are.
    exact: Keys,
    /// From looks and edits of Latin forms.
    latin: Keys,
    /// From sounds, looks and edits of Chinese forms.
    han: Keys,
    edges: Filter,
    openings: Filter,
    ends: Filter,
    /// For two syllables, how long the Chinese forms are that begin with them, one bit for each length.
    sounds: Vec<u16>,
}

/// One form, and who recorded it.
#[derive(Debug)]
struct Form {
    letters: Range<u32>,
    written: Range<u32>,
    rarity: Rarity,
    is_name: bool,
    is_han: bool,
}

/// One recordal's way to write a form.
#[derive(Debug, Clone, Copy)]
struct Written {
    recordal: RecordalId,
    evidence: Evidence,
    gaps: u64,
}

/// What was found of a form in a text.
#[derive(Debug)]
struct Found {
    form: u32,
    units: Range<usize>,
    techniques: TechniqueSet,
}

/// Memory that searches reuse.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) text: FoldedText,
    letters: Prefixes,
    sounds: Prefixes,
    tokens: Vec<TokenFacts>,
    found: Vec<Found>,
    /// How Chinese text reads as words; empty until somebody asks.
    reading: Reading,
    chars: Vec<char>,
}

#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of a token")]
struct TokenFacts {
    start: usize,
    end: usize,
    is_han: bool,
    has_digit: bool,
    has_letter: bool,
    word: Option<Word>,
    /// Whether forms of several words begin or end with it.
    is_edge: bool,
}

impl TokenFacts {
    fn len(&self) -> usize {
        self.end - self.start
    }

    /// A word that no dictionary has: somebody's invention, or somebody's disguise.
    fn is_strange(&self) -> bool {
        !self.is_han && self.has_letter && self.word.is_none()
    }
}

impl Index {
    pub(super) fn build<'a>(recordals: impl Iterator<Item = (&'a Recordal, RecordalId)>) -> Self {
        let mut builder = Builder::default();
        for (recordal, id) in recordals.filter(|(it, _)| it.status == RecordalStatus::Live) {
            let right = std::iter::once((Name::Right, recordal.right_name.as_str()));
            let aliases = (0..).map(Name::Alias).zip(recordal.aliases.iter().map(String::as_str));
            builder.add(id, right.chain(aliases));
        }
        builder.finish()
    }

    pub(super) fn form_count(&self) -> usize {
        self.forms.len()
    }

    /// Bytes of memory it holds.
    pub(super) fn bytes(&self) -> usize {
        4 * self.letters.len()
            + size_of::<Form>() * self.forms.len()
            + size_of::<Written>() * self.written.len()
            + self.exact.bytes()
            + self.latin.bytes()
            + self.han.bytes()
            + 2 * self.sounds.len()
    }

    /// Gives every candidate of a text to `give`, until that says to stop.
    pub(super) fn search(
        &self,
        declared: &str,
        text: &FoldedText,
        scratch: &mut Scratch,
        give: &mut dyn FnMut(Candidate) -> bool,
    ) {
        scratch.refill(text, &self.edges);
        let mut searcher = Searcher { index: self, declared, text, scratch };
        searcher.run();
        let found = std::mem::take(&mut scratch.found);
        let mut given = found.iter().filter(|it| !is_explained(it, &found));
        given.all(|it| self.give(text, scratch, it, give));
        scratch.found = found;
    }

    /// Gives a candidate for everyone who recorded a form. `false` to stop.
    fn give(
        &self,
        text: &FoldedText,
        scratch: &Scratch,
        found: &Found,
        give: &mut dyn FnMut(Candidate) -> bool,
    ) -> bool {
        let Some(form) = self.forms.get(found.form as usize) else { return true };
        let units = text.units().get(found.units.clone()).unwrap_or_default();
        let is_alone = found.units.len() == text.units().len();
        if form.letters.len() == 1 && !is_alone {
            return true; // A single character says something only where it is all there is.
        }
        let part = scratch.letters.part(found.units.clone());
        let strain =
            if form.is_han { scratch.reading.strain(found.units.clone(), part) } else { 0 };
        let span = text.span(found.units.clone());
        let written = form.written.start as usize..form.written.end as usize;
        self.written.get(written).unwrap_or_default().iter().all(|written| {
            // A symbol that stands for a letter separates nothing.
            let spacing = compare::spacing(units, written.gaps)
                .filter(|_| !found.techniques.contains(Technique::Leet));
            give(Candidate {
                recordal: written.recordal,
                span: span.clone(),
                units: found.units.clone(),
                techniques: spacing.into_iter().fold(found.techniques, TechniqueSet::with),
                evidence: written.evidence,
                letters: form.letters.len(),
                rarity: form.rarity,
                is_name: form.is_name,
                is_han: form.is_han,
                strain,
            })
        })
    }

    fn letters(&self, form: &Form) -> &[char] {
        self.letters.get(form.letters.start as usize..form.letters.end as usize).unwrap_or_default()
    }
}

impl Scratch {
    /// The text that was searched last, as compared.
    #[must_use]
    pub fn text(&self) -> &FoldedText {
        &self.text
    }

    fn refill(&mut self, text: &FoldedText, edges: &Filter) {
        let units = text.units();
        self.letters.refill(units.iter().map(|unit| u32::from(unit.read)));
        if text.has_han() {
            self.sounds.refill(units.iter().map(|unit| u32::from(syllable(unit.read))));
        }
        self.found.clear();
        self.reading.clear();
        self.chars.clear();
        self.tokens.clear();
        self.tokens.extend(text.tokens().iter().map(|token| {
            let inside = units.get(token.clone()).unwrap_or_default();
            let is = |class| inside.iter().any(|unit| unit.class == class);
            let (is_han, has_letter) = (is(Class::Han), is(Class::Letter));
            let known = !is_han && has_letter && token.len() <= PART_MAX;
            let part = self.letters.part(token.clone());
            TokenFacts {
                start: token.start,
                end: token.end,
                is_han,
                has_letter,
                has_digit: is(Class::Digit),
                word: if known { english(part) } else { None },
                is_edge: edges.may_hold(part.finish(EDGE)),
            }
        }));
    }
}

struct Searcher<'a> {
    index: &'a Index,
    declared: &'a str,
    text: &'a FoldedText,
    scratch: &'a mut Scratch,
}

impl Searcher<'_> {
    fn run(&mut self) {
        if self.text.has_han() {
            let Scratch { letters, reading, .. } = &mut *self.scratch;
            reading.read(self.text.units(), letters);
        }
        for first in 0..self.scratch.tokens.len() {
            if self.scratch.found.len() >= FOUND_MAX {
                return;
            }
            let Some(token) = self.scratch.tokens.get(first).copied() else { return };
            self.windows(first, token);
            if token.is_han {
                self.han(token.start);
            } else {
                self.inside(token);
                self.disguised(first, token);
            }
        }
    }

    /// Exact letters from one token's beginning to another's end.
    fn windows(&mut self, first: usize, token: TokenFacts) {
        let ahead = self.scratch.tokens.get(first..).unwrap_or_default();
        // Han characters alone are looked at below.
        if ahead.iter().take(TOKENS_MAX).all(|token| token.is_han) {
            return;
        }
        let mut pieces_are_short = true;
        let mut all_single = true;
        let mut chained = true;
        for last in first..self.scratch.tokens.len() {
            let Some(end) = self.scratch.tokens.get(last).copied() else { return };
            let count = last - first + 1;
            let letters = end.end - token.start;
            pieces_are_short &= end.len() <= 3;
            all_single &= end.len() == 1;
            if last > first {
                let gap = self.text.units().get(end.start).map(|unit| unit.gap);
                chained &= gap == Some(Gap::Symbol);
            }
            let most_tokens = if all_single || chained { APART_MAX } else { TOKENS_MAX };
            if letters > APART_MAX.max(token.len()) || letters > PART_MAX || count > most_tokens {
                return;
            }
            if count > 2 && !(pieces_are_short || chained || token.is_edge) {
                return;
            }
            if token.is_han && end.is_han && !self.has_latin(first, last) {
                continue;
            }
            self.exact(token.start..end.end);
            if count >= 2 && (token.is_edge || end.is_edge) && self.any_strange(first, last) {
                self.edited(token.start..end.end);
            }
        }
    }

    fn has_latin(&self, first: usize, last: usize) -> bool {
        let tokens = self.scratch.tokens.get(first..=last).unwrap_or_default();
        tokens.iter().any(|token| !token.is_han)
    }

    fn any_strange(&self, first: usize, last: usize) -> bool {
        let tokens = self.scratch.tokens.get(first..=last).unwrap_or_default();
        tokens.iter().any(TokenFacts::is_strange)
    }

    fn part(&self, range: Range<usize>) -> Part {
        self.scratch.letters.part(range)
    }

    fn units(&self, range: Range<usize>) -> &[Unit] {
        self.text.units().get(range).unwrap_or_default()
    }

    fn exact(&mut self, range: Range<usize>) {
        let hash = self.part(range.clone()).finish(LETTERS);
        self.nominate(&self.index.exact, hash, &range, |searcher, _, letters, range| {
            compare::same_letters(searcher.units(range), letters)
        });
    }

    /// Parts of a token between its seams, as in `CST1493B` or `MOBILEZONE14`.
    fn inside(&mut self, token: TokenFacts) {
        if !token.has_digit || !token.has_letter {
            return;
        }
        let mut start = token.start;
        for index in token.start + 1..=token.end {
            let at_seam = index == token.end
                || self.units(index..index + 1).first().is_some_and(|unit| unit.gap == Gap::Seam);
            if !at_seam {
                continue;
            }
            let is_word =
                self.units(start..start + 1).first().is_some_and(|it| it.class == Class::Letter);
            if is_word && index - start >= 3 && (start, index) != (token.start, token.end) {
                let range = start..index;
                let hash = self.part(range.clone()).finish(LETTERS);
                self.nominate(&self.index.exact, hash, &range, |searcher, _, letters, range| {
                    let same = compare::same_letters(searcher.units(range), letters)?;
                    Some(same.with(Technique::Glued))
                });
            }
            start = index;
        }
    }

    /// What a single strange token may be meant to be read as.
    fn disguised(&mut self, first: usize, token: TokenFacts) {
        self.look(first, token);
        if !token.is_strange() || token.has_digit {
            return;
        }
        if (FUZZY_MIN..=FUZZY_MAX).contains(&token.len()) {
            self.edited(token.start..token.end);
        }
        self.glued(token);
    }

    /// Letters at a glance: stand-ins, repeated letters, letters that look alike.
    fn look(&mut self, first: usize, token: TokenFacts) {
        let Some((range, letters)) = self.at_a_glance(first, token) else { return };
        let looks = compare::skeleton(&letters);
        if looks.len() + 1 < FUZZY_MIN {
            return;
        }
        let hash = part_of(looks.iter().map(|c| u32::from(*c))).finish(LOOK);
        self.nominate(&self.index.latin, hash, &range, |searcher, _, form, range| {
            let same = compare::skeleton(form) == looks && form != letters;
            let disguises = compare::disguises(searcher.units(range));
            same.then(|| {
                compare::look_changes(&letters, form).iter().fold(disguises, TechniqueSet::with)
            })
        });
    }

    /// A token with the symbols that may stand for letters, beside it or between it and the next.
    fn at_a_glance(
        &mut self,
        first: usize,
        token: TokenFacts,
    ) -> Option<(Range<usize>, Vec<char>)> {
        let units = self.text.units();
        if !self.text.has_stand_ins() {
            let mixed = token.has_digit && token.has_letter;
            let plain = token.is_strange() || mixed;
            let range = token.start..token.end;
            let letters =
                units.get(range.clone())?.iter().map(|unit| unit.read).collect::<Vec<_>>();
            return (plain && is_readable(&letters) && letters.len() <= FUZZY_MAX)
                .then_some((range, letters));
        }
        if self.scratch.chars.is_empty() {
            self.scratch.chars.extend(self.declared.chars());
        }
        let stands = |index: usize| {
            self.scratch
                .chars
                .get(index)
                .is_some_and(|c| !c.is_numeric() && compare::stands_for_a_letter(*c))
        };
        // Begins here: no symbol joins it to the token before.
        let start = units.get(token.start)?.start as usize;
        let mut lead = start;
        while lead > 0 && stands(lead - 1) {
            lead -= 1;
        }
        let before = first.checked_sub(1).and_then(|index| self.scratch.tokens.get(index));
        if let Some(before) = before
            && lead < start
            && units.get(before.end.checked_sub(1)?)?.end as usize == lead
        {
            return None;
        }
        let mut letters = self.scratch.chars.get(lead..start)?.to_vec();
        let mut end = token.end;
        letters.extend(units.get(token.start..token.end)?.iter().map(|unit| unit.read));
        for next in first + 1.. {
            let mut at = units.get(end - 1)?.end as usize;
            while stands(at) {
                letters.push(*self.scratch.chars.get(at)?);
                at += 1;
            }
            let Some(token) = self.scratch.tokens.get(next) else { break };
            let follows = units.get(token.start)?.start as usize == at
                && at > units.get(end - 1)?.end as usize;
            if !follows || token.is_han || letters.len() > FUZZY_MAX {
                break;
            }
            letters.extend(units.get(token.start..token.end)?.iter().map(|unit| unit.read));
            end = token.end;
        }
        // An exclamation mark at the end is one.
        while letters.last() == Some(&'!') {
            letters.pop();
        }
        let strange =
            token.is_strange() || letters.iter().any(|c| compare::stands_for_a_letter(*c));
        (strange && is_readable(&letters) && letters.len() <= FUZZY_MAX)
            .then_some((token.start..end, letters))
    }

    /// Forms one edit away.
    fn edited(&mut self, range: Range<usize>) {
        if !(FUZZY_MIN..=FUZZY_MAX).contains(&range.len()) {
            return;
        }
        self.edited_part(&self.index.latin, range, compare::one_edit);
    }

    fn edited_part(
        &mut self,
        keys: &Keys,
        range: Range<usize>,
        edit: fn(&[char], &[char]) -> Option<Technique>,
    ) {
        let verify = |searcher: &Self, _: &Form, letters: &[char], range: Range<usize>| {
            let units = searcher.units(range);
            let declared = units.iter().map(|unit| unit.read).collect::<Vec<_>>();
            Some(compare::disguises(units).with(edit(&declared, letters)?))
        };
        let whole = self.part(range.clone()).finish(EDIT);
        self.nominate(keys, whole, &range, verify);
        for left_out in range.clone() {
            let hash = self.scratch.letters.without(range.clone(), left_out).finish(EDIT);
            self.nominate(keys, hash, &range, verify);
        }
    }

    /// A mark with another word grown onto it.
    fn glued(&mut self, token: TokenFacts) {
        let len = token.len();
        if !(GLUED_MIN + GLUED_REST_MIN..=PART_MAX).contains(&len) {
            return;
        }
        for at in token.start + GLUED_REST_MIN..=token.end - GLUED_REST_MIN {
            for (mark, rest) in [(token.start..at, at..token.end), (at..token.end, token.start..at)]
            {
                if mark.len() < GLUED_MIN {
                    continue;
                }
                let hash = self.part(mark.clone()).finish(LETTERS);
                if !self.index.exact.may_nominate(hash)
                    || !self.is_plain_word(&rest)
                    || self.is_word(&mark)
                {
                    continue;
                }
                self.nominate(&self.index.exact, hash, &mark, |searcher, _, letters, range| {
                    let same = compare::same_letters(searcher.units(range), letters)?;
                    Some(same.with(Technique::Glued))
                });
            }
        }
    }

    /// Two ordinary words in one disguise nothing.
    fn is_word(&self, range: &Range<usize>) -> bool {
        english(self.part(range.clone())).is_some_and(|word| word.kind == Kind::Ordinary)
    }

    fn is_plain_word(&self, range: &Range<usize>) -> bool {
        let known = english(self.part(range.clone()));
        let common = if range.len() <= 3 { 22 } else { 14 };
        known.is_some_and(|word| word.kind == Kind::Ordinary && word.frequency >= common)
    }

    /// Chinese forms that begin at a character, as recorded or by sound and look.
    fn han(&mut self, start: usize) {
        let han = |unit: &&Unit| unit.class == Class::Han;
        let run = self.text.units().get(start..).unwrap_or_default();
        let len = run.iter().take(HAN_MAX).take_while(han).count();
        if len == 1 && self.text.units().len() == 1 {
            self.exact(start..start + 1);
        }
        let [first, second, ..] = run else { return };
        if len < 2 {
            return;
        }
        let pair = self.part(start..start + 2);
        let opens = self.index.openings.may_hold(pair.finish(OPENING));
        let sounds = self.index.lengths_by_sound(syllable(first.read), syllable(second.read));
        for end in start + 2..=start + len {
            if opens {
                self.exact(start..end);
            }
            if self.may_be_near(start..end) {
                self.near(start..end, sounds >> (end - start) & 1 == 1);
            }
        }
        if self.index.ends.may_hold(pair.finish(HEAD)) {
            for end in start + *HAN_EDIT.start()..=start + len.min(HAN_EDIT.end() + 1) {
                self.edited_part(&self.index.han, start..end, compare::han_edit);
            }
        }
        if self.index.ends.may_hold(pair.finish(TAIL)) {
            self.edited_han(start + 2);
        }
    }

    /// Words of the dictionary mean themselves, and so do characters that belong to different words.
    fn may_be_near(&self, range: Range<usize>) -> bool {
        let reading = &self.scratch.reading;
        reading.begins(range.start) && reading.begins(range.end) && !reading.is_word(range)
    }

    /// Chinese forms that look or sound like a part.
    fn near(&mut self, range: Range<usize>, sounds: bool) {
        let verify = |searcher: &Self, _: &Form, letters: &[char], range: Range<usize>| {
            compare::near_han(searcher.units(range), letters)
        };
        let near = &self.index.han;
        let looks = self.part(range.clone()).finish(ALIKE);
        self.nominate(near, looks, &range, verify);
        if sounds {
            let sounds = self.scratch.sounds.part(range.clone()).finish(SOUND);
            self.nominate(near, sounds, &range, verify);
        }
    }

    /// Chinese forms one edit away from a part that ends here.
    fn edited_han(&mut self, end: usize) {
        let before = self.text.units().get(..end).unwrap_or_default();
        let longest = *HAN_EDIT.end() + 1;
        let run =
            before.iter().rev().take(longest).take_while(|unit| unit.class == Class::Han).count();
        for len in *HAN_EDIT.start()..=run {
            self.edited_part(&self.index.han, end - len..end, compare::han_edit);
        }
    }

    /// Compares a part with the forms that a hash nominates, and gives what is found.
    fn nominate(
        &mut self,
        keys: &Keys,
        hash: u64,
        range: &Range<usize>,
        verify: impl Fn(&Self, &Form, &[char], Range<usize>) -> Option<TechniqueSet>,
    ) {
        let index = self.index;
        for number in keys.nominated(hash) {
            let Some(form) = index.forms.get(number as usize) else { continue };
            let is_known = |it: &Found| it.form == number && it.units == *range;
            if self.scratch.found.iter().any(is_known) {
                continue;
            }
            if let Some(techniques) = verify(self, form, index.letters(form), range.clone()) {
                self.scratch.found.push(Found { form: number, units: range.clone(), techniques });
            }
        }
    }
}

/// Whether another form, as recorded, says what stands there: reading the place as something disguised is idle then.
/// Whether that form's recordals are in force does not matter.
fn is_explained(found: &Found, all: &[Found]) -> bool {
    let disguises = |it: &Found| it.techniques.iter().any(|it| CHANGED.contains(&it));
    disguises(found)
        && all.iter().any(|other| {
            let overlaps =
                other.units.start < found.units.end && found.units.start < other.units.end;
            overlaps && other.units.len() + 1 >= found.units.len() && !disguises(other)
        })
}

/// Techniques that change letters.
const CHANGED: [Technique; 10] = [
    Technique::Leet,
    Technique::Repeated,
    Technique::Transposed,
    Technique::Inserted,
    Technique::Deleted,
    Technique::Substituted,
    Technique::Glued,
    Technique::Homophone,
    Technique::LookalikeHan,
    Technique::Homoglyph,
];

/// Letters with some digits and symbols among them, not a code of digits with some letters.
fn is_readable(letters: &[char]) -> bool {
    let stand_ins = letters.iter().filter(|c| compare::stands_for_a_letter(**c)).count();
    let plain = letters.iter().filter(|c| c.is_alphabetic()).count();
    let begins_as_number = letters.iter().take(2).filter(|c| c.is_numeric()).count() == 2;
    plain >= 2 && stand_ins <= plain && stand_ins <= 3 && (!begins_as_number || plain >= 4)
}

impl Index {
    /// How long the forms are that begin with two syllables, one bit for each length.
    fn lengths_by_sound(&self, first: u16, second: u16) -> u16 {
        let pair = usize::from(first) * syllable_count() + usize::from(second);
        self.sounds.get(pair).copied().unwrap_or(0)
    }
}

#[derive(Default)]
struct Builder {
    /// Memory that folding reuses.
    folded: FoldedText,
    spellings: Vec<Spelling>,
    by_letters: HashMap<Box<[char]>, usize>,
    written: Vec<Vec<Written>>,
}

impl Builder {
    /// Adds a recordal's names, then how those sound: a name that is recorded comes before one that is made.
    fn add<'a>(&mut self, recordal: RecordalId, names: impl Iterator<Item = (Name, &'a str)>) {
        let mut made = Vec::new();
        for (name, text) in names {
            let Some(spelling) = spelling(text, &mut self.folded) else { continue };
            made.extend(transliteration(&spelling).map(|it| (name, it)));
            self.add_spelling(recordal, Evidence { name, transliterated: false }, spelling);
        }
        for (name, spelling) in made {
            self.add_spelling(recordal, Evidence { name, transliterated: true }, spelling);
        }
    }

    fn add_spelling(&mut self, recordal: RecordalId, evidence: Evidence, spelling: Spelling) {
        let gaps = spelling.gaps;
        let number = if let Some(number) = self.by_letters.get(spelling.letters.as_slice()) {
            *number
        } else {
            let number = self.spellings.len();
            self.by_letters.insert(spelling.letters.as_slice().into(), number);
            self.spellings.push(spelling);
            self.written.push(Vec::new());
            number
        };
        let Some(written) = self.written.get_mut(number) else { return };
        // A recordal that repeats a form, as name and alias or in another case, is named once.
        if written.last().is_none_or(|last| last.recordal != recordal) {
            written.push(Written { recordal, evidence, gaps });
        }
    }

    fn finish(self) -> Index {
        let mut index =
            Index { sounds: vec![0; syllable_count() * syllable_count()], ..Index::default() };
        let (mut exact, mut latin, mut han) = (Vec::new(), Vec::new(), Vec::new());
        let mut edges = Vec::new();
        let mut openings = Vec::new();
        let mut ends = Vec::new();
        for (number, (spelling, written)) in (0_u32..).zip(self.spellings.iter().zip(&self.written))
        {
            let letters = spelling.letters.as_slice();
            let is_han = letters.iter().all(|c| is_han(*c));
            let evidence = written.iter().all(|it| it.evidence.transliterated);
            let keys = if is_han { &mut han } else { &mut latin };
            let mut key = |hash| keys.push((hash, number));
            let part = part_of(letters.iter().map(|c| u32::from(*c)));
            exact.push((part.finish(LETTERS), number));
            if is_han {
                han_keys(letters, &mut key, &mut openings, &mut index.sounds);
                if HAN_EDIT.contains(&letters.len()) {
                    edit_keys(letters, &mut key);
                    if let ([a, b, ..], [.., y, z]) = (letters, letters) {
                        let pair = |a: &char, b: &char| part_of([u32::from(*a), u32::from(*b)]);
                        ends.push(pair(a, b).finish(HEAD));
                        ends.push(pair(y, z).finish(TAIL));
                    }
                }
            } else {
                latin_keys(letters, evidence, &mut key);
                edge_tokens(spelling, &mut edges);
            }
            let start = u32::try_from(index.letters.len()).unwrap_or(u32::MAX);
            index.letters.extend_from_slice(letters);
            let end = u32::try_from(index.letters.len()).unwrap_or(u32::MAX);
            let first = u32::try_from(index.written.len()).unwrap_or(u32::MAX);
            index.written.extend_from_slice(written);
            let last = u32::try_from(index.written.len()).unwrap_or(u32::MAX);
            index.forms.push(Form {
                letters: start..end,
                written: first..last,
                rarity: spelling.rarity,
                is_name: spelling.is_name,
                is_han,
            });
        }
        index.exact = Keys::build(&exact);
        index.latin = Keys::build(&latin);
        index.han = Keys::build(&han);
        index.edges = filter_of(&edges);
        index.openings = filter_of(&openings);
        index.ends = filter_of(&ends);
        index
    }
}

fn filter_of(hashes: &[u64]) -> Filter {
    let mut filter = Filter::for_keys(hashes.len());
    for hash in hashes {
        filter.insert(*hash);
    }
    filter
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}' | '々' | '〇')
}

fn latin_keys(letters: &[char], is_transliterated: bool, key: &mut impl FnMut(u64)) {
    if !(FUZZY_MIN..=FUZZY_MAX).contains(&letters.len()) {
        return;
    }
    let looks = compare::skeleton(letters);
    key(part_of(looks.iter().map(|c| u32::from(*c))).finish(LOOK));
    if !is_transliterated {
        edit_keys(letters, key);
    }
}

/// The form, and the form with any one of its letters left out.
fn edit_keys(letters: &[char], key: &mut impl FnMut(u64)) {
    let mut sums = Prefixes::default();
    sums.refill(letters.iter().map(|c| u32::from(*c)));
    key(sums.part(0..letters.len()).finish(EDIT));
    let mut last = None;
    for (left_out, c) in letters.iter().enumerate() {
        // Leaving out either of two equal letters gives the same.
        if last != Some(c) {
            key(sums.without(0..letters.len(), left_out).finish(EDIT));
        }
        last = Some(c);
    }
}

fn han_keys(
    letters: &[char],
    key: &mut impl FnMut(u64),
    openings: &mut Vec<u64>,
    sounds: &mut [u16],
) {
    let mut sums = Prefixes::default();
    sums.refill(letters.iter().map(|c| u32::from(*c)));
    openings.push(sums.part(0..letters.len().min(2)).finish(OPENING));
    if !(2..=HAN_MAX).contains(&letters.len()) {
        return;
    }
    let syllables = letters.iter().map(|c| syllable(*c)).collect::<Vec<_>>();
    if let [first, second, ..] = syllables.as_slice()
        && syllables.iter().all(|it| *it != 0)
    {
        key(part_of(syllables.iter().map(|it| u32::from(*it))).finish(SOUND));
        let pair = usize::from(*first) * syllable_count() + usize::from(*second);
        if let Some(lengths) = sounds.get_mut(pair) {
            *lengths |= 1 << letters.len();
        }
    }
    for (index, c) in letters.iter().enumerate() {
        let (before, after) = (sums.part(0..index), sums.part(index + 1..letters.len()));
        for alike in lookalikes(*c).chars() {
            key(before.push(u32::from(alike)).then(after).finish(ALIKE));
        }
    }
}

/// The first and the last word of a form of several.
fn edge_tokens(spelling: &Spelling, edges: &mut Vec<u64>) {
    if spelling.gaps == 0 {
        return;
    }
    let first = spelling.gaps.trailing_zeros() as usize;
    let last = (u64::BITS - 1 - spelling.gaps.leading_zeros()) as usize;
    for part in [spelling.letters.get(..first), spelling.letters.get(last..)].into_iter().flatten()
    {
        edges.push(part_of(part.iter().map(|c| u32::from(*c))).finish(EDGE));
    }
}
