//! What happened, as one line of time; and whose built-in chats there are.

use super::{Gateway, Result};
use crate::core::item::Item;
use crate::gateway::timeline;

pub use crate::gateway::timeline::Entry;

/// Items that are read at most.
const MOST: i64 = 1_000;

/// Everything said and done after a message and an event, in order of time; the register's changes left out.
///
/// # Errors
/// When the database does not answer.
pub async fn since(gateway: &Gateway, message: i64, event: i64) -> Result<Vec<Entry>> {
    let directory = gateway.directory().await?;
    let mut entries = timeline::since(gateway, &directory, message, event, i64::MAX).await?;
    entries.retain(|e| !e.why.starts_with("register"));
    Ok(entries)
}

/// The items, a thousand at most.
///
/// # Errors
/// When the database does not answer.
pub async fn items(gateway: &Gateway) -> Result<Vec<Item>> {
    Ok(gateway.store.items(MOST).await?)
}

/// Somebody with a built-in chat.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Phone {
    pub login: String,
    pub name: String,
    /// Title of their first post; empty without one.
    pub post: String,
    pub unit: String,
}

/// Everybody with a built-in chat, in the order of the register.
///
/// # Errors
/// When the database does not answer.
pub async fn phones(gateway: &Gateway) -> Result<Vec<Phone>> {
    let directory = gateway.directory().await?;
    let mut by_person = std::collections::BTreeMap::new();
    for contact in gateway.store.contacts_on("desk").await? {
        let Some(person) = directory.person(contact.person) else { continue };
        let posts = directory.posts_of_person(person.id, gateway.now());
        let post = posts.first();
        let unit = post.and_then(|p| directory.unit(p.unit)).map_or(String::new(), |u| u.name.clone());
        let title = post.map_or(String::new(), |p| p.title.clone());
        let phone = Phone { login: contact.address, name: person.name.clone(), post: title, unit };
        by_person.insert(person.id, phone);
    }
    Ok(by_person.into_values().collect())
}
