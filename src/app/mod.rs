//! What an office does every day, each as a plain function on the gateway: it looks whether the caller may, acts
//! through the rules of the core, and gives data or a refusal in the caller's language.
//!
//! The command line parses and prints; a web console calls the same. Nothing here writes to a terminal. A function that
//! shows before it acts takes `apply`: without it the very same is done and rolled back, so what is shown is what
//! would happen.

pub mod audit;
pub mod backup;
pub mod clock;
pub mod deliveries;
pub mod desk;
pub mod doctor;
pub mod explain;
pub mod export;
pub mod health;
pub mod hear;
pub mod import;
pub mod items;
pub mod mail;
pub mod pause;
pub mod people;
pub mod preview;
pub mod run;
pub mod sources;
pub mod status;
pub mod template;
pub mod timeline;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::core::deadline::{Office, Span, local_to_utc};
use crate::core::org::Locale;
use crate::core::transition::Actor;
use crate::core::words::Say;
use crate::gateway::Origin;
use crate::store::{StoreError, Tx};

/// The handle that every function here takes. Who calls them passes it on, and reads from it what time it is, the rules,
/// the phrases and the organisation, nothing else.
pub use crate::gateway::Gateway;

/// The channel that the log names for what was entered at the host.
pub const VIA: &str = "command";

/// Who acts, and in which language they are answered.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whoever is at the host, or a person in whose name they enter what that person said.
    pub actor: Actor,
    pub locale: Locale,
}

impl Caller {
    /// What of it the log says.
    pub(crate) fn origin(&self) -> Origin<'static> {
        Origin { actor: self.actor.clone(), via: VIA, inbox_id: None }
    }
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// One sentence with the way out; nothing was changed.
    #[error("{0}")]
    Says(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A ledger cannot be given back.
    #[error(transparent)]
    Export(#[from] crate::gateway::export::ExportError),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Refusal {
        Refusal::Store(error.into())
    }
}

/// What an office's function gives.
pub type Result<T> = std::result::Result<T, Refusal>;

fn refuse_in_words<T>(gateway: &Gateway, locale: Locale, key: &str, args: &[(&str, String)]) -> Result<T> {
    Err(Refusal::Says(gateway.phrases.say(locale, key, args)))
}

fn need_reason(gateway: &Gateway, locale: Locale, reason: &str) -> Result<()> {
    if reason.trim().is_empty() { refuse_in_words(gateway, locale, "verb_needs_reason", &[]) } else { Ok(()) }
}

/// An instant as people write one: a day (its working day's end), a local time, or a distance from `base`.
///
/// # Errors
/// [`Refusal::Says`] with the accepted forms.
pub fn instant(
    gateway: &Gateway,
    locale: Locale,
    text: &str,
    base: DateTime<Utc>,
    office: &Office,
) -> Result<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(office.end_of(day));
    }
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"];
    if let Some(time) = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()) {
        return Ok(local_to_utc(office.zone, time));
    }
    match text.strip_prefix('+').and_then(|span| span.trim().parse::<Span>().ok()) {
        Some(span) if !span.is_negative() => Ok(span.after(base, office)),
        _ => refuse_in_words(gateway, locale, "verb_bad_time", &[("text", text.to_owned())]),
    }
}

/// Lets go of the database.
pub async fn close(gateway: &Gateway) {
    gateway.store.close().await;
}

/// Refuses with a sentence.
fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Refusal::Says(text.into()))
}

/// Ends a transaction: for good, or as if nothing had been.
async fn finish(tx: Tx, apply: bool) -> Result<()> {
    match apply {
        true => tx.commit().await?,
        false => tx.rollback().await?,
    }
    Ok(())
}
