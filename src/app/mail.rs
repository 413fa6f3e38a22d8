//! What pages that mails lead to do: confirming what came in one's name, and stopping summaries. The code in the address
//! is the proof of who calls.

use super::{Gateway, Result};
use crate::core::org::Locale;

pub use crate::gateway::Confirmation;

/// What a code stands for; nothing is changed.
///
/// # Errors
/// When the database does not answer.
pub async fn look_at_claim(gateway: &Gateway, code: &str) -> Result<Confirmation> {
    Ok(gateway.look_at_claim(code).await?)
}

/// The writer says that the mail was theirs: it counts.
///
/// # Errors
/// When the database does not answer.
pub async fn confirm_claim(gateway: &Gateway, code: &str) -> Result<Confirmation> {
    Ok(gateway.confirm_claim(code).await?)
}

/// Whether summaries come by mail to the reader of a token, with their language; `wanted` sets it. `None`: the token is
/// nobody's.
///
/// # Errors
/// When the database does not answer.
pub async fn summaries(gateway: &Gateway, token: &str, wanted: Option<bool>) -> Result<Option<(Locale, bool)>> {
    Ok(gateway.mail_summaries(token, wanted).await?)
}
