//! The index of written forms: exact forms between token boundaries.
//!
//! A map from the first one or two tokens nominates; comparison of the whole form decides.

use hashbrown::HashMap;

use super::{Candidate, Evidence, RecordalId};
use crate::domain::{Recordal, RecordalStatus, Technique, TechniqueSet};
use crate::text::{FoldedText, Token, fold};

/// Tokens that nominate: two, so that marks which begin with a common word or character stay apart.
const PREFIX_TOKENS: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Index {
    forms: Vec<Form>,
    /// From the folded first tokens, at most [`PREFIX_TOKENS`], to the forms that begin so.
    by_prefix: HashMap<Box<str>, Vec<usize>>,
}

/// One folded form, and who recorded it.
#[derive(Debug)]
struct Form {
    folded: Box<str>,
    token_count: usize,
    written: Vec<Written>,
}

/// One recordal's way to write a form.
#[derive(Debug)]
struct Written {
    recordal: RecordalId,
    evidence: Evidence,
    text: Box<str>,
}

impl Index {
    pub(super) fn build<'a>(recordals: impl Iterator<Item = (&'a Recordal, RecordalId)>) -> Self {
        let mut index = Self::default();
        let mut known = HashMap::new();
        for (recordal, id) in recordals.filter(|(it, _)| it.status == RecordalStatus::Live) {
            index.add(&mut known, id, Evidence::RightName, &recordal.right_name);
            for (number, alias) in recordal.aliases.iter().enumerate() {
                index.add(&mut known, id, Evidence::Alias(number), alias);
            }
        }
        index
    }

    fn add(
        &mut self,
        known: &mut HashMap<Box<str>, usize>,
        recordal: RecordalId,
        evidence: Evidence,
        text: &str,
    ) {
        let folded = fold(text);
        let tokens = folded.tokens();
        let whole = folded.covering(tokens);
        if whole.is_empty() {
            return; // nothing but punctuation: no token could ever match it
        }
        let form = *known.entry(whole.into()).or_insert_with(|| {
            let prefix = folded.covering(tokens.get(..PREFIX_TOKENS).unwrap_or(tokens));
            self.by_prefix.entry(prefix.into()).or_default().push(self.forms.len());
            self.forms.push(Form {
                folded: whole.into(),
                token_count: tokens.len(),
                written: Vec::new(),
            });
            self.forms.len() - 1
        });
        let Some(form) = self.forms.get_mut(form) else { return };
        // A recordal that repeats a form, as name and alias or in another case, is named once.
        if form.written.iter().all(|written| written.recordal != recordal) {
            form.written.push(Written { recordal, evidence, text: text.trim().into() });
        }
    }

    pub(super) fn form_count(&self) -> usize {
        self.forms.len()
    }

    /// Every place where a form stands between token boundaries, from left to right.
    pub(super) fn candidates<'a>(
        &'a self,
        declared: &'a str,
        folded: &'a FoldedText,
    ) -> impl Iterator<Item = Candidate> + 'a {
        let tokens = folded.tokens();
        (0..tokens.len()).filter_map(move |first| tokens.get(first..)).flat_map(move |rest| {
            self.forms_at(folded, rest).flat_map(move |(form, window)| {
                form.written.iter().filter_map(move |written| written.candidate(declared, window))
            })
        })
    }

    /// The forms that begin at the first of the tokens, each with the tokens it covers.
    fn forms_at<'a>(
        &'a self,
        folded: &'a FoldedText,
        tokens: &'a [Token],
    ) -> impl Iterator<Item = (&'a Form, &'a [Token])> {
        let whole_text = tokens.len() == folded.tokens().len();
        (1..=PREFIX_TOKENS)
            .filter_map(move |count| tokens.get(..count))
            .filter_map(move |prefix| self.by_prefix.get(folded.covering(prefix)))
            .flatten()
            .filter_map(move |&form| self.forms.get(form))
            .filter_map(move |form| Some((form, tokens.get(..form.token_count)?)))
            .filter(move |(form, window)| folded.covering(window) == &*form.folded)
            .filter(move |(form, window)| {
                // A single character says something only where it is all there is.
                form.folded.chars().nth(1).is_some() || (whole_text && window.len() == tokens.len())
            })
    }
}

impl Written {
    fn candidate(&self, declared: &str, window: &[Token]) -> Option<Candidate> {
        let span = window.first()?.span.start..window.last()?.span.end;
        let matched =
            declared.chars().skip(span.start as usize).take(span.len()).collect::<String>();
        let mut techniques = TechniqueSet::default().with(typing(&matched, &self.text));
        if matches!(self.evidence, Evidence::Alias(_)) {
            techniques = techniques.with(Technique::Alias);
        }
        Some(Candidate { recordal: self.recordal, span, techniques, evidence: self.evidence })
    }
}

/// How two texts that fold to the same differ; white space does not count.
fn typing(declared: &str, recorded: &str) -> Technique {
    if same_words(declared, recorded) {
        Technique::Exact
    } else if same_words(&declared.to_lowercase(), &recorded.to_lowercase()) {
        Technique::Case
    } else {
        Technique::Width
    }
}

fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}
