//! Proof and opening of WeCom's calls (pages 90968 and 91144, "加解密方案说明").

use aes::Aes256;
use cbc::Decryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use data_encoding::{BASE64_NOPAD, HEXLOWER};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Random bytes before the length.
const RANDOM: usize = 16;

/// Base64 as WeCom writes it: its key has no padding sign, and the last sign carries two bits that belong to nothing.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut lenient = BASE64_NOPAD.specification();
    lenient.check_trailing_bits = false;
    lenient.encoding().ok()?.decode(text.trim_end_matches('=').as_bytes()).ok()
}

pub(super) struct Crypt {
    token: SecretString,
    key: [u8; 32],
    receiver: String,
}

impl Crypt {
    /// # Errors
    /// Names the setting; never a secret.
    pub(super) fn new(token: &SecretString, key: &SecretString, corp: &str) -> Result<Crypt, String> {
        let token = token.expose_secret().trim().to_owned();
        let key = key.expose_secret().trim().to_owned();
        if token.is_empty() {
            return Err("callback_token is empty".to_owned());
        }
        let bytes = decoded(&key).and_then(|bytes| bytes.try_into().ok());
        match bytes.filter(|_| key.len() == 43) {
            Some(key) => Ok(Crypt { token: token.into(), key, receiver: corp.to_owned() }),
            None => Err("aes_key is not the EncodingAESKey: 43 letters and digits".to_owned()),
        }
    }

    /// Does this signature stand for these words? Takes the same time for any wrong one of the same length.
    pub(super) fn is_signed(&self, signature: &str, timestamp: &str, nonce: &str, encrypted: &str) -> bool {
        let mut parts = [self.token.expose_secret(), timestamp, nonce, encrypted];
        parts.sort_unstable();
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes());
        let ours = HEXLOWER.encode(hash.as_ref());
        ours.as_bytes().ct_eq(signature.as_bytes()).into()
    }

    /// The words inside, when they are for our corporation.
    pub(super) fn open(&self, encrypted: &str) -> Option<String> {
        let mut sealed = decoded(encrypted.trim())?;
        let cipher = Decryptor::<Aes256>::new_from_slices(&self.key, &self.key[..16]).ok()?;
        let plain = cipher.decrypt_padded::<NoPadding>(&mut sealed).ok()?;
        // PKCS #7 in blocks of 32 bytes.
        let padding = usize::from(*plain.last()?);
        let inner = plain.get(RANDOM..plain.len().checked_sub(padding)?).filter(|_| (1..=32).contains(&padding))?;
        let (length, rest) = inner.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (words, receiver) = rest.split_at_checked(length)?;
        (receiver == self.receiver.as_bytes()).then(|| String::from_utf8(words.to_vec()).ok())?
    }
}
