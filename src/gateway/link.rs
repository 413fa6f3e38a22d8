//! Linking a chat account to a person: one-time codes, stated to both sides.

use chrono::Duration;
use sha2::{Digest, Sha256};

use super::Gateway;
use crate::core::message::Message;
use crate::core::org::{Directory, PersonId};
use crate::core::words::Say;
use crate::store::events::Origin;
use crate::store::inbox::Received;
use crate::store::links::{self, Redeemed};
use crate::store::{Result, Tx, outbox, people};

/// Minutes for which a code is good.
pub const LIFE: Duration = Duration::minutes(30);
/// Wrong codes of one chat, and of all chats together, in an hour.
const TRIES_PER_CHAT: i64 = 5;
const TRIES_IN_ALL: i64 = 50;

/// A code for typing: 20 characters, 100 bits, in groups of five; or 26 characters for a link.
/// `random` gives at least 32 unpredictable bytes.
pub fn new_code(random: &[u8; 32], for_link: bool) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHJKMNPQRSTVWXYZ0123456789";
    let digest = Sha256::digest(random);
    let length = if for_link { 32 } else { 20 };
    let pick = |i: usize| ALPHABET[usize::from(digest[i % 32]) % 32] as char;
    let code: String = (0..length).map(pick).collect();
    if for_link {
        return code;
    }
    code.as_bytes().chunks(5).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join("-")
}

impl Gateway {
    /// Makes a code with which a person can link an account on a channel.
    pub async fn issue_link(&self, person: PersonId, channel: &str, code: &str) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let now = self.now();
        links::issue(&mut tx, person, channel, &plain(code), now, now + LIFE).await?;
        tx.commit().await
    }

    /// Tries `text` as a code. `opened`: it came by a link, so it is certainly meant as one.
    pub(super) async fn link(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        received: &Received,
        text: &str,
        opened: bool,
    ) -> Result<String> {
        let code = plain(text);
        if !looks_like_code(text) && !opened {
            return self.unlinked(tx, received).await;
        }
        let now = self.now();
        let (chat, all) =
            links::count_try(tx, &received.channel, &received.inbound.chat, now, now - Duration::hours(1)).await?;
        if chat > TRIES_PER_CHAT || all > TRIES_IN_ALL {
            if all > TRIES_IN_ALL {
                let key = format!("link:{}:{}", received.channel, now.format("%Y%m%d%H"));
                self.alarm(tx, directory, &key, "alarm_link", &[("channel", received.channel.clone())]).await?;
            }
            self.say_to(tx, received, None, "link_too_many", &[]).await?;
            return Ok("too many codes tried".to_owned());
        }
        let key = match links::redeem(tx, &received.channel, &code, now).await? {
            Redeemed::Person(person) => return self.linked(tx, directory, received, person).await,
            Redeemed::Expired => "link_expired",
            Redeemed::Used => "link_used",
            Redeemed::Unknown => "link_unknown",
        };
        self.say_to(tx, received, None, key, &[]).await?;
        Ok(key.to_owned())
    }

    async fn linked(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        received: &Received,
        person: PersonId,
    ) -> Result<String> {
        let now = self.now();
        let (channel, chat) = (&received.channel, &received.inbound.chat);
        if people::owner(tx, channel, chat).await?.is_some_and(|owner| owner != person) {
            self.say_to(tx, received, None, "link_taken", &[]).await?;
            return Ok("account is another person's".to_owned());
        }
        let before = people::contacts(tx, person).await?;
        // A new account on the same channel takes the old one's place; it goes first.
        people::drop_contact(tx, person, channel).await?;
        let rank = before.iter().map(|c| c.rank).min().unwrap_or(1) - 1;
        people::put_contact(tx, person, channel, chat, rank, now).await?;
        let origin = Origin::person(person, channel, Some(received.id));
        people::log(tx, &origin, now).await?;
        people::touch_directory(tx).await?;
        let name = directory.person(person).map_or(String::new(), |p| p.name.clone());
        let post = directory.posts_of_person(person, now).first().map_or(String::new(), |p| p.title.clone());
        self.say_to(tx, received, Some(person), "link_ok", &[("name", name), ("post", post)]).await?;
        self.tell_other_contacts(tx, directory, person, &before, received).await?;
        Ok("linked".to_owned())
    }

    /// The person hears of a new link where he was reachable before: a hijacked code is noticed.
    async fn tell_other_contacts(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        person: PersonId,
        before: &[people::Contact],
        received: &Received,
    ) -> Result<()> {
        let locale = directory.person(person).map(|p| p.locale).unwrap_or_default();
        let body = Message {
            title: self.phrases.say(locale, "link_told", &[("channel", received.channel.clone())]),
            ..Message::default()
        };
        for contact in before.iter().filter(|c| !c.gone && c.address != received.inbound.chat) {
            let message = outbox::NewMessage {
                person: Some(person),
                is_answer: true,
                urgency: crate::core::policy::Urgency::Reply,
                channel: contact.channel.clone(),
                address: contact.address.clone(),
                reply_to: None,
                repeats: None,
                counts: false,
                body: body.clone(),
            };
            outbox::put_message(tx, &message, self.now()).await?;
        }
        Ok(())
    }
}

/// Whether somebody who is not linked may mean a code by this.
pub(super) fn looks_like_code(text: &str) -> bool {
    let code = plain(text);
    (16..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A code as compared: without spaces and hyphens, in capitals.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_ascii_uppercase()
}
