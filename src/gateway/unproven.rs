//! What came by mail in somebody's name without proof: he is asked, once, at his address on file; his yes makes it
//! his word.
//!
//! The way to say yes is a one-time link to our own page, where a button is pressed: programs that open links in
//! mails change nothing. Without a page of ours he is asked to answer elsewhere. Nobody else learns anything: the
//! question goes to the address on file, never to where the letter came from.

use chrono::Duration;

use super::Gateway;
use super::answer::Answer;
use super::link::new_code;
use super::quoted::Quote;
use crate::channel::mail::{NOBODY_VOUCHES, Purpose};
use crate::core::inbound::{Content, Inbound, Update};
use crate::core::message::Message;
use crate::core::org::{Directory, Locale, PersonId};
use crate::core::words::shorten;
use crate::store::claims::{self, Claim, Found};
use crate::store::events::Origin;
use crate::store::inbox::{self, Received};
use crate::store::refusals::Attempt;
use crate::store::work::Work;
use crate::store::{Result, StoreError, Tx, outbox, people, refusals};

/// Beginning of the update of a letter that was confirmed by link; no letter's own name begins so.
pub(super) const CONFIRMED: &str = "confirmed:";
/// Why a letter is asked about while the server lets forged verdicts through.
pub(super) const LETS_FORGED: &str = "the mail server lets forged verdicts through";
/// How long a link is good.
const LIFE: Duration = Duration::hours(24);
/// Questions to one person in a day: two programs that answer each other come to an end (RFC 3834 section 2).
const A_DAY: i64 = 5;

/// What a link to a claim leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Waits for the button: what was written, and what it would do.
    Waits { locale: Locale, text: String, outcome: Vec<String> },
    /// The button was pressed now.
    Confirmed { locale: Locale },
    /// It was pressed before.
    Used,
    /// Too late, or no link of ours.
    Over,
}

impl Gateway {
    /// Asks the person whether he wrote this.
    pub(super) async fn unproven(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        received: &Received,
        person: PersonId,
        text: &str,
        why: &str,
    ) -> Result<String> {
        let now = self.now();
        let mut answer = Answer::new(self, directory, received, person);
        let reading = answer.reading(text);
        if reading.automatic {
            return Ok("automatic: ignored".to_owned());
        }
        // It changes no item and asks for a telephone call anyway: rather once too often, and before any limit.
        if reading.emergency {
            let mut work = Work::new(tx, now);
            answer.text(&mut work, text, &reading, Quote::default()).await?;
            answer.finish(&mut work).await?;
            work.settle().await?;
            return Ok(format!("emergency, unproven ({why})"));
        }
        if ![NOBODY_VOUCHES, LETS_FORGED].contains(&why) {
            self.note_refusal(tx, Attempt::Letter, &received.channel, None).await?;
        }
        if claims::count_since(tx, person, now - Duration::days(1)).await? >= A_DAY {
            return Ok(format!("unproven ({why}), asked often enough today"));
        }
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(|e| StoreError::Unusable(format!("no random numbers: {e}")))?;
        let code = new_code(&random, true);
        claims::put(tx, Claim { person, inbox_id: received.id }, &code, now, now + LIFE).await?;
        // A stranger's words in our letter lead nowhere: no address in them stays one.
        let quoted = shorten(text).replace(['/', '\\'], "／").replace('.', "．");
        let say = |key: &str, args: &[(&str, String)]| answer.phrase(key, args);
        let mut lead = vec![say("mail_claim_text", &[("text", quoted)])];
        match &self.site {
            Some(site) => {
                lead.push(say("mail_claim_link", &[("hours", LIFE.num_hours().to_string())]));
                lead.push(format!("{}/mail/confirm/{code}", site.trim_end_matches('/')));
            }
            None => lead.push(say("mail_claim_elsewhere", &[])),
        }
        let body = Message { title: say("mail_claim_title", &[]), lead, ..Message::default() };
        self.answer_with(tx, received, Some(person), body).await?;
        Ok(format!("unproven ({why}): asked"))
    }

    /// Shows what a link would confirm; changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn look_at_claim(&self, code: &str) -> Result<Confirmation> {
        let directory = self.directory().await?;
        let mut tx = self.store.begin().await?;
        let (claim, received) = match self.open_claim(&mut tx, code).await? {
            Ok(found) => found,
            Err(over) => return Ok(over),
        };
        let Content::Text { text, .. } = &received.inbound.content else { return Ok(Confirmation::Over) };
        // Done as it would be, and then not: the transaction ends here without a commit.
        let mut answer = Answer::new(self, &directory, &received, claim.person);
        let reading = answer.reading(text);
        let quote = Quote::of(&received.inbound.content);
        answer.text(&mut Work::new(&mut tx, self.now()), text, &reading, quote).await?;
        let outcome = answer.said();
        drop(tx);
        Ok(Confirmation::Waits { locale: locale(&directory, claim.person), text: text.clone(), outcome })
    }

    /// Makes the claim its writer's word: it goes into the inbox as if it had come proven, once.
    ///
    /// # Errors
    /// The store's; then nothing happened.
    pub async fn confirm_claim(&self, code: &str) -> Result<Confirmation> {
        let directory = self.directory().await?;
        let mut tx = self.store.begin().await?;
        let (claim, received) = match self.open_claim(&mut tx, code).await? {
            Ok(found) => found,
            Err(over) => return Ok(over),
        };
        if !claims::use_up(&mut tx, code, self.now()).await? {
            return Ok(Confirmation::Used);
        }
        refusals::take_back(&mut tx, &self.office_day(received.at), Attempt::Letter, &received.channel).await?;
        // Its days count from when it was written.
        let update = Update {
            id: format!("{CONFIRMED}{}", received.id),
            offset: None,
            inbound: received.inbound,
            raw: format!("confirmed by link; the letter is number {}", received.id),
        };
        inbox::put(&mut tx, &received.channel, &received.account, &[update], received.at).await?;
        tx.commit().await?;
        self.bell.notify_waiters();
        Ok(Confirmation::Confirmed { locale: locale(&directory, claim.person) })
    }

    /// The claim behind a code, with the letter as if it were proven.
    async fn open_claim(
        &self,
        tx: &mut Tx,
        code: &str,
    ) -> Result<std::result::Result<(Claim, Received), Confirmation>> {
        let claim = match claims::find(tx, code, self.now()).await? {
            Found::Open(claim) => claim,
            Found::Used => return Ok(Err(Confirmation::Used)),
            Found::Expired | Found::Unknown => return Ok(Err(Confirmation::Over)),
        };
        let Some(mut received) = inbox::get(tx, claim.inbox_id).await? else { return Ok(Err(Confirmation::Over)) };
        // Proven by a verdict, it was asked about while verdicts are not believed.
        let (Content::Unproven { text, reply_to, message, .. } | Content::Text { text, reply_to, message, .. }) =
            received.inbound.content
        else {
            return Ok(Err(Confirmation::Over));
        };
        let content = Content::Text { text, reply_to, quoted: None, forwarded: false, message };
        received.inbound = Inbound { content, ..received.inbound };
        let received = self.as_on_file(tx, &received).await?.unwrap_or(received);
        // The address may have become another person's meanwhile.
        let writer = received.inbound.sender.clone().unwrap_or_default();
        match people::owners(tx, &received.channel, &writer).await?.contains(&claim.person) {
            true => Ok(Ok((claim, received))),
            false => Ok(Err(Confirmation::Over)),
        }
    }

    /// Whose daily summaries an address in a mail stops, and whether they come now; `wanted` changes it.
    ///
    /// # Errors
    /// The store's.
    pub async fn mail_summaries(&self, token: &str, wanted: Option<bool>) -> Result<Option<(Locale, bool)>> {
        let read = |tokens: &crate::channel::mail::Tokens| tokens.read(Purpose::Unsubscribe, token, "", self.now());
        let Some(number) = self.mail_tokens.as_ref().and_then(read) else { return Ok(None) };
        let directory = self.directory().await?;
        let mut tx = self.store.begin().await?;
        let Some(person) = outbox::message(&mut tx, number).await?.and_then(|m| m.person) else { return Ok(None) };
        if let Some(wanted) = wanted {
            people::set_mail_summaries(&mut tx, person, wanted).await?;
            people::log(&mut tx, &Origin::person(person, "mail", None), self.now()).await?;
        }
        let wanted = !people::without_mail_summaries(&mut tx).await?.contains(&person);
        tx.commit().await?;
        Ok(Some((locale(&directory, person), wanted)))
    }
}

fn locale(directory: &Directory, person: PersonId) -> Locale {
    directory.person(person).map(|p| p.locale).unwrap_or_default()
}
