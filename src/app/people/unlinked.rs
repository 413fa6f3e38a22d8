//! Who has no working chat account, and who cannot be reached at all.

use super::Register;
use crate::core::channels;
use crate::core::org::PersonId;
use crate::gateway::Gateway;

/// Who is not linked. A page of ours that its owner never opened works for nobody.
#[derive(Clone, Debug, Default)]
pub struct Unlinked {
    /// For each chat channel in use: who has no working account there.
    pub by_channel: Vec<(String, Vec<PersonId>)>,
    /// Who has no working account on any of them.
    pub no_chat: Vec<PersonId>,
    /// Who has no working way at all: no channel in use reaches them.
    pub no_way: Vec<PersonId>,
}

/// Looks through everybody in service.
pub fn unlinked(gateway: &Gateway, register: &Register) -> Unlinked {
    let used: Vec<String> = gateway.channels().map(|c| c.name().to_owned()).collect();
    let chats: Vec<&String> = used.iter().filter(|name| channels::is_linked(name)).collect();
    let works = |person: PersonId, channel: &str| {
        register
            .contacts
            .get(&person)
            .is_some_and(|all| all.iter().any(|c| !c.gone && c.channel == channel && gateway.is_seen(c)))
    };
    let people: Vec<PersonId> = register.directory.people().iter().map(|p| p.id).collect();
    let lacking = |channels: &[&String]| -> Vec<PersonId> {
        people.iter().copied().filter(|p| !channels.iter().any(|c| works(*p, c))).collect()
    };
    let by_channel = chats.iter().map(|c| ((*c).clone(), lacking(&[*c]))).collect();
    let no_chat = if chats.is_empty() { Vec::new() } else { lacking(&chats) };
    let all: Vec<&String> = used.iter().collect();
    Unlinked { by_channel, no_chat, no_way: lacking(&all) }
}
