//! What came of a try: sent, again later, elsewhere, or given up and said so.

use super::route::{Groups, TRIES, Way};
use crate::store::events::Origin;
use chrono::Duration;

use crate::channel::{LimitScope, Outcome};
use crate::core::notice::{Notice, Reason};
use crate::core::org::{Directory, PersonId};
use crate::core::policy::{Form, Urgency};
use crate::core::subject::Subject;
use crate::gateway::Gateway;
use crate::gateway::flight::Landed;
use crate::mutants::{self, Mutant};
use crate::store::outbox::{NewMessage, Sent, StoredMessage};
use crate::store::people;
use crate::store::{Result, Tx, items, outbox};

impl Gateway {
    /// Records tries and what they came to: what was taken in a few statements for all, the rest one by one.
    /// A worker whose lease was taken over leaves only the try.
    pub(in crate::gateway) async fn record(&self, tx: &mut Tx, directory: &Directory, landed: &[Landed]) -> Result<()> {
        let now = self.now();
        let mut sent = Vec::with_capacity(landed.len());
        for Landed { message, outcome, parts, ack_within } in landed {
            match outcome {
                Outcome::Accepted { platform_id } => {
                    self.say_the_rest(tx, message).await?;
                    sent.push(Sent {
                        id: message.id,
                        token: message.lease_token,
                        channel: message.channel.clone(),
                        platform_id: platform_id.clone(),
                        parts: *parts,
                        ack_by: ack_within.map(|within| (now + within).timestamp_millis()),
                    });
                }
                _ => self.record_failure(tx, directory, message, *parts, outcome).await?,
            }
        }
        match sent.is_empty() {
            true => Ok(()),
            false => outbox::mark_sent(tx, &sent, now).await,
        }
    }

    /// Records a try that did not succeed, and what follows from it.
    async fn record_failure(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        message: &StoredMessage,
        parts: i64,
        outcome: &Outcome,
    ) -> Result<()> {
        let now = self.now();
        let (word, detail) = describe(outcome);
        outbox::record_attempt(tx, message.id, now, &message.channel, word, &detail, None).await?;
        outbox::record_part(tx, message, parts).await?;
        match outcome {
            Outcome::Accepted { .. } => {}
            Outcome::RetryAfter { scope, after } => {
                let until = now + Duration::from_std(*after).unwrap_or(Duration::minutes(1)).max(Duration::seconds(1));
                let address = if *scope == LimitScope::Bot { "*" } else { &message.address };
                outbox::close_gate(tx, &format!("{}:{address}", message.channel), until).await?;
                outbox::mark_retry(tx, message, until, false).await?;
            }
            Outcome::Transient { reason } => self.retry_or_give_up(tx, directory, message, reason).await?,
            Outcome::Unknown { reason } => self.unknown(tx, directory, message, reason).await?,
            Outcome::AddressGone { reason } => {
                people::set_contact_state(tx, &message.channel, &message.address, true, reason, now).await?;
                people::log(tx, &Origin::rule("delivery"), now).await?;
                if message.is_answer {
                    outbox::mark_ended(tx, message, "dead").await?;
                } else {
                    // Back to the queue at once: the next contact point is found there.
                    outbox::mark_retry(tx, message, now, false).await?;
                }
            }
            Outcome::Moved { address } => {
                people::move_contact(tx, &message.channel, &message.address, address).await?;
                people::log(tx, &Origin::rule("delivery"), now).await?;
                outbox::readdress(tx, message, address).await?;
                outbox::mark_retry(tx, message, now, false).await?;
            }
            Outcome::Refused { reason } => self.give_up(tx, directory, message, reason).await?,
        }
        Ok(())
    }

    /// Another try with doubled waiting; when the tries on this contact point are used up, the next one.
    pub(super) async fn retry_or_give_up(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        message: &StoredMessage,
        reason: &str,
    ) -> Result<()> {
        let tries = message.tries + 1;
        if tries % TRIES == 0 {
            let left = match message.person {
                Some(person) if !message.is_answer => {
                    self.route(tx, person, Way::of(message, tries), &[]).await?.is_some()
                }
                _ => false,
            };
            return match left {
                true => outbox::mark_retry(tx, message, self.now(), true).await,
                false => self.give_up(tx, directory, message, reason).await,
            };
        }
        outbox::mark_retry(tx, message, self.now() + backoff(message.id, tries), true).await
    }

    /// Nobody knows whether it went out: urgent is said again, routine waits for the next slot. A platform that
    /// drops repeats by their key may be told again anyway.
    pub(super) async fn unknown(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        message: &StoredMessage,
        reason: &str,
    ) -> Result<()> {
        let drops_repeats = self.channel(&message.channel).is_some_and(|c| c.features().idempotent);
        if message.urgency <= Urgency::Escalation || message.is_answer || drops_repeats {
            return self.retry_or_give_up(tx, directory, message, reason).await;
        }
        let world = self.world(directory);
        let office = world.office(None);
        let tomorrow = office.calendar.add_workdays(office.date(world.now), 1);
        let slot = crate::core::deadline::local_to_utc(office.zone, tomorrow.and_time(self.policy.day_start));
        for notice in outbox::of_message(tx, message.id).await? {
            outbox::defer(tx, notice.id, slot).await?;
        }
        outbox::mark_ended(tx, message, "unknown").await?;
        Ok(())
    }

    /// A group heard code and short title; a chat of the person's own, if there is one, gets the whole.
    async fn say_the_rest(&self, tx: &mut Tx, message: &StoredMessage) -> Result<()> {
        let Some(person) = message.person.filter(|_| !message.is_answer && message.repeats.is_none()) else {
            return Ok(());
        };
        if !self.channel(&message.channel).is_some_and(|c| c.is_group(&message.address)) {
            return Ok(());
        }
        // A worker whose lease was taken over says nothing: its successor does.
        let ours = |now: StoredMessage| now.state == "queued" && now.lease_token == message.lease_token;
        if !outbox::message(tx, message.id).await?.is_some_and(ours) {
            return Ok(());
        }
        self.repeat_by(tx, message, person, message.urgency, Groups::Never).await.map(drop)
    }

    /// The same message once more, by the next contact point of its person. Gives that point's channel; `None`: no
    /// contact point is left.
    pub(in crate::gateway) async fn repeat_by_the_next(
        &self,
        tx: &mut Tx,
        message: &StoredMessage,
        person: PersonId,
        urgency: Urgency,
    ) -> Result<Option<String>> {
        self.repeat_by(tx, message, person, urgency, Groups::Last).await
    }

    async fn repeat_by(
        &self,
        tx: &mut Tx,
        message: &StoredMessage,
        person: PersonId,
        urgency: Urgency,
        groups: Groups,
    ) -> Result<Option<String>> {
        let first = message.repeats.unwrap_or(message.id);
        let repeats = Some(first);
        let way = Way { message: 0, urgency: message.urgency, repeats, used_up: 0, groups };
        let Some(contact) = self.route(tx, person, way, &[]).await? else { return Ok(None) };
        let repeat = NewMessage {
            person: Some(person),
            is_answer: false,
            urgency,
            channel: contact.channel.clone(),
            address: String::new(),
            reply_to: None,
            repeats: Some(first),
            counts: false,
            body: message.body.clone(),
        };
        outbox::put_message(tx, &repeat, self.now()).await?;
        Ok(Some(contact.channel))
    }

    /// A dead letter: listed, and the administrators hear of it; so does whoever supervises the items.
    pub(super) async fn give_up(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        message: &StoredMessage,
        reason: &str,
    ) -> Result<()> {
        if mutants::on(Mutant::DiesInSilence) {
            return outbox::mark_ended(tx, message, "dead").await.map(drop);
        }
        let is_alarm = outbox::of_message(tx, message.id).await?.iter().all(|n| n.notice.form == Form::Alarm);
        if !outbox::mark_ended(tx, message, "dead").await? || message.is_answer {
            return Ok(());
        }
        if is_alarm {
            tracing::error!(message = message.id, reason, "an alarm could not be delivered");
            return Ok(());
        }
        self.say_undeliverable(tx, directory, message, reason).await
    }

    /// The administrators, and whoever supervises the items, hear that a message reaches its reader by no way.
    pub(in crate::gateway) async fn say_undeliverable(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        message: &StoredMessage,
        reason: &str,
    ) -> Result<()> {
        let who = message.person.and_then(|p| directory.person(p)).map_or(String::new(), |p| p.name.clone());
        let args = [
            ("who", who),
            ("id", message.id.to_string()),
            ("channel", message.channel.clone()),
            ("reason", reason.to_owned()),
        ];
        let key = format!("dead:{}", message.id);
        self.alarm_about(tx, directory, &message.channel, Urgency::Escalation, &key, "alarm_dead_letter", &args)
            .await?;
        self.tell_office_unreachable(tx, directory, message).await
    }

    pub(super) async fn tell_office_unreachable(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        message: &StoredMessage,
    ) -> Result<()> {
        let world = self.world(directory);
        for id in message.body.lines().filter_map(|l| l.subject.item()).collect::<Vec<_>>() {
            let Some(item) = items::get(tx, id).await? else { continue };
            let office: Vec<PersonId> =
                world.unblockers(&item).into_iter().filter(|p| Some(*p) != message.person).collect();
            for person in office {
                let key = format!("{}:unreachable:{}:{}", item.id.0, message.id, person.0);
                let why = (Subject::Item(item.id), Reason::Unreachable { message: message.id });
                let send_at = crate::core::plan::when_heard(&world, person, Urgency::Escalation, world.now);
                let notice = Notice::new(key, person, why, Form::Told, Urgency::Escalation, send_at);
                outbox::queue(tx, &Notice { epoch: item.epoch, ..notice }, world.now).await?;
            }
        }
        Ok(())
    }
}

/// 30 s doubled up to an hour, spread by a fifth so that a recovered server is not stormed.
fn backoff(message: i64, tries: i64) -> Duration {
    let seconds = (30_i64 << (tries - 1).clamp(0, 7)).min(3_600);
    let spread = (message.wrapping_mul(2_654_435_761) ^ tries).rem_euclid(41) - 20;
    Duration::milliseconds(seconds * 1_000 + seconds * 10 * spread)
}

/// Counts a try that is recorded.
pub(in crate::gateway) fn count(landed: &Landed) {
    let (channel, (outcome, _)) = (landed.message.channel.clone(), describe(&landed.outcome));
    metrics::counter!("dutybell_attempts_total", "channel" => channel, "outcome" => outcome).increment(1);
}

/// The outcome's word in the records, and its reason.
fn describe(outcome: &Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Accepted { .. } => ("accepted", String::new()),
        Outcome::RetryAfter { after, .. } => ("retry_after", format!("{} s", after.as_secs())),
        Outcome::Transient { reason } => ("transient", reason.clone()),
        Outcome::Unknown { reason } => ("unknown", reason.clone()),
        Outcome::AddressGone { reason } => ("address_gone", reason.clone()),
        Outcome::Moved { .. } => ("moved", String::new()),
        Outcome::Refused { reason } => ("refused", reason.clone()),
    }
}
