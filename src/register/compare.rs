//! Whether declared units are a form after all, and by which changes. Hashes nominate; this decides.

use arrayvec::ArrayVec;

use crate::domain::{Technique, TechniqueSet};
use crate::text::han::{lookalikes, syllable};
use crate::text::{Class, Gap, How, Unit, symbol_letter};

/// Most letters that are compared in any way but as they are.
pub(super) const LETTERS_MAX: usize = 24;

/// Letters of a part of a text or of a form.
pub(super) type Letters = ArrayVec<char, LETTERS_MAX>;

/// The letters of units; `None` where there are too many.
pub(super) fn letters(units: &[Unit]) -> Option<Letters> {
    (units.len() <= LETTERS_MAX).then(|| units.iter().map(|unit| unit.read).collect())
}

/// What compares equal: how the letters got here.
pub(super) fn same_letters(units: &[Unit], letters: &[char]) -> Option<TechniqueSet> {
    let equal =
        units.len() == letters.len() && units.iter().map(|it| it.read).eq(letters.iter().copied());
    equal.then(|| disguises(units))
}

/// What folding undid, as techniques.
pub(super) fn disguises(units: &[Unit]) -> TechniqueSet {
    let how = units.iter().skip(1).fold(How::default(), |how, unit| how.and(unit.how));
    let first = units.first().map(|unit| unit.how).unwrap_or_default();
    let mut techniques = TechniqueSet::default();
    for (bit, technique) in [
        (How::DIACRITICS, Technique::Diacritics),
        (How::WIDTH, Technique::Width),
        (How::HOMOGLYPH, Technique::Homoglyph),
        (How::TRADITIONAL, Technique::Traditional),
    ] {
        if how.and(first).has(bit) {
            techniques = techniques.with(technique);
        }
    }
    // What is not drawn before the first letter is outside.
    if how.has(How::ZERO_WIDTH) {
        techniques = techniques.with(Technique::ZeroWidth);
    }
    techniques
}

/// How declared units stand apart where the recorded form's do not, or the other way round.
pub(super) fn spacing(units: &[Unit], form_gaps: u64) -> Option<Technique> {
    let recorded = |index: usize| form_gaps >> index & 1 == 1;
    let inner = || units.iter().enumerate().skip(1);
    let extra = || inner().filter(|(index, unit)| unit.gap.is_apart() && !recorded(*index));
    let extra_count = extra().count();
    if extra_count > 0 {
        let by_symbols = extra().any(|(_, unit)| unit.gap == Gap::Symbol);
        let all = extra_count == units.len() - 1;
        return Some(match (by_symbols, all) {
            (true, _) => Technique::Separator,
            (false, true) => Technique::Spelled,
            (false, false) => Technique::Split,
        });
    }
    let missing = inner().any(|(index, unit)| recorded(index) && !unit.gap.is_apart());
    missing.then_some(Technique::Joined)
}

/// The one edit by which units and a form differ, and what folding undid.
pub(super) fn edited(units: &[Unit], form: &[char]) -> Option<TechniqueSet> {
    Some(disguises(units).with(one_edit(units, form)?))
}

/// The same for a Chinese form.
pub(super) fn edited_han(units: &[Unit], form: &[char]) -> Option<TechniqueSet> {
    Some(disguises(units).with(one_han_edit(units, form)?))
}

/// The one edit by which the letters differ; `None` where there are more, or none.
pub(super) fn one_edit<L: PartialEq<char>>(declared: &[L], form: &[char]) -> Option<Technique> {
    if declared.len().abs_diff(form.len()) > 1 {
        return None;
    }
    let same = declared.iter().zip(form).take_while(|(a, b)| *a == *b).count();
    let declared = declared.get(same..)?;
    let (before, form) = form.split_at_checked(same)?;
    match (declared, form) {
        // A letter too many that only repeats the one before or the next.
        ([a, rest @ ..], _)
            if rest == form
                && [before.last(), form.first()]
                    .into_iter()
                    .flatten()
                    .any(|beside| a == beside) =>
        {
            Some(Technique::Repeated)
        }
        ([_, rest @ ..], _) if rest == form => Some(Technique::Inserted),
        (_, [_, rest @ ..]) if declared == rest => Some(Technique::Deleted),
        ([a, b, rest @ ..], [c, d, other @ ..]) if a == d && b == c && rest == other => {
            Some(Technique::Transposed)
        }
        ([_, rest @ ..], [_, other @ ..]) if rest == other => Some(Technique::Substituted),
        _ => None,
    }
}

/// Characters of the shortest Chinese form of which one may be missing, or be any other.
pub(super) const HAN_LOSSY_MIN: usize = 4;

/// The one edit of a Chinese form that still reads as it. Every character counts there, so short forms allow less.
fn one_han_edit(declared: &[Unit], form: &[char]) -> Option<Technique> {
    let edit = one_edit(declared, form)?;
    let least = match edit {
        Technique::Deleted | Technique::Substituted => HAN_LOSSY_MIN,
        _ => 3,
    };
    (form.len() >= least).then_some(edit)
}

/// Letters as they look at a glance: digits and symbols that stand for letters, letters that look alike, repeated ones.
/// Of more than [`LETTERS_MAX`] letters only the first.
pub(super) fn skeleton(letters: &[char]) -> Letters {
    outline(letters, look)
}

/// How many letters are seen at a glance: no disguise has fewer than what is recorded, where `li` may be taken for `l`.
pub(super) fn drawn(letters: &[char]) -> usize {
    outline(letters, |c| c).len()
}

/// Letters as they look, repeated ones once.
fn outline(letters: &[char], look: impl Fn(char) -> char) -> Letters {
    let mut looks = Letters::new();
    let mut rest = letters;
    loop {
        let (look, tail) = match rest {
            [] => return looks,
            ['r', 'n', tail @ ..] => ('m', tail),
            ['v', 'v', tail @ ..] => ('w', tail),
            [c, tail @ ..] => (look(*c), tail),
        };
        rest = tail;
        if looks.last() != Some(&look) && looks.try_push(look).is_err() {
            return looks;
        }
    }
}

/// The letter that a character stands for at a glance.
pub(super) fn look(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | 'i' => 'l',
        '2' => 'z',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '6' | '8' => 'b',
        '7' => 't',
        '9' => 'g',
        other => symbol_letter(other).unwrap_or(other),
    }
}

/// The letter that a character stands for, where it is none itself; `one` for those that look like `i` and `l`.
pub(super) fn plain_letter(c: char, one: char) -> char {
    match look(c) {
        _ if !stands_for_a_letter(c) => c,
        'l' => one,
        letter => letter,
    }
}

/// Whether a character can stand for a letter without being one.
pub(super) fn stands_for_a_letter(c: char) -> bool {
    !c.is_alphabetic() && look(c) != c
}

/// How letters of one skeleton differ.
pub(super) fn look_changes(declared: &[char], form: &[char]) -> TechniqueSet {
    let mut techniques = TechniqueSet::default();
    let stand_ins = |letters: &[char]| letters.iter().filter(|c| stands_for_a_letter(**c)).count();
    if stand_ins(declared) > stand_ins(form) {
        techniques = techniques.with(Technique::Leet);
    }
    let looks = |letters: &[char]| letters.iter().map(|c| look(*c)).collect::<Vec<_>>();
    let (declared, form) = (looks(declared), looks(form));
    let drawn = |looks: &[char]| {
        String::from_iter(looks).replace("rn", "m").replace("vv", "w").chars().collect::<Vec<_>>()
    };
    if drawn(&declared).len() != drawn(&form).len() {
        techniques = techniques.with(Technique::Repeated);
    }
    if techniques.is_empty() {
        techniques = techniques.with(Technique::Homoglyph);
    }
    techniques
}

/// Chinese characters that differ in some places by sound or look only, and are the same in at least one.
pub(super) fn near_han(units: &[Unit], letters: &[char]) -> Option<TechniqueSet> {
    if units.len() != letters.len() {
        return None;
    }
    let mut changes = TechniqueSet::default();
    let mut same = 0;
    for (unit, &recorded) in units.iter().zip(letters) {
        if unit.read == recorded {
            same += 1;
        } else if unit.class != Class::Han {
            return None;
        } else if syllable(unit.read) != 0 && syllable(unit.read) == syllable(recorded) {
            changes = changes.with(Technique::Homophone);
        } else if lookalikes(recorded).contains(&unit.read) {
            changes = changes.with(Technique::LookalikeHan);
        } else {
            return None;
        }
    }
    (same > 0 && same < units.len()).then(|| changes.union(disguises(units)))
}

/// A form of which one letter, at a place, is not among the units.
pub(super) fn hides(units: &[Unit], letters: &[char], place: usize) -> Option<TechniqueSet> {
    let (before, rest) = letters.split_at_checked(place)?;
    let (_, after) = rest.split_first()?;
    let shown = before.iter().chain(after);
    units
        .iter()
        .map(|unit| unit.read)
        .eq(shown.copied())
        .then(|| disguises(units).with(Technique::Leet))
}

/// In how many places units and a form have the same letter.
pub(super) fn same_places(units: &[Unit], letters: &[char]) -> usize {
    units.iter().zip(letters).filter(|(unit, letter)| unit.read == **letter).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn one_edit_is_named() {
        use Technique::{Deleted, Inserted, Repeated, Substituted, Transposed};
        for (declared, form, expected) in [
            ("swathc", "swatch", Some(Transposed)),
            ("panpers", "pampers", Some(Substituted)),
            ("pamspers", "pampers", Some(Inserted)),
            ("foreoo", "foreo", Some(Repeated)),
            ("ttempur", "tempur", Some(Repeated)),
            ("primak", "primark", Some(Deleted)),
            ("boyau", "boyatu", Some(Deleted)),
            ("same", "same", None),
            ("nkie", "nlke", None),
            ("", "ab", None),
        ] {
            assert_eq!(one_edit(&chars(declared), &chars(form)), expected, "{declared} {form}");
        }
    }

    #[test]
    fn looks_are_compared_at_a_glance() {
        for (declared, form) in [
            ("he@rttex", "hearttex"),
            ("r4vensburger", "ravensburger"),
            ("revllllon", "revlon"),
            ("sarnsung", "samsung"),
            ("n1ke", "nike"),
            ("nlke", "nike"),
        ] {
            assert_eq!(skeleton(&chars(declared)), skeleton(&chars(form)), "{declared} {form}");
        }
        for (more, fewer) in [("lilang", "liang"), ("n1ike", "nike"), ("hello", "heo")] {
            assert!(drawn(&chars(more)) > drawn(&chars(fewer)), "{more} {fewer}");
        }
        assert_eq!(drawn(&chars("sarnsuuuung")), drawn(&chars("samsung")));
        let changes = |declared: &str, form: &str| {
            look_changes(&chars(declared), &chars(form)).iter().collect::<Vec<_>>()
        };
        assert_eq!(changes("n1ke", "nike"), [Technique::Leet]);
        assert_eq!(changes("nlke", "nike"), [Technique::Homoglyph]);
        assert_eq!(changes("sarnsung", "samsung"), [Technique::Homoglyph]);
        assert_eq!(changes("revllllon", "revlon"), [Technique::Repeated]);
        assert_eq!(changes("n11ke", "nike"), [Technique::Leet, Technique::Repeated]);
    }
}
