//! A small register and declarations for the tests of this module.

use std::sync::LazyLock;

use super::Notices;
use crate::domain::{Declaration, Line};
use crate::screening::{Reference, test_support};
use crate::wire::{Encoding, Limits, encode_message};

pub(super) fn limits() -> Limits {
    Limits { record_bytes_max: 4_096, text_bytes_max: 1_024 }
}

/// Nobody is told.
pub(super) fn no_notices() -> &'static Notices {
    static NO_NOTICES: LazyLock<Notices> = LazyLock::new(Notices::default);
    &NO_NOTICES
}

/// A register of one mark, Nike.
pub(super) fn reference() -> Reference {
    test_support::reference(vec![test_support::mark("T2016-1", "Nike", "Nike Inc")])
}

/// A declaration of one line, as JSON; its item is `item-<declaration_id>`.
pub(super) fn declaration_json(declaration_id: &str, description: &str) -> Vec<u8> {
    let declaration = Declaration {
        declaration_id: declaration_id.to_owned(),
        item_id: format!("item-{declaration_id}"),
        lines: vec![Line { description: description.to_owned(), ..Line::default() }],
        ..Declaration::default()
    };
    let mut json = Vec::new();
    encode_message(declaration, Encoding::Json, &mut json);
    json
}
