//! How a text is searched: every part of it between two boundaries can be a mark. Hashes of parts nominate forms,
//! comparison decides.

use std::ops::Range;

use super::Candidate;
use super::chinese::Lead;
use super::compare::{self, Letters};
use super::form::rarity_in_words;
use super::index::purpose::{self, EDIT, LETTERS, LOOK};
use super::index::{FUZZY_MAX, FUZZY_MIN, Found, Index, Opening, Written};
use super::keys::Keys;
use crate::domain::{Technique, TechniqueSet};
use crate::text::han::{Syllable, syllables};
use crate::text::hash::{PART_MAX, Part, Prefixes, pair_hash, part_of};
use crate::text::segment::Reading;
use crate::text::words::{Kind, english, latin};
use crate::text::{Class, Classes, FoldedText, Gap, Token, Unit, symbol_letter};

/// Places of one text that may be marks, after which no more are looked for.
const FOUND_MAX: usize = 512;

/// Tokens of one mark.
const TOKENS_MAX: usize = 6;
/// Letters of a piece of a mark that is written apart, unless it is a syllable.
const PIECE_MAX: usize = 3;
/// Letters of one mark that is written apart.
const APART_MAX: usize = 24;
/// Words of one mark of which some have stand-ins.
pub(super) const WORDS_MAX: usize = 4;
/// Shortest mark that is found inside a longer word, and what is left of that word.
const GLUED_MIN: usize = 4;
const GLUED_REST_MIN: usize = 2;

/// Memory that searches reuse.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) text: FoldedText,
    pub(super) letters: Prefixes,
    /// What searching asks of each token, where not all are Chinese characters.
    facts: Vec<Facts>,
    pub(super) found: Vec<Found>,
    /// How Chinese text reads as words, once somebody asks.
    reading: Reading,
    is_read: bool,
    /// How its characters are read, if it has Chinese ones.
    pub(super) syllables: Vec<Syllable>,
    /// What is known of each of its pairs of characters.
    pub(super) openings: Vec<Opening>,
    /// Where Chinese forms may stand, and which, from the last place on.
    pub(super) leads: Vec<(usize, Lead)>,
    /// The text as declared, if it has symbols that stand for something.
    pub(super) chars: Vec<char>,
    /// Sums over letters with what stand-ins stand for.
    plain: Prefixes,
}

/// What searching asks of a token: bits of those below.
#[derive(Debug, Clone, Copy)]
struct Facts(u8);

/// A single Chinese character.
const HAN: u8 = 1;
const HAS_LETTER: u8 = 1 << 1;
const HAS_DIGIT: u8 = 1 << 2;
/// A word of the dictionary.
const WORD: u8 = 1 << 3;
/// Forms of several words begin or end with it.
const EDGE: u8 = 1 << 4;
/// Digits in it or symbols beside it may stand for letters.
const HAS_STAND_INS: u8 = 1 << 5;
/// How a Chinese character sounds.
const SYLLABLE: u8 = 1 << 6;
/// It may be a piece of a name that is written apart.
const PIECE: u8 = 1 << 7;

impl Facts {
    fn is(self, any_of: u8) -> bool {
        self.0 & any_of != 0
    }

    /// A word that no dictionary has: somebody's invention, or somebody's disguise.
    fn is_strange(self) -> bool {
        self.0 & (HAN | HAS_LETTER | WORD) == HAS_LETTER
    }
}

/// A token, and what searching asks of it.
#[derive(Debug, Clone, Copy)]
struct KnownToken {
    start: usize,
    end: usize,
    facts: Facts,
}

impl KnownToken {
    fn len(self) -> usize {
        self.end - self.start
    }

    fn is(self, any_of: u8) -> bool {
        self.facts.is(any_of)
    }

    fn is_strange(self) -> bool {
        self.facts.is_strange()
    }

    /// Whether one mark may reach from here to another token's end.
    fn reaches(self, end: Self) -> bool {
        end.end - self.start <= self.len().max(APART_MAX)
    }

    /// Whether a mark of which some words have stand-ins can begin or end with it.
    fn may_be_an_end(self) -> bool {
        self.is(HAS_STAND_INS | EDGE) || self.len() == 1 || self.is_strange()
    }
}

impl Scratch {
    /// The text that was searched last, as compared.
    #[must_use]
    pub fn text(&self) -> &FoldedText {
        &self.text
    }

    /// The same, for who takes it along and leaves memory for the next in its place.
    pub fn text_mut(&mut self) -> &mut FoldedText {
        &mut self.text
    }

    fn refill(&mut self, declared: &str, text: &FoldedText, index: &Index) {
        let units = text.units();
        self.letters.refill(units.iter().map(|unit| u32::from(unit.read)));
        self.found.clear();
        self.chars.clear();
        self.is_read = false;
        self.facts.clear();
        if !text.is_only_han() {
            let tokens = text.tokens().iter().zip(text.token_classes());
            let letters = &self.letters;
            self.facts.extend(tokens.map(|(token, classes)| {
                Facts(if classes.has(Class::Han) {
                    HAN | PIECE
                } else {
                    word_facts(token, *classes, units, letters, index)
                })
            }));
        }
        if text.has_stand_ins() || text.has_masks() {
            self.chars.extend(declared.chars());
        }
        if text.has_stand_ins() {
            self.mark_stand_ins(text);
        }
        if text.has_han() {
            self.refill_chinese(units, index);
        }
    }

    /// Marks the tokens with symbols beside them that may stand for letters.
    fn mark_stand_ins(&mut self, text: &FoldedText) {
        let units = text.units();
        let stands = |at: Option<u32>| {
            at.and_then(|at| self.chars.get(at as usize))
                .is_some_and(|c| symbol_letter(*c).is_some())
        };
        for (token, facts) in text.tokens().iter().zip(&mut self.facts) {
            let first = units.get(token.start).and_then(|unit| unit.start.checked_sub(1));
            let next =
                token.end.checked_sub(1).and_then(|last| units.get(last)).map(|unit| unit.end);
            if stands(first) || stands(next) {
                facts.0 |= HAS_STAND_INS;
            }
        }
    }

    /// Looks up at once what is known of every place, so that the memory that holds it is waited for once.
    fn refill_chinese(&mut self, units: &[Unit], index: &Index) {
        self.syllables.clear();
        self.syllables.extend(syllables(units.iter().map(|unit| unit.read)));
        self.openings.clear();
        let pairs = units.array_windows().zip(self.syllables.array_windows());
        self.openings.extend(pairs.map(|([a, b], [first, second])| {
            // A form of Chinese characters does nothing with other letters.
            if b.class == Class::Han {
                index.opening(pair_hash(a.read, b.read), *first, *second)
            } else {
                Opening::IDLE
            }
        }));
    }

    /// How the text reads as words. Most texts have nothing that asks for it.
    pub(super) fn reading(&mut self, text: &FoldedText) -> &mut Reading {
        if !self.is_read {
            self.reading.read(text.units(), &self.letters);
            self.is_read = true;
        }
        &mut self.reading
    }
}

#[inline(never)]
fn word_facts(
    token: &Token,
    classes: Classes,
    units: &[Unit],
    letters: &Prefixes,
    index: &Index,
) -> u8 {
    let inside = units.get(token.clone()).unwrap_or_default();
    let [has_letter, has_digit] = [Class::Letter, Class::Digit].map(|class| classes.has(class));
    let part = (token.len() <= PART_MAX).then(|| letters.part(token.clone()));
    let may_be_read = || compare::letters(inside).is_some_and(|it| is_readable(&it));
    let has_stand_ins = has_digit && (inside.len() == 1 || has_letter && may_be_read());
    let known = part.filter(|_| has_letter).map(latin).unwrap_or_default();
    // A letter alone means itself as a word does.
    let means_itself = has_letter && inside.len() == 1 || known.word().is_some();
    let is_word = index.guards.dictionary && means_itself;
    let is_syllable = known.syllable().is_some();
    let is_edge = part.is_some_and(|part| index.edges.may_hold(part.finish(purpose::EDGE)));
    [
        (has_letter, HAS_LETTER),
        (has_digit, HAS_DIGIT),
        (is_word, WORD),
        (is_edge, EDGE),
        (has_stand_ins, HAS_STAND_INS),
        (is_syllable, SYLLABLE),
        (is_syllable | (token.len() <= PIECE_MAX), PIECE),
    ]
    .into_iter()
    .fold(0, |facts, (holds, fact)| if holds { facts | fact } else { facts })
}

impl Index {
    /// Gives every candidate of a text to `give`, with who recorded it, until that says to stop. `false` where the text
    /// had so many places that may be marks that the rest was not looked at.
    pub(super) fn search(
        &self,
        declared: &str,
        text: &FoldedText,
        scratch: &mut Scratch,
        give: &mut dyn FnMut(Candidate, &Written) -> bool,
    ) -> bool {
        scratch.refill(declared, text, self);
        let is_whole = Searcher { index: self, text, scratch, not_chinese: 0, stand_in: 0 }.run();
        let found = std::mem::take(&mut scratch.found);
        let mut given =
            found.iter().filter(|it| !self.guards.explanation || !is_explained(it, &found));
        given.all(|it| self.give(text, scratch, it, give));
        scratch.found = found;
        is_whole
    }

    /// Gives a candidate for everyone who recorded a form. `false` to stop.
    fn give(
        &self,
        text: &FoldedText,
        scratch: &mut Scratch,
        found: &Found,
        give: &mut dyn FnMut(Candidate, &Written) -> bool,
    ) -> bool {
        let Some(form) = self.forms.get(found.form as usize) else { return true };
        let units = text.units().get(found.units.clone()).unwrap_or_default();
        let is_alone = found.units.len() == text.units().len();
        if form.length == 1 && !is_alone {
            return true; // A single character says something only where it is all there is.
        }
        let strain = if form.is_han && self.guards.reading {
            scratch.reading(text).strain(found.units.start, units)
        } else {
            0
        };
        let span = text.span(found.units.clone());
        self.written(form).all(|written| {
            // A symbol that stands for a letter separates nothing.
            let spacing = compare::spacing(units, written.gaps)
                .filter(|_| !found.techniques.contains(Technique::Leet));
            let candidate = Candidate {
                recordal: written.recordal,
                span: span.clone(),
                units: found.units.clone(),
                techniques: spacing.into_iter().fold(found.techniques, TechniqueSet::with),
                evidence: written.evidence,
                letters: form.length.into(),
                rarity: if spacing.is_some() && !form.is_han {
                    rarity_in_words(form.rarity, words(&found.units, units, &scratch.letters))
                } else {
                    form.rarity
                },
                is_name: form.is_name,
                is_han: form.is_han,
                strain,
            };
            give(candidate, written)
        })
    }
}

/// The words in which some units stand, which are those of a range.
fn words(range: &Range<usize>, units: &[Unit], letters: &Prefixes) -> impl Iterator<Item = Part> {
    let mut start = range.start;
    let inner = range.clone().zip(units).skip(1).filter(|(_, unit)| unit.gap.is_apart());
    let ends = inner.map(|(at, _)| at).chain(std::iter::once(range.end));
    ends.map(move |end| letters.part(std::mem::replace(&mut start, end)..end))
}

/// Whether another form, as recorded, says what stands there: reading the place as something disguised is idle then.
/// Whether that form's recordals are in force does not matter.
fn is_explained(found: &Found, all: &[Found]) -> bool {
    let disguises = |it: &Found| it.techniques.overlaps(CHANGED);
    disguises(found)
        && all.iter().any(|other| {
            let overlaps =
                other.units.start < found.units.end && found.units.start < other.units.end;
            overlaps && other.units.len() + 1 >= found.units.len() && !disguises(other)
        })
}

/// Techniques that add letters, leave some out or put others in their place, as people do by mistake too.
pub const EDITED: TechniqueSet = TechniqueSet::of(&[
    Technique::Repeated,
    Technique::Transposed,
    Technique::Inserted,
    Technique::Deleted,
    Technique::Substituted,
]);

/// Techniques that change letters.
const CHANGED: TechniqueSet = EDITED.union(TechniqueSet::of(&[
    Technique::Leet,
    Technique::Glued,
    Technique::Homophone,
    Technique::LookalikeHan,
    Technique::Homoglyph,
]));

/// Words as they look at a glance.
struct Glance {
    /// With the symbols that may stand for letters.
    letters: Letters,
    /// The token after the last.
    end: usize,
    has_stand_ins: bool,
}

/// One search. Chinese is in [`super::chinese`].
pub(super) struct Searcher<'a> {
    pub(super) index: &'a Index,
    pub(super) text: &'a FoldedText,
    pub(super) scratch: &'a mut Scratch,
    /// The next token that is not Chinese.
    not_chinese: usize,
    /// The next token that has stand-ins.
    stand_in: usize,
}

impl Searcher<'_> {
    /// `false` where it ended early.
    #[inline]
    fn run(&mut self) -> bool {
        if self.text.units().len() == 1 && self.text.has_han() {
            self.exact(0..1);
        }
        if self.text.has_han() {
            self.find_leads();
        }
        if self.text.has_masks() && !self.masked() {
            return false;
        }
        if self.text.is_only_han() {
            return self.chinese(0..self.text.units().len());
        }
        self.stand_in = self.next_token(0, |it| it.is(HAS_STAND_INS));
        let mut first = 0;
        while let Some(token) = self.token(first) {
            let alone = if token.is(HAN) { self.chinese_alone(first) } else { 0 };
            if alone > 0 {
                if !self.chinese(token.start..token.start + alone) {
                    return false;
                }
                first += alone;
                continue;
            }
            if self.is_full() {
                return false;
            }
            self.windows(first, token);
            if token.is(HAN) {
                self.chinese(token.start..token.end);
            } else {
                if self.stand_in < first {
                    self.stand_in = self.next_token(first, |it| it.is(HAS_STAND_INS));
                }
                self.inside(token);
                self.disguised(first, token);
                if self.text.has_han() {
                    self.spelled_among_chinese(&(token.start..token.end), token.is_strange());
                }
            }
            first += 1;
        }
        true
    }

    /// How many tokens from here on are Chinese characters with no letters near.
    fn chinese_alone(&mut self, first: usize) -> usize {
        if self.not_chinese <= first {
            self.not_chinese = self.next_token(first, |it| !it.is(HAN));
        }
        let near = if self.not_chinese < self.scratch.facts.len() { TOKENS_MAX - 1 } else { 0 };
        (self.not_chinese - first).saturating_sub(near)
    }

    /// The next token that is of a kind; from this one on; the number of tokens where there is none.
    fn next_token(&self, from: usize, is: impl Fn(Facts) -> bool) -> usize {
        let ahead = self.scratch.facts.get(from..).unwrap_or_default();
        from + ahead.iter().take_while(|it| !is(**it)).count()
    }

    fn token(&self, at: usize) -> Option<KnownToken> {
        let Range { start, end } = *self.text.tokens().get(at)?;
        Some(KnownToken { start, end, facts: *self.scratch.facts.get(at)? })
    }

    pub(super) fn is_full(&self) -> bool {
        self.scratch.found.len() >= FOUND_MAX
    }

    pub(super) fn part(&self, range: Range<usize>) -> Part {
        self.scratch.letters.part(range)
    }

    pub(super) fn units(&self, range: Range<usize>) -> &[Unit] {
        self.text.units().get(range).unwrap_or_default()
    }

    /// Exact letters from one token's beginning to another's end: of one token, of two, and of more where they are short,
    /// joined by symbols, or begin as forms of several tokens do.
    #[inline]
    fn windows(&mut self, first: usize, token: KnownToken) {
        if token.len() > PART_MAX {
            return;
        }
        if !token.is(HAN) {
            self.exact(token.start..token.end);
        }
        let Some(next) = self.token(first + 1).filter(|next| token.reaches(*next)) else { return };
        self.window(first, token, first + 1, next);
        // One guess for all.
        if token.is(EDGE) | self.is_joined(next) | (token.is(PIECE) & next.is(PIECE)) {
            self.longer_windows(first, token, next);
        }
    }

    /// The same of three tokens and more.
    #[inline(never)]
    fn longer_windows(&mut self, first: usize, token: KnownToken, next: KnownToken) {
        let mut are_joined = self.is_joined(next);
        let mut are_pieces = token.is(PIECE) && next.is(PIECE);
        let mut are_single = token.len() == 1 && next.len() == 1;
        for last in first + 2.. {
            let Some(end) = self.token(last).filter(|end| token.reaches(*end)) else { return };
            are_joined &= self.is_joined(end);
            are_pieces &= end.is(PIECE);
            are_single &= end.len() == 1;
            let most_tokens = if are_single || are_joined { APART_MAX } else { TOKENS_MAX };
            let goes_on = are_joined || are_pieces || token.is(EDGE);
            if last - first >= most_tokens || !goes_on {
                return;
            }
            self.window(first, token, last, end);
        }
    }

    /// Exact letters from one token to another, and letters with an edit where both are such as begin or end a form.
    #[inline]
    fn window(&mut self, first: usize, token: KnownToken, last: usize, end: KnownToken) {
        if token.is(HAN) && end.is(HAN) && !self.any_token(first, last, |it| !it.is(HAN)) {
            return;
        }
        self.exact(token.start..end.end);
        if (token.is(EDGE) | end.is(EDGE)) && self.any_token(first, last, Facts::is_strange) {
            self.edited(token.start..end.end);
        }
    }

    /// Whether a symbol joins a token to the one before.
    fn is_joined(&self, token: KnownToken) -> bool {
        self.text.units().get(token.start).is_some_and(|unit| unit.gap == Gap::Symbol)
    }

    fn any_token(&self, first: usize, last: usize, is: impl Fn(Facts) -> bool) -> bool {
        self.scratch.facts.get(first..=last).unwrap_or_default().iter().any(|it| is(*it))
    }

    #[inline]
    pub(super) fn exact(&mut self, range: Range<usize>) {
        let hash = self.part(range.clone()).finish(LETTERS);
        self.nominate(&self.index.exact, hash, &range, compare::same_letters);
    }

    /// Parts of a token between its seams, as in `CST1493B` or `MOBILEZONE14`.
    fn inside(&mut self, token: KnownToken) {
        if !token.is(HAS_DIGIT) || !token.is(HAS_LETTER) {
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
                self.glued_part(start..index);
            }
            start = index;
        }
    }

    fn glued_part(&mut self, range: Range<usize>) {
        let hash = self.part(range.clone()).finish(LETTERS);
        self.nominate(&self.index.exact, hash, &range, |units, letters| {
            Some(compare::same_letters(units, letters)?.with(Technique::Glued))
        });
    }

    /// What a strange token may be meant to be read as.
    #[inline]
    fn disguised(&mut self, first: usize, token: KnownToken) {
        self.look(first, token);
        // A syllable means itself, as words do.
        if !token.is_strange() || token.is(HAS_DIGIT | SYLLABLE) {
            return;
        }
        self.edited(token.start..token.end);
        self.glued(token);
    }

    /// Letters at a glance: stand-ins, repeated letters, letters that look alike; in one word, or in several of which
    /// some have stand-ins.
    #[inline]
    fn look(&mut self, first: usize, token: KnownToken) {
        // Most words look like nothing else.
        if token.is_strange() || token.may_be_an_end() && self.stand_in < first + WORDS_MAX {
            self.glances(first, token);
        }
    }

    #[inline(never)]
    fn glances(&mut self, first: usize, token: KnownToken) {
        let mut glance = Glance { letters: Letters::new(), end: first, has_stand_ins: false };
        for words in 1..=APART_MAX {
            if !self.one_word_more(&mut glance) {
                return;
            }
            self.as_glanced_at(token, &glance, words == 1);
            if !token.may_be_an_end() || !self.may_go_on(&glance, words + 1) {
                return;
            }
        }
    }

    /// Forms that look like some words, which one token begins.
    fn as_glanced_at(&mut self, token: KnownToken, glance: &Glance, is_first: bool) {
        let is_odd = glance.has_stand_ins || is_first && token.is_strange();
        let last = self.token(glance.end - 1).filter(|it| it.may_be_an_end());
        let (Some(last), true) = (last, is_odd && is_readable(&glance.letters)) else { return };
        let range = token.start..last.end;
        self.at_a_glance(&range, &glance.letters);
        if glance.has_stand_ins && is_first {
            self.edited_at_a_glance(&range, &glance.letters);
        }
    }

    /// Whether another word may belong to a mark that is written with stand-ins.
    fn may_go_on(&self, glance: &Glance, words: usize) -> bool {
        let ahead = self.token(glance.end);
        let most = if ahead.is_some_and(|it| it.len() == 1) { APART_MAX } else { WORDS_MAX };
        words <= most && (glance.has_stand_ins || self.stand_in < glance.end + WORDS_MAX)
    }

    /// Adds the next token, and those that symbols join to it. `false` where there is none that could belong to a mark.
    fn one_word_more(&mut self, glance: &mut Glance) -> bool {
        let Some(token) = self.token(glance.end).filter(|it| !it.is(HAN)) else {
            return false;
        };
        let Some(inside) = compare::letters(self.units(token.start..token.end)) else {
            return false;
        };
        if self.text.has_stand_ins() && token.is(HAS_STAND_INS) {
            return self.with_stand_ins(glance).is_some();
        }
        if token.is(HAS_DIGIT) && !token.is(HAS_STAND_INS) {
            return false;
        }
        glance.has_stand_ins |= token.is(HAS_DIGIT);
        glance.end += 1;
        glance.letters.try_extend_from_slice(&inside).is_ok()
    }

    /// The next token with the symbols that stand for letters, beside it or between it and the next.
    fn with_stand_ins(&mut self, glance: &mut Glance) -> Option<()> {
        let units = self.text.units();
        let chars = self.scratch.chars.as_slice();
        let stands = |index: usize| chars.get(index).is_some_and(|c| symbol_letter(*c).is_some());
        let token = self.token(glance.end)?;
        // Begins here: no symbol joins it to the token before.
        let start = units.get(token.start)?.start as usize;
        let mut lead = start;
        while lead > 0 && stands(lead - 1) {
            lead -= 1;
        }
        let before = token.start.checked_sub(1).and_then(|index| units.get(index));
        if lead < start && before.is_some_and(|before| before.end as usize == lead) {
            return None;
        }
        let letters = &mut glance.letters;
        letters.try_extend_from_slice(chars.get(lead..start)?).ok()?;
        letters
            .try_extend_from_slice(&compare::letters(self.units(token.start..token.end))?)
            .ok()?;
        glance.has_stand_ins |= token.is(HAS_DIGIT) || lead < start;
        glance.end += 1;
        let mut end = token.end;
        loop {
            let mut at = units.get(end - 1)?.end as usize;
            let from = at;
            while stands(at) {
                letters.try_push(*chars.get(at)?).ok()?;
                at += 1;
            }
            glance.has_stand_ins |= at > from;
            let follows = |it: &KnownToken| {
                let begins = units.get(it.start).map(|unit| unit.start as usize);
                at > from && begins == Some(at) && !it.is(HAN)
            };
            let Some(next) = self.token(glance.end).filter(follows) else {
                break;
            };
            letters
                .try_extend_from_slice(&compare::letters(self.units(next.start..next.end))?)
                .ok()?;
            glance.end += 1;
            end = next.end;
        }
        // An exclamation mark at the end is one.
        while letters.last() == Some(&'!') {
            letters.pop();
        }
        Some(())
    }

    fn at_a_glance(&mut self, range: &Range<usize>, letters: &Letters) {
        let looks = compare::skeleton(letters);
        if looks.len() + 1 < FUZZY_MIN {
            return;
        }
        let hash = part_of(looks.iter().map(|c| u32::from(*c))).finish(LOOK);
        self.nominate(&self.index.latin, hash, range, |units, form| {
            let same = compare::skeleton(form) == looks && *form != **letters;
            let same = same && compare::drawn(letters) >= compare::drawn(form);
            let disguises = compare::disguises(units);
            same.then(|| {
                compare::look_changes(letters, form).iter().fold(disguises, TechniqueSet::with)
            })
        });
    }

    /// Forms one edit away from what the stand-ins stand for, where that is no word.
    fn edited_at_a_glance(&mut self, range: &Range<usize>, letters: &Letters) {
        for one in ['i', 'l'] {
            let plain = letters.iter().map(|c| compare::plain_letter(*c, one)).collect::<Letters>();
            let mut sums = std::mem::take(&mut self.scratch.plain);
            sums.refill(plain.iter().map(|c| u32::from(*c)));
            let all = 0..plain.len();
            if plain.len() > FUZZY_MIN && english(sums.part(all.clone())).is_none() {
                let verify = |units: &[Unit], form: &[char]| {
                    let edit = compare::one_edit(&plain, form)?;
                    Some(compare::disguises(units).with(Technique::Leet).with(edit))
                };
                self.nominate_edits(&sums, all, range, verify);
            }
            self.scratch.plain = sums;
        }
    }

    /// Forms one edit away.
    fn edited(&mut self, range: Range<usize>) {
        if (FUZZY_MIN..=FUZZY_MAX).contains(&range.len()) {
            let sums = std::mem::take(&mut self.scratch.letters);
            self.nominate_edits(&sums, range.clone(), &range, compare::edited);
            self.scratch.letters = sums;
        }
    }

    /// Forms that have the letters of a part, or all of them but one, or one more.
    fn nominate_edits(
        &mut self,
        sums: &Prefixes,
        part: Range<usize>,
        range: &Range<usize>,
        verify: impl Fn(&[Unit], &[char]) -> Option<TechniqueSet>,
    ) {
        let keys = &self.index.latin;
        self.nominate(keys, sums.part(part.clone()).finish(EDIT), range, &verify);
        for left_out in part.clone() {
            let hash = sums.without(part.clone(), left_out).finish(EDIT);
            self.nominate(keys, hash, range, &verify);
        }
    }

    /// A mark with another word grown onto it.
    fn glued(&mut self, token: KnownToken) {
        let len = token.len();
        if !(GLUED_MIN + GLUED_REST_MIN..=PART_MAX).contains(&len) {
            return;
        }
        for at in token.start + GLUED_REST_MIN..=token.end - GLUED_REST_MIN {
            for (mark, rest) in [(token.start..at, at..token.end), (at..token.end, token.start..at)]
            {
                let may_be = mark.len() >= GLUED_MIN
                    && self.index.exact.may_nominate(self.part(mark.clone()).finish(LETTERS));
                if may_be && self.is_plain_word(&rest) && !self.is_word(&mark) {
                    self.glued_part(mark);
                }
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

    /// Compares a part with the forms that a hash nominates, and keeps what is found. Most hashes nominate nothing.
    #[inline]
    pub(super) fn nominate(
        &mut self,
        keys: &Keys,
        hash: u64,
        range: &Range<usize>,
        verify: impl Fn(&[Unit], &[char]) -> Option<TechniqueSet>,
    ) {
        if keys.may_nominate(hash) {
            self.consider_nominated(keys, hash, range, verify);
        }
    }

    #[inline(never)]
    fn consider_nominated(
        &mut self,
        keys: &Keys,
        hash: u64,
        range: &Range<usize>,
        verify: impl Fn(&[Unit], &[char]) -> Option<TechniqueSet>,
    ) {
        for form in keys.nominated(hash) {
            self.consider(form, range, &verify);
        }
    }

    /// Compares a part with one form.
    fn consider(
        &mut self,
        form: u32,
        range: &Range<usize>,
        verify: impl Fn(&[Unit], &[char]) -> Option<TechniqueSet>,
    ) {
        let letters = self.index.form_letters(form);
        if let Some(techniques) = verify(self.units(range.clone()), letters) {
            self.keep(form, range.clone(), techniques);
        }
    }

    /// Keeps what is found of a form, once: without an edit if it can be read so.
    pub(super) fn keep(&mut self, form: u32, units: Range<usize>, techniques: TechniqueSet) {
        let found = &mut self.scratch.found;
        let same = found.iter_mut().find(|it| it.form == form && it.units == units);
        match same {
            None => found.push(Found { form, units, techniques }),
            Some(same) if same.techniques.overlaps(EDITED) && !techniques.overlaps(EDITED) => {
                same.techniques = techniques;
            }
            Some(_) => {}
        }
    }
}

/// Letters with some digits and symbols among them, not a code of digits with some letters.
fn is_readable(letters: &[char]) -> bool {
    let begins_as_number = letters.iter().take_while(|c| c.is_numeric()).count() >= 2;
    let (mut plain, mut stand_ins) = (0, 0);
    for c in letters {
        if c.is_alphabetic() {
            plain += 1;
        } else if compare::stands_for_a_letter(*c) {
            stand_ins += 1;
        }
    }
    // Longer ones are like no code by chance.
    let stand_ins_max = if letters.len() >= 7 { plain } else { plain.min(3) };
    plain >= 2 && stand_ins <= stand_ins_max && (!begins_as_number || plain >= 4)
}

#[cfg(test)]
mod tests {
    use crate::domain::Technique;
    use crate::register::Rarity;
    use crate::register::test_support::{candidates, found, register};

    #[test]
    fn a_word_that_means_itself_is_read_as_nothing_else() {
        let register = register(&["Anta", "Shein", "Lilang", "Diao"]);
        // Single letters, syllables, and fewer letters than a mark has that only look alike.
        for declared in ["this and a box", "has a box, an a", "shen qiang", "xi liang", "jiao you"]
        {
            assert_eq!(found(&register, declared), [], "{declared}");
        }
        for declared in ["antta", "SHEIIN", "lilaang", "1ilang"] {
            assert_eq!(found(&register, declared).len(), 1, "{declared}");
        }
    }

    #[test]
    fn pinyin_stands_apart_however_long_its_syllables_are() {
        let register = register(&["波司登", "金银精工", "小熊维尼"]);
        for (declared, mark) in [
            ("Bo Si Deng coat", "波司登"),
            ("new jin yin jing gong saw", "金银精工"),
            ("xiao-xiong-wei-ni", "小熊维尼"),
        ] {
            let [(found, _, techniques)] = &found(&register, declared)[..] else {
                panic!("{declared}");
            };
            assert_eq!(found, mark);
            assert!(techniques.contains(Technique::Pinyin), "{declared}");
        }
        assert_eq!(found(&register, "bo si dong"), []);
    }

    #[test]
    fn what_can_be_read_without_an_edit_has_none() {
        let register = register(&["Dyson", "Balabala"]);
        for declared in ["DY$ON", "DY*ON", "dys0n", "b4l4b4l4"] {
            let how =
                found(&register, declared).into_iter().map(|(_, _, how)| how.iter().collect());
            assert_eq!(how.collect::<Vec<Vec<_>>>(), [[Technique::Leet]], "{declared}");
        }
    }

    #[test]
    fn a_common_chinese_name_is_an_ordinary_word_too() {
        let register = register(&["熊猫", "罗技"]);
        let found = |declared: &str| candidates(&register, declared)[0].clone();
        assert!(found("熊猫图案").is_name && found("熊猫图案").rarity < Rarity(20));
        assert_eq!(found("罗技鼠标").rarity, Rarity::COINED);
    }

    #[test]
    fn other_words_than_recorded_make_a_mark_as_ordinary_as_they_are() {
        let register = register(&["Toread", "Ace & Tate", "Moondrop", "Kibrexon"]);
        let rarity = |declared: &str| candidates(&register, declared)[0].rarity;
        assert_eq!(rarity("TOREAD boots"), Rarity::COINED);
        assert!(rarity("books to read") < Rarity(15));
        assert!(rarity("acetate yarn") < rarity("Ace & Tate"));
        assert!(rarity("to read") < rarity("moon drop"));
        assert!(rarity("KIBRE XON") == Rarity::COINED);
        assert_eq!(rarity("K I B R E X O N"), Rarity::COINED);
    }
}
