//! UPU S10 item identifiers: two letters, eight digits, a check digit, the issuing country.

use super::is_country_code;

/// Weights of the eight serial digits (UPU standard S10).
const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];

/// First letters that S10 reserves; no post may issue them.
const RESERVED_FIRST_LETTERS: &[u8] = b"JKSTW";

/// What is wrong with an item id that should be an S10 number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum S10Fault {
    /// Not two letters, nine digits, two letters.
    Form,
    /// The service indicator begins with a reserved letter.
    ReservedIndicator,
    CheckDigit,
    /// The last two letters are no country.
    Country,
}

/// Checks an S10 number.
///
/// # Errors
/// The first fault found, in the order in which [`S10Fault`] lists them.
pub fn check_s10(item_id: &str) -> Result<(), S10Fault> {
    let [a, b, digits @ .., y, z] = item_id.as_bytes() else {
        return Err(S10Fault::Form);
    };
    let [serial @ .., check] = digits else {
        return Err(S10Fault::Form);
    };
    let letters = [a, b, y, z];
    if serial.len() != WEIGHTS.len()
        || !letters.iter().all(|byte| byte.is_ascii_uppercase())
        || !digits.iter().all(u8::is_ascii_digit)
    {
        return Err(S10Fault::Form);
    }
    if RESERVED_FIRST_LETTERS.contains(a) {
        return Err(S10Fault::ReservedIndicator);
    }
    if check_digit(serial) != u32::from(check - b'0') {
        return Err(S10Fault::CheckDigit);
    }
    let country = item_id.get(item_id.len() - 2..).unwrap_or_default();
    if is_country_code(country) { Ok(()) } else { Err(S10Fault::Country) }
}

/// 11 − (weighted sum mod 11), where 10 becomes 0 and 11 becomes 5.
fn check_digit(serial: &[u8]) -> u32 {
    let sum: u32 =
        serial.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        for (item_id, expected) in [
            ("EE471108151FR", Ok(())),
            ("RR473124829GB", Ok(())),
            ("EB000717595HK", Ok(())), // 11 becomes 5
            ("EB000717594HK", Err(S10Fault::CheckDigit)),
            ("JB000717595HK", Err(S10Fault::ReservedIndicator)),
            ("EB000717595XX", Err(S10Fault::Country)),
            ("eb000717595HK", Err(S10Fault::Form)),
            ("EB00071759HK", Err(S10Fault::Form)),
            ("EB0007175955HK", Err(S10Fault::Form)),
            ("EB00071７95HK", Err(S10Fault::Form)),
            ("", Err(S10Fault::Form)),
            ("EB", Err(S10Fault::Form)),
            ("ABCD", Err(S10Fault::Form)),
        ] {
            assert_eq!(check_s10(item_id), expected, "{item_id:?}");
        }
    }
}
