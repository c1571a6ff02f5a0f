//! Declared text, folded into units that can be compared, with spans back into what was declared; and what is known of
//! letters, characters and words in general.
//!
//! Knows nothing of marks.

mod bits;
mod block;
mod fold;
pub mod han;
pub mod hash;
mod packed;
mod perfect;
mod reference;
pub mod segment;
mod visible;
pub mod words;

pub use bits::bits;
pub use fold::{
    Class, Classes, FoldedText, Gap, How, Token, UNITS_MAX, Unit, fold, is_mask, is_unseen,
    read_alone, symbol_letter,
};
pub use visible::{visible, visible_char};
