//! Declared text as a person can see all of it.

use std::borrow::Cow;

use super::is_unseen;

/// A text in which what is not drawn, or moves what is, stands as its code, as in `[U+200B]`: nothing is hidden from the
/// reader, and nothing steers a terminal.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible_char).collect())
}

/// The same of one character.
#[must_use]
pub fn visible_char(c: char) -> Cow<'static, str> {
    if is_visible(c) {
        Cow::Owned(c.to_string())
    } else {
        Cow::Owned(format!("[U+{:04X}]", u32::from(c)))
    }
}

fn is_visible(c: char) -> bool {
    let ends_line = matches!(c, '\u{2028}' | '\u{2029}');
    !c.is_control() && !is_unseen(c) && !ends_line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_shown_by_its_code() {
        for (text, expected) in [
            ("真皮 Nike shoes", "真皮 Nike shoes"),
            ("ni\u{200b}ke", "ni[U+200B]ke"),
            ("\u{202e}ekin\n", "[U+202E]ekin[U+000A]"),
            ("\u{1b}[31m", "[U+001B][31m"),
            ("e\u{301}", "e\u{301}"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }
}
