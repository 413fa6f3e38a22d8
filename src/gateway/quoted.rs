//! Which message of ours an answer points at: by the quoted message's id, by the words that were quoted, or by when it
//! was written.

use super::answer::Answer;
use super::bind::Bound;
use crate::channel::Dialect;
use crate::core::inbound::Content;
use crate::core::item::ItemId;
use crate::render::render;
use crate::store::Result;
use crate::store::outbox::{self, Pointer, StoredMessage};
use crate::store::work::Work;

/// Messages of a chat that are compared with quoted words, the newest first.
const COMPARED: i64 = 200;
/// Fewer signs than that are in any message.
const TELLING: usize = 6;

/// What an answer quotes, as far as its platform says so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quote<'a> {
    /// The platform's id of the message.
    pub(super) id: Option<&'a str>,
    pub(super) words: Option<&'a str>,
}

impl Quote<'_> {
    /// The quotation in a text that came in.
    pub(super) fn of(content: &Content) -> Quote<'_> {
        match content {
            Content::Text { reply_to, quoted, .. } => Quote { id: reply_to.as_deref(), words: quoted.as_deref() },
            _ => Quote::default(),
        }
    }

    fn is_none(&self) -> bool {
        self.id.is_none() && self.words.is_none()
    }
}

impl Answer<'_> {
    /// The message that is answered: the quoted one, else the last one about items that was there when the answer was
    /// written. What is quoted and cannot be found is not guessed at.
    pub(super) async fn bind(&self, work: &mut Work<'_>, quote: Quote<'_>) -> Result<Bound> {
        let (channel, chat) = (self.received.channel.as_str(), self.received.inbound.chat.as_str());
        let theirs = |found: Option<StoredMessage>| found.filter(|m| m.person == Some(self.person));
        let pointed = match quote.id {
            Some(id) => self.quoted_message(work, channel, chat, id).await?,
            None => None,
        };
        // A message of ours to nobody (the daily check) is known and about nothing: as if nothing were quoted.
        let about_nothing = pointed.as_ref().is_some_and(|m| m.person.is_none());
        let mut found = theirs(pointed);
        if let (None, Some(words)) = (&found, quote.words) {
            found = self.quoted_words(work, channel, chat, words).await?;
        }
        if let Some(message) = found {
            let named = match quote.words {
                Some(words) => self.named_in(work, &message, words).await?,
                None => Vec::new(),
            };
            return Ok(Bound { message: Some(message), quoted: true, named, ..Bound::default() });
        }
        let message = theirs(self.newest(work, false).await?);
        Ok(Bound { message, unknown: !quote.is_none() && !about_nothing, ..Bound::default() })
    }

    /// The newest message about items that was there when the answer was written; `numbered`: the newest that shows
    /// numbers.
    pub(super) async fn newest(&self, work: &mut Work<'_>, numbered: bool) -> Result<Option<StoredMessage>> {
        let (channel, chat) = (self.received.channel.as_str(), self.received.inbound.chat.as_str());
        let pointer = Pointer::Newest { before: self.received.written_at(), numbered };
        Ok(work.pointed((channel, chat, pointer)).await?.filter(|m| m.person == Some(self.person)))
    }

    /// The message of ours that a platform knows under this id. A mail whose sending was cut off may have arrived
    /// without our knowing; its id is made of our number.
    async fn quoted_message(
        &self,
        work: &mut Work<'_>,
        channel: &str,
        chat: &str,
        platform_id: &str,
    ) -> Result<Option<StoredMessage>> {
        if let Some(message) = work.pointed((channel, chat, Pointer::Id(platform_id))).await? {
            return Ok(Some(message));
        }
        let number = platform_id.strip_prefix("<m").and_then(|id| id.split(['@', '=']).next()?.parse().ok());
        let Some(number) = number.filter(|_| channel == "mail") else { return Ok(None) };
        Ok(work.message(number).await?.filter(|m| m.channel == channel && m.address == chat))
    }

    /// The newest message to this chat in which the quoted words stand. One whose answer was cut off counts, too: it
    /// may have arrived.
    async fn quoted_words(
        &self,
        work: &mut Work<'_>,
        channel: &str,
        chat: &str,
        words: &str,
    ) -> Result<Option<StoredMessage>> {
        let wanted = squeezed(words);
        if wanted.chars().count() < TELLING {
            return Ok(None);
        }
        let before = self.received.written_at();
        let shown = outbox::shown_in(work.tx().await?, channel, chat, before, COMPARED).await?;
        Ok(shown
            .into_iter()
            .filter(|m| m.person == Some(self.person))
            .find(|message| squeezed(&render(&message.body, message.id, Dialect::Plain).text).contains(&wanted)))
    }

    /// Items of a message whose code stands in the part of it that was quoted.
    async fn named_in(&self, work: &mut Work<'_>, message: &StoredMessage, words: &str) -> Result<Vec<ItemId>> {
        let words = squeezed(words);
        let mut named = Vec::new();
        for (_, id) in work.lines(message.id).await? {
            let item = work.item(id).await?;
            named.extend(item.filter(|item| words.contains(&squeezed(&item.code))).map(|item| item.id));
        }
        Ok(named)
    }
}

/// Words without what platforms change in them: spaces, the sign of an omission.
fn squeezed(words: &str) -> String {
    let words = words.trim_end_matches(['…', '.']);
    words.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{fe0f}' | '\u{200b}')).collect()
}
