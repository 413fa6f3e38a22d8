//! Accounts of people: linking them by a one-time code, and cutting them; the register as a file.

use super::Register;
use crate::app::{Caller, Gateway, Refusal, Result, refuse};
use crate::core::channels::{is_linked, linked};
use crate::core::org::{Locale, PersonId};
use crate::gateway::{LINK_LIFE, new_code};
use crate::store::{links, people};

/// A one-time code that links an account: whoever uses it first speaks for the person.
#[derive(Clone, Debug)]
pub struct Code {
    pub channel: String,
    /// As it is read out, with dashes.
    pub code: String,
    /// Minutes until it is void.
    pub minutes: i64,
}

/// Makes a code for a channel; `None`: the first in use whose accounts are linked by one.
///
/// # Errors
/// [`Refusal::Says`] for a channel that is not in use, or whose accounts are not linked by a code.
pub async fn link(gateway: &Gateway, person: PersonId, channel: Option<&str>) -> Result<Code> {
    let used: Vec<&str> = linked().filter(|name| gateway.channel(name).is_some()).collect();
    let channel = match channel {
        None => match used.first() {
            Some(first) => first,
            None => return refuse("no channel is in use whose accounts are linked by a code"),
        },
        Some(name) if used.contains(&name) => name,
        Some(name) if is_linked(name) => {
            return refuse(format!("{name} is not in use; in use are {}", used.join(", ")));
        }
        Some(_) => {
            let all = linked().collect::<Vec<_>>().join(", ");
            return refuse(format!("--channel is one of {all}; mail addresses come from the people file"));
        }
    };
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|e| Refusal::Says(format!("the system gives no random numbers: {e}")))?;
    let code = new_code(&random, false);
    gateway.issue_link(person, channel, &code).await?;
    Ok(Code { channel: channel.to_owned(), code, minutes: LINK_LIFE.num_minutes() })
}

/// Cuts a person's account, voids unused codes for it and closes their sessions; gives the channel. `None`: the only
/// account they have.
///
/// # Errors
/// [`Refusal::Says`] when they have none, or several and none is named.
pub async fn unlink(
    gateway: &Gateway,
    caller: &Caller,
    register: &Register,
    person: PersonId,
    channel: Option<&str>,
) -> Result<String> {
    let contacts = register.contacts.get(&person).into_iter().flatten();
    let mut theirs: Vec<&str> = contacts.map(|c| c.channel.as_str()).filter(|c| is_linked(c)).collect();
    theirs.dedup();
    let name = register.name(person);
    let channel = match (channel, theirs.as_slice()) {
        (None, [only]) => *only,
        (None, []) => return refuse(format!("{name} has no account that was linked; nothing was cut")),
        (None, several) => {
            let all = several.join(", ");
            return refuse(format!("{name} has several accounts; say which by --channel: {all}"));
        }
        (Some(named), _) => named,
    };
    let mut tx = gateway.store.begin().await?;
    let cut = people::drop_contact(&mut tx, person, channel).await?;
    links::void_codes(&mut tx, person, Some(channel), gateway.now()).await?;
    if cut == 0 {
        tx.commit().await?;
        let others = if theirs.is_empty() { "none".to_owned() } else { theirs.join(", ") };
        return refuse(format!(
            "{name} has no account on {channel}; linked are: {others}. Unused codes for it are void"
        ));
    }
    links::close_sessions(&mut tx, person).await?;
    people::log(&mut tx, &caller.origin(), gateway.now()).await?;
    people::touch_directory(&mut tx).await?;
    tx.commit().await?;
    Ok(channel.to_owned())
}

/// Whether a channel in use reaches a person as things stand.
pub fn is_reached(gateway: &Gateway, register: &Register, person: PersonId) -> bool {
    let mut ways = register.contacts.get(&person).into_iter().flatten();
    ways.any(|c| !c.gone && gateway.channel(&c.channel).is_some() && gateway.is_seen(c))
}

/// The register as a workbook that can be edited and imported again.
///
/// # Errors
/// When the database does not answer.
pub async fn export(gateway: &Gateway, locale: Locale) -> Result<Vec<u8>> {
    Ok(gateway.export_register(locale).await?)
}
