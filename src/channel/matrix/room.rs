//! The room of two in which a person is written to: found, looked at before each send, or opened.
//!
//! The account's own list (`m.direct`, CS-API "Direct Messaging") is what all gateways on one account share; this
//! process only remembers what it found last. A person who left is not invited again: he is reached by another way,
//! and comes back by writing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Matrix;
use super::verdict::Failure;

/// What a room's state says that concerns us.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Room {
    /// `join`, `invite`, `leave`, `ban` or `knock`, by user.
    members: BTreeMap<String, String>,
    /// Who put whom out, where it was not himself.
    put_out: BTreeMap<String, String>,
    encrypted: bool,
}

/// What a room is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Good,
    /// It was the person's room, and he went out, or put us out.
    Left,
    /// Encrypted, with others in it, or not ours any more.
    No,
}

/// What was found for a person.
pub(super) enum Found {
    Room(String),
    Left,
    Nothing,
}

impl Room {
    /// From `GET /rooms/{roomId}/state`.
    pub(super) fn of_state(state: &Value) -> Room {
        let mut room = Room::default();
        for event in state.as_array().into_iter().flatten() {
            match event["type"].as_str() {
                Some("m.room.member") => {
                    let key = event["state_key"].as_str().unwrap_or_default().to_owned();
                    let membership = event["content"]["membership"].as_str().unwrap_or_default().to_owned();
                    if let Some(by) = event["sender"].as_str().filter(|by| *by != key) {
                        room.put_out.insert(key.clone(), by.to_owned());
                    }
                    room.members.insert(key, membership);
                }
                Some("m.room.encryption") => room.encrypted = true,
                _ => {}
            }
        }
        room
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    fn is(&self, user: &str, memberships: &[&str]) -> bool {
        self.members.get(user).is_some_and(|m| memberships.contains(&m.as_str()))
    }

    /// Nobody but these two is in it or invited.
    pub(super) fn is_between(&self, me: &str, user: &str) -> bool {
        self.members.keys().all(|m| m == me || m == user || !self.is(m, &["join", "invite"]))
    }

    /// The only other one who is in it or invited.
    fn other(&self, me: &str) -> Option<&str> {
        let mut others = self.members.keys().filter(|m| *m != me && self.is(m, &["join", "invite"]));
        others.next().filter(|_| others.next().is_none()).map(String::as_str)
    }

    /// Who is invited sees the message when he joins.
    pub(super) fn fit(&self, me: &str, user: &str) -> Fit {
        if self.is(me, &["leave", "ban"]) && self.put_out.get(me).is_some_and(|by| by == user) {
            Fit::Left
        } else if self.encrypted || !self.is(me, &["join"]) || !self.is_between(me, user) {
            Fit::No
        } else if self.is(user, &["join", "invite"]) {
            Fit::Good
        } else if self.is(user, &["leave", "ban"]) {
            Fit::Left
        } else {
            Fit::No
        }
    }
}

impl Matrix {
    /// The room in which `user` is written to.
    pub(super) async fn room_of(&self, user: &str) -> Result<String, Failure> {
        let opening = Arc::clone(self.memory().opening.entry(user.to_owned()).or_default());
        let _one_at_a_time = opening.lock().await;
        match self.find_room(user).await? {
            Found::Room(room) => return Ok(room),
            Found::Left => return Err(Failure::Gone("has left the room".to_owned())),
            Found::Nothing => {}
        }
        if let Some(room) = self.search(user).await? {
            self.remember(user, &room).await?;
            return Ok(room);
        }
        self.open(user).await
    }

    /// Looks at the rooms known for `user`, the last used first.
    pub(super) async fn find_room(&self, user: &str) -> Result<Found, Failure> {
        let remembered = self.memory().rooms.get(user).cloned();
        if let Some(room) = &remembered
            && self.fit_of(room, user).await? == Fit::Good
        {
            return Ok(Found::Room(room.clone()));
        }
        let mut left = false;
        for room in rooms_in(&self.listed().await?, user) {
            match self.fit_of(&room, user).await? {
                Fit::Good => {
                    self.memory().rooms.insert(user.to_owned(), room.clone());
                    return Ok(Found::Room(room));
                }
                Fit::Left => left = true,
                Fit::No => {}
            }
        }
        self.memory().rooms.remove(user);
        Ok(if left { Found::Left } else { Found::Nothing })
    }

    /// Who opens a chat by himself may be written to again, though he left the last one.
    pub(super) async fn forget_left(&self, user: &str) -> Result<(), Failure> {
        if !matches!(self.find_room(user).await?, Found::Left) {
            return Ok(());
        }
        let _one_at_a_time = self.listing.lock().await;
        let mut list = self.listed().await?;
        if let Some(fields) = list.as_object_mut() {
            fields.remove(user);
        }
        self.put(&["user", &self.user, "account_data", "m.direct"], &list).await.map(drop)
    }

    pub(super) async fn fit_of(&self, room: &str, user: &str) -> Result<Fit, Failure> {
        match self.state_of(room).await {
            Ok(state) => Ok(state.fit(&self.user, user)),
            Err(failure) if failure.is_closed() => Ok(Fit::No),
            Err(failure) => Err(failure),
        }
    }

    pub(super) async fn state_of(&self, room: &str) -> Result<Room, Failure> {
        Ok(Room::of_state(&self.get(&["rooms", room, "state"], &[]).await?))
    }

    /// A room of two that no list names: opened by an answer that was cut off, by a process that died then, or by
    /// the other side. Each is looked into once.
    async fn search(&self, user: &str) -> Result<Option<String>, Failure> {
        let _one_at_a_time = self.searching.lock().await;
        let listed = self.listed().await?;
        let listed: Vec<&str> = listed.as_object().into_iter().flat_map(|o| o.values()).flat_map(rooms).collect();
        let joined = self.get(&["joined_rooms"], &[]).await?;
        for room in rooms(&joined["joined_rooms"]).filter(|r| !listed.contains(r)) {
            if self.memory().looked_into.contains(room) {
                continue;
            }
            let whose = match self.state_of(room).await {
                Ok(state) => state.other(&self.user).map(str::to_owned),
                Err(failure) if failure.is_closed() => None,
                Err(failure) => return Err(failure),
            };
            let mut memory = self.memory();
            memory.looked_into.insert(room.to_owned());
            memory.unlisted.extend(whose.map(|user| (user, room.to_owned())));
        }
        let found = self.memory().unlisted.remove(user);
        match found {
            Some(room) if self.fit_of(&room, user).await? == Fit::Good => Ok(Some(room)),
            _ => Ok(None),
        }
    }

    async fn open(&self, user: &str) -> Result<String, Failure> {
        // Never closed: no error to expect.
        let _one_of_a_few = self.openers.acquire().await.map_err(|_| Failure::Unreachable)?;
        // A homeserver opens rooms with people who do not exist, too.
        if let Err(failure) = self.get(&["profile", user], &[]).await
            && failure.is_missing()
        {
            return Err(Failure::Gone("there is no such Matrix user".to_owned()));
        }
        let wish = json!({ "preset": "trusted_private_chat", "is_direct": true, "invite": [user] });
        let opened = self.post(&["createRoom"], &wish).await?;
        let room = opened["room_id"].as_str().ok_or(Failure::Cut)?.to_owned();
        if self.state_of(&room).await?.is_encrypted() {
            // Best left at once, so that nobody writes there.
            let _ = self.leave(&room).await;
            return Err(Failure::Gone(
                "the homeserver encrypts every new room; exempt this account, in Synapse by \
                 encryption_enabled_by_default_for_room_type: off"
                    .to_owned(),
            ));
        }
        self.remember(user, &room).await?;
        Ok(room)
    }

    pub(super) async fn leave(&self, room: &str) -> Result<(), Failure> {
        self.post(&["rooms", room, "leave"], &json!({})).await.map(drop)
    }

    /// From now on this is the person's room, for all gateways on this account.
    pub(super) async fn remember(&self, user: &str, room: &str) -> Result<(), Failure> {
        let _one_at_a_time = self.listing.lock().await;
        let mut list = self.listed().await?;
        let mut known = rooms_in(&list, user);
        if known.first().map(String::as_str) != Some(room) {
            known.retain(|r| r != room);
            known.insert(0, room.to_owned());
            list[user] = json!(known);
            self.put(&["user", &self.user, "account_data", "m.direct"], &list).await?;
        }
        self.memory().rooms.insert(user.to_owned(), room.to_owned());
        Ok(())
    }

    /// Whether this is the room in which the person is written to, as far as this process knows.
    pub(super) fn is_room_of(&self, room: &str, user: &str) -> bool {
        self.memory().rooms.get(user).is_some_and(|r| r == room)
    }

    /// The account's list of rooms by person.
    async fn listed(&self) -> Result<Value, Failure> {
        match self.get(&["user", &self.user, "account_data", "m.direct"], &[]).await {
            Ok(list) if list.is_object() => Ok(list),
            Ok(_) => Ok(json!({})),
            Err(failure) if failure.is_missing() => Ok(json!({})),
            Err(failure) => Err(failure),
        }
    }
}

fn rooms(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn rooms_in(list: &Value, user: &str) -> Vec<String> {
    rooms(&list[user]).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "@bell:example.org";
    const LI: &str = "@li:example.org";

    fn room(members: &[(&str, &str)]) -> Room {
        let member = |(user, membership): &(&str, &str)| json!({ "type": "m.room.member", "state_key": user, "content": { "membership": membership } });
        Room::of_state(&members.iter().map(member).collect())
    }

    #[test]
    fn a_room_is_good_while_both_are_there_and_nobody_else() {
        assert_eq!(room(&[(ME, "join"), (LI, "join")]).fit(ME, LI), Fit::Good);
        assert_eq!(room(&[(ME, "join"), (LI, "invite")]).fit(ME, LI), Fit::Good);
        assert_eq!(room(&[(ME, "join"), (LI, "leave")]).fit(ME, LI), Fit::Left);
        assert_eq!(room(&[(ME, "join"), (LI, "ban")]).fit(ME, LI), Fit::Left);
        assert_eq!(room(&[(ME, "leave"), (LI, "join")]).fit(ME, LI), Fit::No);
        let mut thrown = room(&[(ME, "leave"), (LI, "join")]);
        thrown.put_out.insert(ME.to_owned(), LI.to_owned());
        assert_eq!(thrown.fit(ME, LI), Fit::Left, "who throws us out is not invited again");
        assert_eq!(room(&[(ME, "join")]).fit(ME, LI), Fit::No);
        let others = [(ME, "join"), (LI, "join"), ("@wang:example.org", "invite")];
        assert_eq!(room(&others).fit(ME, LI), Fit::No, "somebody would read along");
        let gone = [(ME, "join"), (LI, "join"), ("@wang:example.org", "leave")];
        assert_eq!(room(&gone).fit(ME, LI), Fit::Good);
        let mut sealed = room(&[(ME, "join"), (LI, "join")]);
        sealed.encrypted = true;
        assert_eq!(sealed.fit(ME, LI), Fit::No);
    }
}
