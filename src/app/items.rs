//! Items by hand: shown, added, assigned, moved, verified, closed.
//!
//! A person's act is what the same words would do in an answer of that person; the office's own acts are those of the
//! administrator at the host, and each is an event with its reason.

mod add;
mod story;

pub use add::{Added, NewItem, add};
pub use story::{Line, Story, Waiting, show};

use serde::Serialize;

use super::{Caller, Refusal, Result, instant, need_reason, people::Register, refuse_in_words};
use crate::core::act::Entered;
use crate::core::code;
use crate::core::item::{Item, Role, State};
use crate::core::org::{Directory, PersonId, Who};
use crate::gateway::Gateway;
use crate::gateway::echo::Echo;
use crate::store::items;
use crate::store::work::Work;

/// What an act on an item came to.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    pub item: Item,
    /// What was done, in the caller's words.
    pub text: String,
    /// Names of those who will be told.
    pub told: Vec<String>,
    /// What a draft still lacks for being issued; empty for everything that is no draft.
    pub lacks: Vec<String>,
}

/// The item with that code, in whatever case it is typed.
///
/// # Errors
/// [`Refusal::Says`] when there is none.
pub async fn find(gateway: &Gateway, caller: &Caller, text: &str) -> Result<Item> {
    let code = code::parse(text).unwrap_or_else(|| text.trim().to_owned());
    match gateway.store.item_by_code(&code).await? {
        Some(item) => Ok(item),
        None => refuse_in_words(gateway, caller.locale, "verb_no_item", &[("code", text.to_owned())]),
    }
}

/// Hands an item to somebody: the office whatever the role, a person as by an answer (who fixes it asks, who issued it
/// decides). `to`: a person.
///
/// # Errors
/// [`Refusal::Says`] with who may.
pub async fn assign(
    gateway: &Gateway,
    caller: &Caller,
    code: &str,
    role: Role,
    to: &str,
    reason: &str,
) -> Result<Done> {
    let to = Who::Person(Register::read(gateway).await?.find(to)?);
    act(gateway, caller, code, reason, Entered::Assign { role, to }).await
}

/// Moves a deadline: the office at once, a person as by an answer (a request that somebody else decides). `until`: a
/// day, a local time, or a distance from the present deadline.
///
/// # Errors
/// [`Refusal::Says`] with who may.
pub async fn due(
    gateway: &Gateway,
    caller: &Caller,
    code: &str,
    until: &str,
    reason: &str,
    interim: &str,
) -> Result<Done> {
    let directory = gateway.directory().await?;
    let item = find(gateway, caller, code).await?;
    let world = gateway.world(&directory);
    let office = world.office(item.unit);
    let until = instant(gateway, caller.locale, until, item.current_due.unwrap_or(world.now), &office)?;
    act(gateway, caller, code, reason, Entered::Due { until, interim: interim.to_owned() }).await
}

/// A verification is somebody's own: it is entered in the name of who verified. The office by itself can only send
/// back.
///
/// # Errors
/// [`Refusal::Says`] with who may.
pub async fn verify(gateway: &Gateway, caller: &Caller, code: &str, passed: bool, reason: &str) -> Result<Done> {
    act(gateway, caller, code, reason, Entered::Verify { passed }).await
}

/// Takes an item off the list as a mistake; of persons a second one must agree.
///
/// # Errors
/// [`Refusal::Says`] with who may.
pub async fn void(gateway: &Gateway, caller: &Caller, code: &str, reason: &str) -> Result<Done> {
    act(gateway, caller, code, reason, Entered::Void).await
}

/// Opens a closed item again.
///
/// # Errors
/// [`Refusal::Says`] with who may.
pub async fn reopen(gateway: &Gateway, caller: &Caller, code: &str, reason: &str) -> Result<Done> {
    act(gateway, caller, code, reason, Entered::Reopen).await
}

/// Closes an item: what was verified as closed, anything else by the office alone, as administrative.
///
/// # Errors
/// [`Refusal::Says`] with who may.
pub async fn close(gateway: &Gateway, caller: &Caller, code: &str, reason: &str) -> Result<Done> {
    act(gateway, caller, code, reason, Entered::Close).await
}

/// Issues a draft that lacks nothing.
///
/// # Errors
/// [`Refusal::Says`] with what it lacks, or who may.
pub async fn issue(gateway: &Gateway, caller: &Caller, code: &str, reason: &str) -> Result<Done> {
    let item = find(gateway, caller, code).await?;
    let directory = gateway.directory().await?;
    let lacks = lacking(gateway, &directory, &item);
    if !lacks.is_empty() {
        let missing = lacking_in_words(gateway, caller, &lacks);
        return refuse_in_words(gateway, caller.locale, "verb_lacks", &[("missing", missing)]);
    }
    act(gateway, caller, code, reason, Entered::Issue).await
}

/// What keeps a draft from being issued; nothing for all others.
fn lacking(gateway: &Gateway, directory: &Directory, item: &Item) -> Vec<String> {
    if item.state != State::Draft {
        return Vec::new();
    }
    let unit = item.unit.is_none().then(|| "unit".to_owned());
    let missing = gateway.world(directory).missing_for_issue(item);
    unit.into_iter().chain(missing.into_iter().map(str::to_owned)).collect()
}

/// What a draft lacks, in the caller's words.
pub fn lacking_in_words(gateway: &Gateway, caller: &Caller, lacks: &[String]) -> String {
    crate::gateway::echo::lacking(&*gateway.phrases, caller.locale, lacks)
}

/// The open items and drafts, by deadline.
///
/// # Errors
/// When the database does not answer.
pub async fn unfinished(gateway: &Gateway) -> Result<Vec<Item>> {
    Ok(gateway.store.unfinished(i64::MAX).await?)
}

fn echo<'a>(gateway: &'a Gateway, directory: &'a Directory, caller: &Caller) -> Echo<'a> {
    Echo { gateway, directory, locale: caller.locale, zone: gateway.policy.zone }
}

/// Does what was entered to the item as it stands, in one transaction.
async fn act(gateway: &Gateway, caller: &Caller, code: &str, reason: &str, entered: Entered) -> Result<Done> {
    need_reason(gateway, caller.locale, reason)?;
    let known = find(gateway, caller, code).await?;
    let directory = gateway.directory().await?;
    let echo = echo(gateway, &directory, caller);
    let mut tx = gateway.store.begin().await?;
    let Some(item) = items::get(&mut tx, known.id).await? else {
        return refuse_in_words(gateway, caller.locale, "verb_no_item", &[("code", code.to_owned())]);
    };
    let world = gateway.world(&directory);
    let event = match entered.event(&caller.actor, &item, &world, reason) {
        Ok(event) => event,
        Err(key) => {
            let verifiers = echo.names(&world.holders(&item, Role::Verifier));
            let args = [("code", item.code.clone()), ("title", item.title.clone()), ("who", verifiers)];
            return refuse_in_words(gateway, caller.locale, key, &args);
        }
    };
    let mut work = Work::new(&mut tx, gateway.now());
    let change = match gateway.act(&mut work, &directory, &item, &caller.origin(), &event).await? {
        Ok(change) => change,
        Err(refusal) => {
            return Err(Refusal::Says(as_whom(gateway, caller, &directory, echo.refused(&item, &refusal))));
        }
    };
    work.settle().await?;
    tx.commit().await?;
    gateway.bell.notify_waiters();
    let mut told: Vec<PersonId> = change.tell.iter().map(|t| t.person).collect();
    if change.item.issued_at == Some(world.now) {
        // By the ladder's first step.
        told.extend(world.holders(&change.item, Role::Responsible));
    }
    let mut seen = std::collections::BTreeSet::new();
    told.retain(|p| seen.insert(*p));
    let told = told.iter().map(|p| echo.names(&[*p])).collect();
    let text = as_whom(gateway, caller, &directory, echo.accepted(&event, &change));
    Ok(Done { text, told, lacks: lacking(gateway, &directory, &change.item), item: change.item })
}

/// The phrases speak to who acts: whoever enters it for somebody reads whom it means.
fn as_whom(gateway: &Gateway, caller: &Caller, directory: &Directory, text: String) -> String {
    use crate::core::words::Say;
    match caller.actor.person() {
        None => text,
        Some(p) => {
            let who = directory.person(p).map_or(String::new(), |p| p.name.clone());
            gateway.phrases.say(caller.locale, "verb_as", &[("who", who), ("text", text)])
        }
    }
}
