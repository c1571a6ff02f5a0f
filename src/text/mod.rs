//! Declared text, folded and cut into tokens, with spans back into what was declared.
//!
//! Knows nothing of marks: it only says which texts are the same but for how they are typed.

mod fold;

pub use fold::{FoldedText, Token, fold};
