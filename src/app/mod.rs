//! What an office does every day, each as a plain function on the gateway: it looks whether the caller may, acts
//! through the rules of the core, and gives data or a refusal in the caller's language.
//!
//! The command line parses and prints; a web console calls the same. Nothing here writes to a terminal.

pub mod deliveries;
pub mod items;
pub mod pause;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::core::deadline::{Office, Span, local_to_utc};
use crate::core::org::{Directory, Locale, Person, UnitId};
use crate::core::transition::Actor;
use crate::core::words::Say;
use crate::gateway::{Gateway, Origin};
use crate::store::StoreError;

/// The channel that the log names for what was entered at the host.
pub const VIA: &str = "command";

/// Who acts, and in which language they are answered.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// The office, or a person in whose name somebody at the host enters what they said.
    pub actor: Actor,
    pub locale: Locale,
}

impl Caller {
    fn origin(&self) -> Origin<'static> {
        Origin { actor: self.actor, via: VIA, inbox_id: None }
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

/// Exactly one person of that name, still here.
///
/// # Errors
/// [`Refusal::Says`] when nobody or more than one is called so.
pub fn person<'d>(directory: &'d Directory, name: &str) -> Result<&'d Person> {
    let found: Vec<&Person> = directory.people_named(name.trim()).into_iter().filter(|p| !p.gone).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Refusal::Says(format!("nobody is called {name:?}; `dutybell people list` shows all"))),
        _ => Err(Refusal::Says(format!(
            "{} people are called {name:?}; give one of them another spelling in the people file",
            found.len()
        ))),
    }
}

/// Exactly one unit: by its name, or by `PARENT/UNIT` with as many names as tell it from others.
///
/// # Errors
/// [`Refusal::Says`] when none or more than one is called so.
pub fn unit(gateway: &Gateway, directory: &Directory, locale: Locale, path: &str) -> Result<UnitId> {
    let names: Vec<&str> = path.split('/').map(str::trim).filter(|n| !n.is_empty()).collect();
    let mut found: Vec<UnitId> = Vec::new();
    if let Some((name, above)) = names.split_last() {
        let under = |u: UnitId| {
            let chain = directory.chain(u);
            let mut rest = chain.iter().skip(1).filter_map(|u| directory.unit(*u));
            above.iter().rev().all(|parent| rest.any(|u| u.name == *parent))
        };
        found = directory.units_named(name).into_iter().map(|u| u.id).filter(|u| under(*u)).collect();
    }
    match found.as_slice() {
        [one] => Ok(*one),
        _ => refuse_in_words(gateway, locale, "verb_bad_unit", &[("name", path.to_owned())]),
    }
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
