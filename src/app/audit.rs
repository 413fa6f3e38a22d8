//! The log proved whole, and handed over to whoever examines it.

use super::{Gateway, Refusal, Result};
use crate::core::item::Item;
use crate::core::org::Locale;
use crate::render::dossier;

pub use crate::store::chain::{Head, Verified};
pub use crate::store::dossier::Record;

/// Follows the chain of events from its first link and compares the items with it. `kept`: heads that were kept
/// elsewhere.
///
/// # Errors
/// When the database does not answer; what does not hold is in the outcome.
pub async fn verify(gateway: &Gateway, kept: &[Head]) -> Result<Verified> {
    Ok(gateway.store.verify_chain(kept).await?)
}

/// The newest link, to be kept elsewhere.
///
/// # Errors
/// [`Refusal::Says`] before the first event.
pub async fn head(gateway: &Gateway) -> Result<Head> {
    gateway.store.head().await?.ok_or_else(|| Refusal::Says("there are no events yet".to_owned()))
}

/// The item of a code.
///
/// # Errors
/// [`Refusal::Says`] when there is none.
pub async fn item(gateway: &Gateway, code: &str) -> Result<Item> {
    gateway.store.item_by_code(code).await?.ok_or_else(|| Refusal::Says(format!("no item {code:?}")))
}

/// An item's whole story as a page to read, in a language.
///
/// # Errors
/// When the database does not answer, or the page's template does not read.
pub async fn page(gateway: &Gateway, item: &Item, locale: Locale) -> anyhow::Result<String> {
    let verified = gateway.store.verify_chain(&[]).await?;
    Ok(dossier(&gateway.dossier(item, &verified, locale).await?)?)
}

/// Gives every event, message, try and answer to `take`, one by one; with `item` those about it.
///
/// # Errors
/// The store's, and those of `take`.
pub async fn records(
    gateway: &Gateway,
    item: Option<&Item>,
    take: impl FnMut(Record) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    gateway.store.records(item.map(|i| i.id), take).await
}
