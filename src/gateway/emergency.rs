//! Emergency words: the card at once, and the duty officer is paged.
//!
//! A relay and a timer, never the only way: every text carries the number to call. Quiet hours and caps do not apply, nor does any limit on what one account may say. The clock on the card is the statutory one of the
//! policy pack. The same words again page nobody anew, and of many different ones the later share a message.

use chrono::{DateTime, Duration, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::Gateway;
use crate::core::allowance::Turn;
use crate::core::message::Message;
use crate::core::notice::{Notice, Reason};
use crate::core::org::{Directory, Locale, PersonId};
use crate::core::policy::{Form, Target, Urgency};
use crate::core::subject::Subject;
use crate::core::words::{self, Say, moment};
use crate::store::inbox::Received;
use crate::store::{Result, Tx, allowances, outbox};

/// Pages that one person's words set off at once, and cards that he is shown, in a minute; what else he says in it
/// follows together.
const PER_MINUTE: u32 = 5;
/// The same words of the same person are one emergency for so long.
const SAME: Duration = Duration::minutes(10);
/// Name under which emergencies are counted, among those of channels.
const COUNTED: &str = "emergency";

impl Gateway {
    /// Pages whoever is on duty for the writer's unit; gives the card, unless he was shown it often enough just now.
    pub(super) async fn emergency(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        received: &Received,
        person: PersonId,
        text: &str,
    ) -> Result<Option<Message>> {
        let world = self.world(directory);
        let turn = self.emergency_turn(tx, &person.0.to_string()).await?;
        let (card, send_at) = match turn {
            Turn::Now => (true, world.now),
            Turn::At(later) => (false, later),
        };
        let same = same_words(text, world.now);
        let rules = &self.policy.emergency;
        // Who holds which post is as of the last time known to be right.
        let behind = self.clock_is_behind().await?;
        let as_of = behind.unwrap_or(world.now);
        let paged = self.on_duty(directory, person, as_of);
        let name_of = |p: PersonId| directory.person(p).map_or(String::new(), |p| p.name.clone());
        let posts = directory.posts_of_person(person, as_of);
        let unit = posts.first().and_then(|p| directory.unit(p.unit));
        let post =
            posts.first().map_or(String::new(), |p| format!("{}{}", unit.map_or("", |u| u.name.as_str()), p.title));
        let phone = unit.map_or(String::new(), |u| u.phone.clone());
        let own = directory.person(person).map_or(String::new(), |p| p.phone.clone());
        // A clock that is behind dates nothing; the platform's date stands.
        let written = match behind {
            None => Some(received.written_at()),
            Some(_) => received.inbound.sent_at,
        };
        for officer in &paged {
            let locale = directory.person(*officer).map(|p| p.locale).unwrap_or_default();
            let args = [
                ("who", name_of(person)),
                ("post", post.clone()),
                ("when", written.map_or(String::new(), |at| moment(locale, at, self.policy.zone))),
                ("text", text.chars().take(200).collect()),
                ("own", own.clone()),
                ("phone", phone.clone()),
            ];
            let key = format!("emergency:{}:{same}:{}", person.0, officer.0);
            let text = self.phrases.say(locale, "emergency_page", &args);
            let why = (Subject::System, Reason::Words { text });
            let notice = Notice::new(key, *officer, why, Form::Emergency, Urgency::Emergency, send_at);
            outbox::queue(tx, &Notice { ack_within: Some(Duration::minutes(5)), ..notice }, world.now).await?;
        }
        if !card {
            return Ok(None);
        }
        let locale = directory.person(person).map(|p| p.locale).unwrap_or_default();
        let mut lead = vec![self.phrases.say(locale, "emergency_call", &[("numbers", rules.hotlines.join(" / "))])];
        if let (Some(span), Some(written)) = (rules.report_within, written) {
            let until = span.after(written, &world.office(None));
            let args = [
                ("span", words::span(locale, span)),
                ("until", moment(locale, until, self.policy.zone)),
                ("basis", rules.basis.clone()),
            ];
            lead.push(self.phrases.say(locale, "emergency_report", &args));
        }
        let names = words::list(locale, &paged.iter().map(|p| name_of(*p)).collect::<Vec<_>>());
        lead.push(self.phrases.say(locale, "emergency_relay", &[("who", names)]));
        Ok(Some(Message { title: self.phrases.say(locale, "emergency_title", &[]), lead, ..Message::default() }))
    }

    /// An account that is linked to nobody: nobody can be paged for it, but whoever writes of an accident is told whom
    /// to call, too.
    pub(super) async fn unlinked(&self, tx: &mut Tx, received: &Received) -> Result<String> {
        let mut body =
            Message { title: self.phrases.say(Locale::default(), "help_unlinked", &[]), ..Message::default() };
        let emergency = received.is_urgent();
        if emergency {
            let account = format!("{} {}", received.channel, received.inbound.chat);
            if self.emergency_turn(tx, &account).await? != Turn::Now {
                return Ok("emergency, unlinked: told before".to_owned());
            }
            let numbers = self.policy.emergency.hotlines.join(" / ");
            let say = |key: &str, args: &[(&str, String)]| self.phrases.say(Locale::default(), key, args);
            let call = say("emergency_call", &[("numbers", numbers)]);
            let linking = std::mem::replace(&mut body.title, say("emergency_title", &[]));
            body.lead = vec![call, say("emergency_unlinked", &[]), linking];
        }
        self.answer_with(tx, received, None, body).await?;
        Ok(if emergency { "emergency, unlinked" } else { "unlinked" }.to_owned())
    }

    /// Whether somebody's emergency is told by itself, or with what else he says in this minute.
    async fn emergency_turn(&self, tx: &mut Tx, who: &str) -> Result<Turn> {
        let now = self.now();
        let mut allowance = allowances::of(tx, &[(COUNTED, who)]).await?.pop().unwrap_or_default();
        let turn = allowance.take(now, now, PER_MINUTE);
        allowances::put(tx, &[((COUNTED, who), allowance)]).await?;
        Ok(turn)
    }

    /// Duty officers near the writer's units at that time, else the administrators.
    fn on_duty(&self, directory: &Directory, person: PersonId, now: DateTime<Utc>) -> Vec<PersonId> {
        let mut paged: Vec<PersonId> = Vec::new();
        for post in directory.posts_of_person(person, now) {
            for target in &self.policy.emergency.page {
                let found = match target {
                    Target::Post { role, level } => {
                        let posts = directory.nearest_posts(post.unit, role, *level);
                        posts.into_iter().flat_map(|p| directory.holders(p, now)).collect()
                    }
                    Target::Administrator => directory.administrators(),
                    Target::Role(_) => Vec::new(),
                };
                paged.extend(found.into_iter().map(|p| directory.acting_for(p, now)));
            }
        }
        paged.retain(|p| *p != person);
        if paged.is_empty() {
            paged = directory.administrators();
        }
        paged.sort();
        paged.dedup();
        paged
    }
}

/// A mark that is the same for the same words of one time.
fn same_words(text: &str, now: DateTime<Utc>) -> String {
    let words: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let digest = HEXLOWER.encode(&Sha256::digest(words.as_bytes())[..8]);
    format!("{digest}:{}", now.timestamp().div_euclid(SAME.num_seconds()))
}
