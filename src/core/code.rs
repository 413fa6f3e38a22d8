//! Short item codes for chat: `A7K2`, later `A7K2M9`.
//!
//! Letters and digits alternate, so no code spells a word, and the last digit is a check digit:
//! a mistyped code is refused instead of hitting another item. Letters that look like digits
//! (I, L, O) and U are left out.

const LETTERS: &[u8; 22] = b"ABCDEFGHJKMNPQRSTVWXYZ";
/// Codes per length: letter-digit-letter (+ check), then two characters more each.
const SIZES: [u64; 4] = [22 * 10 * 22, 22 * 10 * 22 * 10 * 22, 234_256_000, 51_536_320_000];
/// Odd multiplier, prime to every size: neighbours in the ledger get unlike codes.
const STRIDE: u64 = 1_000_003;

/// The code of the `n`-th item (counted from 1). Distinct for every `n`.
pub fn encode(n: u64) -> String {
    let mut rest = n.saturating_sub(1);
    let mut length = 0;
    while length + 1 < SIZES.len() && rest >= SIZES[length] {
        rest -= SIZES[length];
        length += 1;
    }
    let size = u128::from(SIZES[length]);
    let mut value = (u128::from(rest) * u128::from(STRIDE) + 1_234) % size;
    let places = 3 + 2 * length;
    let mut code = vec![0u8; places];
    for place in (0..places).rev() {
        let base = if place % 2 == 0 { 22 } else { 10 };
        let digit = usize::try_from(value % base).unwrap_or(0); // below 22 by the modulus
        code[place] = if place % 2 == 0 { LETTERS[digit] } else { b'0' + (value % 10) as u8 };
        value /= base;
    }
    code.push(b'0' + check_digit(&code));
    code.iter().map(|b| *b as char).collect()
}

/// The upper-case code if `text` is one (any case, an optional `#`), check digit included.
pub fn parse(text: &str) -> Option<String> {
    let code = text.trim().trim_start_matches('#').to_ascii_uppercase();
    let bytes = code.as_bytes();
    if !(4..=10).contains(&bytes.len()) || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let shape =
        bytes.iter().enumerate().all(|(i, b)| if i % 2 == 0 { LETTERS.contains(b) } else { b.is_ascii_digit() });
    let (last, body) = bytes.split_last()?;
    (shape && *last == b'0' + check_digit(body)).then_some(code)
}

/// Weighted sum modulo 10 with weights prime to 10 for digits.
fn check_digit(body: &[u8]) -> u8 {
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(i, b)| {
            let weight = [7, 3, 9, 1][i % 4];
            let value = LETTERS.iter().position(|l| l == b).unwrap_or(usize::from(b & 0x0f));
            weight * (value as u32 + (value as u32 / 10))
        })
        .sum();
    (sum % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_parse_back() {
        let mut seen = std::collections::HashSet::new();
        for n in 1..20_000 {
            let code = encode(n);
            assert_eq!(parse(&code.to_lowercase()).as_deref(), Some(code.as_str()));
            assert!(seen.insert(code));
        }
    }

    #[test]
    fn a_mistyped_digit_is_refused() {
        let code = encode(77);
        let wrong = format!("{}{}", &code[..1], if &code[1..2] == "3" { "4" } else { "3" }) + &code[2..];
        assert_eq!(parse(&wrong), None, "{code} -> {wrong}");
        assert_eq!(parse("done"), None);
    }
}
