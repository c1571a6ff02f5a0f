//! The register: every recordal, indexed so that the marks in a text are found in one pass.
//!
//! Says which recorded forms a text holds and how they are written. What that is worth is for screening to say.
//! Opens no files, reads no clock.

mod build;
mod chinese;
mod compare;
mod form;
mod index;
mod keys;
mod masked;
mod mixed;
mod search;
#[cfg(test)]
mod test_support;

use std::ops::Range;

use jiff::civil::Date;

use crate::domain::{Recordal, RightKind, Technique, TechniqueSet};
use crate::text::FoldedText;
use form::Capitals;
pub use form::Rarity;
use index::{Index, Written};
pub use search::{EDITED, Scratch};

/// Most candidates that one text can give.
pub const CANDIDATES_MAX: usize = 256;

/// All recordals, and the index of the marks among them. Built in one go, never changed.
#[derive(Debug, Default)]
pub struct Register {
    /// By number, so that the order in which they came decides nothing.
    recordals: Vec<Recordal>,
    index: Index,
}

/// A recordal of one register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordalId(u32);

/// A place in a text that may carry a recorded mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub recordal: RecordalId,
    /// Unicode scalar values of the declared text.
    pub span: Range<u32>,
    /// The same place, as units of the folded text.
    pub units: Range<usize>,
    /// How the mark is written.
    pub techniques: TechniqueSet,
    pub evidence: Evidence,
    /// Letters of the form that was compared.
    pub letters: usize,
    pub rarity: Rarity,
    /// The form is also the name of a person or place.
    pub is_name: bool,
    /// The form is written in Chinese characters.
    pub is_han: bool,
    /// How much less likely the Chinese text around is when the mark is a word of it, in bits.
    pub strain: i32,
}

/// What a candidate was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    pub name: Name,
    /// The name's sound in Latin letters.
    pub transliterated: bool,
}

/// One of a recordal's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The mark as recorded.
    Right,
    /// The alias of this index.
    Alias(u16),
}

/// What keeps honest words from being taken for marks. All are on but where somebody measures what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// Words of the dictionary are no disguises.
    pub dictionary: bool,
    /// Chinese is read as words, and marks stand where words may.
    pub reading: bool,
    /// Where one form stands as recorded, no other is read into it.
    pub explanation: bool,
}

impl Default for Guards {
    fn default() -> Self {
        Self { dictionary: true, reading: true, explanation: true }
    }
}

/// Whether a search came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Search {
    Complete,
    /// The text gave more than [`CANDIDATES_MAX`] candidates, or had more places to look at than are; the rest is unknown.
    Truncated,
}

impl Register {
    /// Indexes the recordals. Only live trademarks are searched for in text: the names of other rights are titles.
    #[must_use]
    pub fn build(mut recordals: Vec<Recordal>) -> Self {
        // By what is at hand first: recordals are large, and comparing their numbers in place would move and miss a lot of
        // memory. That puts nearly all in order, and the rest is quick.
        recordals.sort_by_cached_key(|recordal| beginning(&recordal.recordal_no));
        recordals.sort_by(|a, b| a.recordal_no.cmp(&b.recordal_no));
        let numbered = || recordals.iter().zip((0..).map(RecordalId));
        let index = Index::build(
            numbered().filter(|(recordal, _)| recordal.right_kind == RightKind::Trademark),
        );
        Self { recordals, index }
    }

    /// Switches guards off, to see what each is worth.
    pub fn guard(&mut self, guards: Guards) {
        self.index.guards = guards;
    }

    /// Folds a text and appends the candidates that it gives on a day of the register, counting only recordals in force
    /// then. The folded text stays in the scratch memory until the next search.
    pub fn find(
        &self,
        declared: &str,
        day: Date,
        scratch: &mut Scratch,
        found: &mut Vec<Candidate>,
    ) -> Search {
        let mut text = std::mem::take(&mut scratch.text);
        text.refold(declared);
        let mut room = CANDIDATES_MAX;
        let mut search = if text.is_cut() { Search::Truncated } else { Search::Complete };
        // Where the last candidate stands: those who recorded one form come one after the other.
        let mut matched = Matched::default();
        let is_whole =
            self.index.search(declared, &text, scratch, &mut |mut candidate, written| {
                if !written.counts_on(day) {
                    return true;
                }
                if room == 0 {
                    search = Search::Truncated;
                    return false;
                }
                room -= 1;
                if candidate.is_as_recorded(written) {
                    candidate.techniques = candidate.techniques.with(Technique::Exact);
                } else if candidate.is_only_folded() {
                    if matched.span != candidate.span {
                        matched = Matched::new(declared, &candidate.span, &text, &candidate.units);
                    }
                    let typed = matched.typing(&candidate, written, || self.name(&candidate));
                    candidate.typed(typed);
                }
                candidate.techniques = candidate.techniques.union(candidate.evidence.techniques());
                found.push(candidate);
                true
            });
        scratch.text = text;
        if is_whole { search } else { Search::Truncated }
    }

    /// The recordal of an id that this register gave.
    #[must_use]
    pub fn recordal(&self, id: RecordalId) -> Option<&Recordal> {
        self.recordals.get(id.0 as usize)
    }

    /// The recorded name that a candidate was compared with.
    fn name(&self, candidate: &Candidate) -> &str {
        let Some(recordal) = self.recordal(candidate.recordal) else { return "" };
        match candidate.evidence.name {
            Name::Right => &recordal.right_name,
            Name::Alias(index) => {
                recordal.aliases.get(usize::from(index)).map_or("", String::as_str)
            }
        }
    }

    /// The recordal of a number; of several with one number, the last.
    #[must_use]
    pub fn by_number(&self, recordal_no: &str) -> Option<&Recordal> {
        let end = self.recordals.partition_point(|it| it.recordal_no.as_str() <= recordal_no);
        let last = self.recordals.get(..end)?.last()?;
        (last.recordal_no == recordal_no).then_some(last)
    }

    /// How many recordals there are, of all kinds and states.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recordals.len()
    }

    /// Whether there are no recordals.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recordals.is_empty()
    }

    /// How many distinct written forms are searched for.
    #[must_use]
    pub fn form_count(&self) -> usize {
        self.index.form_count()
    }

    /// Bytes that the index of forms holds.
    #[must_use]
    pub fn index_bytes(&self) -> usize {
        self.index.bytes()
    }
}

impl Candidate {
    /// Whether the name stands there as recorded, as far as that is known without a look at either: Chinese of which
    /// nothing was folded, neither in the text nor in the name.
    fn is_as_recorded(&self, written: &Written) -> bool {
        self.is_han && written.capitals == Some(Capitals::Absent) && self.techniques.is_empty()
    }

    /// Whether folding made the text what was found, and nothing else did; a name's sound is no name.
    fn is_only_folded(&self) -> bool {
        !self.evidence.transliterated && self.techniques.is_within(FOLDED)
    }

    /// Says how the text is typed otherwise than the recorded name. Forms that the name has itself are no disguise.
    fn typed(&mut self, typed: Technique) {
        if typed != Technique::Width {
            self.techniques = TechniqueSet::default().with(typed);
        } else if self.techniques.is_empty() {
            self.techniques = self.techniques.with(typed);
        }
    }
}

/// A text that was declared, and how it is written.
#[derive(Debug, Default)]
struct Matched<'t> {
    span: Range<u32>,
    text: &'t str,
    capitals: Option<Capitals>,
}

impl<'t> Matched<'t> {
    fn new(
        declared: &'t str,
        span: &Range<u32>,
        folded: &FoldedText,
        units: &Range<usize>,
    ) -> Self {
        let text = slice(declared, span);
        let units = folded.units().get(units.clone()).unwrap_or_default();
        Self { span: span.clone(), text, capitals: Capitals::of(text, units) }
    }

    /// How it is typed otherwise than the recorded name, at which most candidates need no look.
    fn typing<'r>(
        &self,
        candidate: &Candidate,
        written: &Written,
        name: impl FnOnce() -> &'r str,
    ) -> Technique {
        match (self.capitals, written.capitals) {
            // Where nothing else was done, the letters and where they are apart are the name's.
            (Some(declared), Some(recorded)) if candidate.techniques.is_empty() => {
                if declared == recorded { Technique::Exact } else { Technique::Case }
            }
            _ => typing(self.text, name()),
        }
    }
}

impl Evidence {
    /// What a name is recorded as, where that is not the mark itself.
    fn techniques(self) -> TechniqueSet {
        let alias = matches!(self.name, Name::Alias(_)).then_some(Technique::Alias);
        let pinyin = self.transliterated.then_some(Technique::Pinyin);
        [alias, pinyin].into_iter().flatten().fold(TechniqueSet::default(), TechniqueSet::with)
    }
}

/// The first sixteen bytes of a text, as a number that sorts as they do.
fn beginning(text: &str) -> u128 {
    let bytes = text.bytes().chain(std::iter::repeat(0)).take(size_of::<u128>());
    bytes.fold(0, |beginning, byte| beginning << 8 | u128::from(byte))
}

/// The part of a text from one of its characters to another.
fn slice<'t>(text: &'t str, span: &Range<u32>) -> &'t str {
    let mut places = text.char_indices().map(|(place, _)| place).skip(span.start as usize);
    let start = places.next().unwrap_or(text.len());
    let end = span.len().checked_sub(1).and_then(|more| places.nth(more)).unwrap_or(text.len());
    text.get(start..end).unwrap_or_default()
}

/// What folding undoes.
const FOLDED: TechniqueSet = TechniqueSet::of(&[
    Technique::Diacritics,
    Technique::Width,
    Technique::Homoglyph,
    Technique::Traditional,
]);

/// How two texts that fold to the same differ; white space and punctuation do not count.
fn typing(declared: &str, recorded: &str) -> Technique {
    if declared == recorded {
        return Technique::Exact;
    }
    let declared = declared.chars().filter(|c| c.is_alphanumeric());
    let recorded = recorded.chars().filter(|c| c.is_alphanumeric());
    if declared.clone().eq(recorded.clone()) {
        Technique::Exact
    } else if declared.flat_map(char::to_lowercase).eq(recorded.flat_map(char::to_lowercase)) {
        Technique::Case
    } else {
        Technique::Width
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{RecordalStatus, Technique};
    use crate::text::fold;

    fn mark(right_name: &str, aliases: &[&str]) -> Recordal {
        Recordal {
            recordal_no: format!("T-{right_name}"),
            right_kind: RightKind::Trademark,
            right_name: right_name.to_owned(),
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            status: RecordalStatus::Live,
            ..Recordal::default()
        }
    }

    const DAY: Date = jiff::civil::date(1970, 1, 1);

    fn register() -> Register {
        Register::build(vec![
            mark("Nike", &["耐克"]),
            mark("小米", &["Xiaomi"]),
            mark("Louis Vuitton", &["LV", "路易威登"]),
            mark("H&M", &[]),
            mark("Levi's", &[]),
            mark("X", &["一"]),
            mark("Nestlé", &[]),
            mark("!!", &[""]),
            Recordal { right_kind: RightKind::Patent, ..mark("juicer", &[]) },
            Recordal { status: RecordalStatus::Revoked, ..mark("Revoked", &[]) },
        ])
    }

    /// Marks found, with the matched text and the techniques.
    fn found(declared: &str) -> Vec<(String, String, Vec<Technique>)> {
        let register = register();
        let mut found = Vec::new();
        let search = register.find(declared, DAY, &mut Scratch::default(), &mut found);
        assert_eq!(search, Search::Complete);
        found
            .into_iter()
            .map(|candidate| {
                let (start, len) = (candidate.span.start as usize, candidate.span.len());
                let mark = register.recordal(candidate.recordal).unwrap().right_name.clone();
                let matched = declared.chars().skip(start).take(len).collect();
                (mark, matched, candidate.techniques.iter().collect())
            })
            .collect()
    }

    #[test]
    fn finds_marks_written_exactly() {
        use Technique::{Alias, Case, Diacritics, Exact, Width};
        type Expected<'a> = (&'a str, &'a str, &'a [Technique]);
        let cases: &[(&str, &[Expected<'_>])] = &[
            ("Nike shoes", &[("Nike", "Nike", &[Exact])]),
            ("shoes by NIKE", &[("Nike", "NIKE", &[Case])]),
            ("ｎｉｋｅ", &[("Nike", "ｎｉｋｅ", &[Width])]),
            ("新款耐克鞋", &[("Nike", "耐克", &[Exact, Alias])]),
            ("正品小米手机", &[("小米", "小米", &[Exact])]),
            ("XIAOMI手机", &[("小米", "XIAOMI", &[Case, Alias])]),
            ("a Louis  Vuitton bag", &[("Louis Vuitton", "Louis  Vuitton", &[Exact])]),
            ("lv", &[("Louis Vuitton", "lv", &[Case, Alias])]),
            ("h&m and H M", &[("H&M", "h&m", &[Case]), ("H&M", "H M", &[Exact])]),
            ("Levi’s", &[("Levi's", "Levi’s", &[Exact])]),
            ("Nestlé", &[("Nestlé", "Nestlé", &[Exact])]),
            ("Nestle\u{301}", &[("Nestlé", "Nestle\u{301}", &[Diacritics])]),
            ("x", &[("X", "x", &[Case])]),
            ("Nike NIKE", &[("Nike", "Nike", &[Exact]), ("Nike", "NIKE", &[Case])]),
            // Not on a boundary, too short to mean anything, not a mark, not in force.
            ("snikers shoe", &[]),
            ("x一 model x", &[]),
            ("Louis, Vuitton", &[("Louis Vuitton", "Louis, Vuitton", &[Exact])]),
            ("juicer Revoked", &[]),
            ("!! ??", &[]),
            ("", &[]),
        ];
        for (declared, expected) in cases {
            let expected = expected
                .iter()
                .map(|(mark, text, how)| ((*mark).to_owned(), (*text).to_owned(), how.to_vec()))
                .collect::<Vec<_>>();
            assert_eq!(found(declared), expected, "{declared:?}");
        }
    }

    #[test]
    fn capitals_say_how_a_text_is_written() {
        use Capitals::{All, Firsts};
        let capitals = |text: &str| Capitals::of(text, fold(text).units());
        for (text, expected) in [
            ("nike", Some(Capitals::Absent)),
            ("耐克 7", Some(Capitals::Absent)),
            ("NIKE", Some(All)),
            ("3M", Some(All)),
            ("H&M", Some(All)),
            ("Nike", Some(Firsts)),
            ("Louis Vuitton", Some(Firsts)),
            ("Nike 耐克", Some(Firsts)),
            ("LouisVuitton", None),
            ("Levi's", None),
            ("louis Vuitton", None),
            ("Nestlé", None),
            ("&#78;ike", None),
            ("ＮＩＫＥ", None),
            ("", None),
        ] {
            assert_eq!(capitals(text), expected, "{text}");
        }
    }

    /// A text of these letters, of which one bit each says which are apart; and for each how it is written.
    fn written(letters: &[char], apart: u8, how: &[u8]) -> String {
        let mut text = String::new();
        for (index, (letter, how)) in letters.iter().zip(how).enumerate() {
            if apart >> index & 1 == 1 {
                text.push(if how & 1 == 0 { ' ' } else { '-' });
            }
            text.extend((how & 0b110 == 0b110).then_some('\u{200b}'));
            text.extend(if how & 8 == 0 { vec![*letter] } else { letter.to_uppercase().collect() });
        }
        text
    }

    proptest! {
        #[test]
        fn capitals_say_what_comparing_does(
            letters in prop::collection::vec(prop::sample::select(&['a', 'b', '1', '耐', 'é'][..]), 1..5),
            apart in any::<u8>(),
            how in prop::array::uniform2(prop::array::uniform5(any::<u8>())),
        ) {
            let [recorded, declared] = how.map(|how| written(&letters, apart, &how));
            let capitals = |text: &str| Capitals::of(text, fold(text).units());
            if let (Some(a), Some(b)) = (capitals(&declared), capitals(&recorded)) {
                let expected = if a == b { Technique::Exact } else { Technique::Case };
                prop_assert_eq!(typing(&declared, &recorded), expected, "{} {}", declared, recorded);
            }
        }
    }

    #[test]
    fn all_who_recorded_a_mark_are_found_once_as_it_is_and_as_it_sounds() {
        let register = Register::build(vec![
            mark("茅台王子", &["茅台王子"]),
            mark("Prince", &["茅台王子"]),
            mark("Maotaiwangzi", &["茅台王子", "Moutai"]),
        ]);
        // In the order of their numbers, with the name that each has it from.
        let alias = Name::Alias(0);
        for (declared, expected) in [
            ("茅台王子", [(alias, false), (alias, false), (Name::Right, false)]),
            // Recorded so by one, and heard by the others.
            ("maotaiwangzi", [(Name::Right, false), (alias, true), (Name::Right, true)]),
        ] {
            let mut found = Vec::new();
            let _ = register.find(declared, DAY, &mut Scratch::default(), &mut found);
            let evidence = found.iter().map(|it| (it.evidence.name, it.evidence.transliterated));
            assert_eq!(evidence.collect::<Vec<_>>(), expected, "{declared}");
        }
    }

    #[test]
    fn recordals_are_found_by_their_numbers_however_long() {
        // All but the last of one beginning, and not in order.
        let numbers = ["T2026-00000000000-9", "T2026-00000000000-10", "T2026-00000000000", "T1"];
        let recordal =
            |number: &str| Recordal { recordal_no: number.to_owned(), ..mark("Nike", &[]) };
        let register = Register::build(numbers.map(recordal).to_vec());
        for number in numbers {
            assert_eq!(register.by_number(number).map(|it| it.recordal_no.as_str()), Some(number));
        }
        assert!(register.by_number("T2026-00000000000-1").is_none());
    }

    #[test]
    fn a_mark_behind_a_flood_of_marks_out_of_force_is_not_passed_over_in_silence() {
        let ended =
            Recordal { valid_until: Some(jiff::civil::date(1969, 12, 31)), ..mark("Ended", &[]) };
        let register = Register::build(vec![mark("Nike", &[]), ended]);
        let mut found = Vec::new();
        let declared = "ended ".repeat(600) + "nike";
        let search = register.find(&declared, DAY, &mut Scratch::default(), &mut found);
        assert_eq!((search, found.len()), (Search::Truncated, 0));
    }

    #[test]
    fn a_flood_of_candidates_is_cut_and_said_so() {
        let declared = "nike ".repeat(CANDIDATES_MAX + 1);
        let mut found = Vec::new();
        let search = register().find(&declared, DAY, &mut Scratch::default(), &mut found);
        assert_eq!((search, found.len()), (Search::Truncated, CANDIDATES_MAX));
    }
}
