//! Numbers in the forms that posts, carriers and registers give them. None is anyone's.

use fastrand::Rng;

use super::{pick, vocabulary};
use crate::domain::check_s10;

/// How many serial numbers there are: eight digits.
pub(super) const SERIALS: u64 = 100_000_000;

/// Has no divisor in common with [`SERIALS`], so that its multiples reach every serial number once.
const STRIDE: u64 = 61_803_399;

/// The serial number of the declaration with this count.
pub(super) fn serial(first: u64, count: u64) -> u64 {
    (first + count % SERIALS * STRIDE) % SERIALS
}

/// An S10 number that is as it should be.
pub(super) fn s10(rng: &mut Rng, serial: u64, country: &str) -> String {
    let service = pick(rng, vocabulary::S10_SERVICES);
    let second = pick(rng, vocabulary::S10_SECOND_LETTERS);
    let start = format!("{service}{second}{serial:08}");
    let correct = check_digits(&start, country).find(|item_id| check_s10(item_id).is_ok());
    correct.unwrap_or(start)
}

/// The same number as if its check digit were misprinted.
pub(super) fn with_wrong_check_digit(item_id: &str) -> String {
    let start = item_id.get(..10).unwrap_or(item_id);
    let country = item_id.get(11..).unwrap_or_default();
    check_digits(start, country).find(|item_id| check_s10(item_id).is_err()).unwrap_or_default()
}

fn check_digits(start: &str, country: &str) -> impl Iterator<Item = String> {
    (0..10).map(move |digit| format!("{start}{digit}{country}"))
}

/// A carrier's waybill number.
pub(super) fn waybill(rng: &mut Rng, serial: u64) -> String {
    let (start, length, end) = pick(rng, vocabulary::WAYBILLS);
    let rest = digits(rng, length.saturating_sub(8));
    format!("{start}{serial:08}{rest}{end}")
}

/// Digits, the first of which is no zero.
pub(super) fn digits(rng: &mut Rng, length: usize) -> String {
    (0..length).map(|index| rng.digit(10).max(if index == 0 { '1' } else { '0' })).collect()
}

/// The characters of a unified social credit code (GB 32100) in the order of their values.
const CREDIT_CHARACTERS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A unified social credit code of a company in an administrative division.
pub(super) fn credit_code(rng: &mut Rng, division: &str) -> String {
    let mut code = format!("91{division}MA");
    while code.len() < 17 {
        code.push(char::from(pick(rng, CREDIT_CHARACTERS)));
    }
    code.push(credit_check_character(&code));
    code
}

/// 31 − (sum of the values, weighted with the powers of 3, mod 31); 31 becomes 0.
fn credit_check_character(code: &str) -> char {
    let weights = std::iter::successors(Some(1_usize), |weight| Some(weight * 3 % 31));
    let sum = code.bytes().zip(weights).fold(0, |sum, (byte, weight)| {
        sum + weight * CREDIT_CHARACTERS.iter().position(|known| *known == byte).unwrap_or(0)
    });
    CREDIT_CHARACTERS.get((31 - sum % 31) % 31).map_or('0', |byte| char::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::S10Fault;

    #[test]
    fn serial_numbers_do_not_repeat() {
        let serials = (1..=100_000).map(|count| serial(99_999_999, count)).collect::<HashSet<_>>();
        assert_eq!(serials.len(), 100_000);
    }

    #[test]
    fn s10_numbers_are_right_and_can_be_misprinted() {
        let mut rng = Rng::with_seed(1);
        for number in 0..1_000 {
            let item_id = s10(&mut rng, serial(0, number), "CN");
            assert_eq!(check_s10(&item_id), Ok(()), "{item_id}");
            let misprinted = with_wrong_check_digit(&item_id);
            assert_eq!(check_s10(&misprinted), Err(S10Fault::CheckDigit), "{misprinted}");
        }
    }

    #[test]
    fn credit_codes_have_the_right_check_character() {
        // From the example in the annex of GB 32100-2015, and codes of the sample register.
        assert_eq!(credit_check_character("91350100M000100Y4"), '3');
        for recordal in super::super::recordals() {
            for user in recordal.authorised_users {
                let (start, check) = user.party_id.split_at(17);
                assert_eq!(credit_check_character(start).to_string(), check, "{start}");
            }
        }
        assert_eq!(credit_code(&mut Rng::with_seed(1), "440307").len(), 18);
    }
}
