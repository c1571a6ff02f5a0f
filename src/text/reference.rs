//! Characters that a page's markup wrote as references, as in `Levi&#39;s` and `H&amp;M`: platforms pass titles on so.

/// The references with names that titles have, and what they stand for: names as HTML gives them.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("reg", '®'),
    ("trade", '™'),
    ("copy", '©'),
    ("deg", '°'),
    ("middot", '·'),
    ("bull", '•'),
    ("times", '×'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("auml", 'ä'),
    ("aring", 'å'),
    ("ccedil", 'ç'),
    ("egrave", 'è'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("iacute", 'í'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("ouml", 'ö'),
    ("oslash", 'ø'),
    ("uacute", 'ú'),
    ("ucirc", 'û'),
    ("uuml", 'ü'),
    ("szlig", 'ß'),
];

/// Longest reference, from `&` to `;`.
const LENGTH_MAX: usize = 10;

/// The character that a text begins with a reference to, and how many characters that has.
pub(super) fn reference(text: &str) -> Option<(char, u32)> {
    let inside = text.strip_prefix('&')?;
    let end = inside.bytes().take(LENGTH_MAX - 1).position(|byte| byte == b';')?;
    let name = inside.get(..end)?;
    let c = if let Some(number) = name.strip_prefix('#') { numbered(number) } else { named(name) };
    Some((c?, u32::try_from(end + 2).ok()?))
}

fn named(name: &str) -> Option<char> {
    NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, c)| *c)
}

fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    char::from_u32(u32::from_str_radix(digits, radix).ok().filter(|_| is_number)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_the_characters_they_stand_for() {
        for (text, expected) in [
            ("&amp; more", Some(('&', 5))),
            ("&AMP;", Some(('&', 5))),
            ("&#39;s", Some(('\'', 5))),
            ("&#x4e00;", Some(('一', 8))),
            ("&#X41;", Some(('A', 6))),
            ("&#128512;", Some(('😀', 9))),
            ("&Eacute;", Some(('é', 8))),
            ("&", None),
            ("& co;", None),
            ("&;", None),
            ("&#;", None),
            ("&#-5;", None),
            ("&#+39;", None),
            ("&#xD800;", None),
            ("&#9999999;", None),
            ("&amp", None),
            ("&#00000000039;", None),
            ("&鞋;", None),
            ("amp;", None),
        ] {
            assert_eq!(reference(text), expected, "{text}");
        }
    }
}
