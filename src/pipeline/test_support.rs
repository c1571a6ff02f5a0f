//! A small register and declarations for the tests of this module.

use std::sync::Arc;

use crate::config::load_policy;
use crate::domain::{Declaration, Line, Recordal, RecordalStatus, RightKind, Versions};
use crate::register::Register;
use crate::screening::{Intelligence, Language, Reference};
use crate::wire::{Encoding, Limits, encode_message};

pub(super) fn limits() -> Limits {
    Limits { record_bytes_max: 4_096, text_bytes_max: 1_024 }
}

/// A register of one mark, Nike.
pub(super) fn reference() -> Reference {
    let nike = Recordal {
        recordal_no: "T2016-1".to_owned(),
        right_kind: RightKind::Trademark,
        right_name: "Nike".to_owned(),
        status: RecordalStatus::Live,
        ..Recordal::default()
    };
    Reference {
        register: Register::build(vec![nike]),
        intelligence: Intelligence::default(),
        policy: load_policy(None).unwrap().0,
        language: Language::English,
        versions: Arc::new(Versions::default()),
    }
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
