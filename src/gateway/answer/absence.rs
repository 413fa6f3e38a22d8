//! Somebody types that they are on leave: what is missing is asked for, and a yes notes it.
//!
//! A deputy hears and answers for the absent, so nothing is noted without the absent person's yes, and the
//! administrators hear of it in any case.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::*;
use crate::core::notice::{Notice, Reason};
use crate::core::org::Leave;
use crate::core::plan::when_heard;
use crate::core::policy::{Form, Urgency};
use crate::core::subject::Subject;
use crate::core::words::day;
use crate::store::{outbox, people};

/// What is known of an absence so far, as the question keeps it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Known {
    said: String,
    from: Option<NaiveDate>,
    /// The last day, itself included.
    until: Option<NaiveDate>,
    deputies: Vec<PersonId>,
}

impl Known {
    /// Days and deputy, when all of it is known.
    fn whole(&self) -> Option<(NaiveDate, NaiveDate, PersonId)> {
        match (self.from, self.until, self.deputies.as_slice()) {
            (Some(from), Some(until), [deputy]) if from <= until => Some((from, until, *deputy)),
            _ => None,
        }
    }
}

impl Answer<'_> {
    /// What somebody typed about their leave.
    pub(super) async fn absence(&mut self, work: &mut Work<'_>, text: &str) -> Result<String> {
        let known = self.known_absence(text);
        self.ask_absence(work, known).await?;
        Ok("absence: asked".to_owned())
    }

    fn known_absence(&self, text: &str) -> Known {
        let zone = self.zone();
        let days = Days(self.world().office(None).calendar);
        let now = self.received.at.with_timezone(&zone).naive_local();
        let named = reply::absence(text, &reply::Context::at(now, &days));
        let ahead = named.until.is_some_and(|until| until >= now.date());
        let low = text.to_lowercase();
        let others = self.directory.people().into_iter().filter(|p| p.id != self.person);
        let mut found: Vec<&Person> = others.filter(|p| low.contains(&p.name.to_lowercase())).collect();
        // 王小明 is not 王小 as well.
        let all = found.clone();
        found.retain(|p| !all.iter().any(|q| q.id != p.id && q.name != p.name && q.name.contains(&p.name)));
        Known {
            said: shorten(text),
            from: named.from.filter(|_| ahead),
            until: named.until.filter(|_| ahead),
            deputies: found.into_iter().map(|p| p.id).collect(),
        }
    }

    /// Asks for a yes, or for what is missing.
    async fn ask_absence(&mut self, work: &mut Work<'_>, known: Known) -> Result<()> {
        let text = serde_json::to_string(&known).unwrap_or_default();
        let press = |label: String, verb: Action| Press { label, verb, line: 0 };
        let buttons = match known.whole() {
            Some((from, until, deputy)) => {
                self.say("absence_confirm", &self.absence_args(from, until, deputy));
                vec![
                    press(self.phrase("button_yes", &[]), Action::Confirm),
                    press(self.phrase("button_no", &[]), Action::Cancel),
                ]
            }
            None => {
                let mut missing = Vec::new();
                if known.from.is_none() || known.until.is_none() || known.from > known.until {
                    missing.push(self.phrase("absence_days", &[]));
                }
                if known.deputies.len() != 1 {
                    missing.push(self.phrase("absence_deputy", &[]));
                }
                self.say("absence_missing", &[("missing", missing.join("、"))]);
                vec![press(self.phrase("button_tell_administrator", &[]), Action::TellAdministrator)]
            }
        };
        self.body.buttons = vec![buttons];
        let (asks, at) = ("absence".to_owned(), self.received.at.timestamp_millis());
        self.question = Some(Question { text, at, asks, items: Vec::new() });
        inbox::drop_question(work.tx().await?, self.person).await
    }

    fn absence_args(&self, from: NaiveDate, until: NaiveDate, deputy: PersonId) -> [(&'static str, String); 4] {
        let locale = self.reader().map(|p| p.locale).unwrap_or_default();
        absence_args(self.directory, self.zone(), locale, (self.person, from, until, deputy))
    }

    fn zone(&self) -> chrono_tz::Tz {
        self.reader().map_or(self.gateway.policy.zone, |p| p.zone)
    }

    /// The answer to our question: yes, "let the administrator see to it", or what was missing.
    pub(super) async fn absence_answered(
        &mut self,
        work: &mut Work<'_>,
        text: &str,
        reading: &Reading,
        question: Question,
        yes: bool,
    ) -> Result<Option<String>> {
        let known: Known = serde_json::from_str(&question.text).unwrap_or_default();
        if self.is_label(text, "button_tell_administrator") {
            inbox::drop_question(work.tx().await?, self.person).await?;
            self.tell_administrator(work, &known).await?;
            return Ok(Some("absence: the administrator is told".to_owned()));
        }
        match known.whole() {
            Some((from, until, deputy)) if yes => {
                inbox::drop_question(work.tx().await?, self.person).await?;
                self.note_absence(work, from, until, deputy).await?;
                return Ok(Some("absence: noted".to_owned()));
            }
            _ => {}
        }
        let more = self.known_absence(text);
        let adds = more.from.is_some() || !more.deputies.is_empty();
        // Days alone may be read as when something will be finished.
        let of_leave = |i: &Intent| match i.kind {
            IntentKind::Unknown | IntentKind::Reassign => true,
            IntentKind::InProgress => i.eta.is_some() && !i.not_done && i.items == reply::Items::Unspecified,
            _ => false,
        };
        let answers = !reading.intents.iter().all(of_leave);
        if !adds || answers && !reading.away {
            return self.drop_and_go_on(work).await;
        }
        let (from, until) = if more.from.is_some() { (more.from, more.until) } else { (known.from, known.until) };
        let deputies = if more.deputies.is_empty() { known.deputies } else { more.deputies };
        let said = format!("{}；{}", known.said, more.said);
        self.ask_absence(work, Known { said, from, until, deputies }).await?;
        Ok(Some("absence: asked".to_owned()))
    }

    /// Notes the leave; the deputy and the administrators hear of it.
    async fn note_absence(
        &mut self,
        work: &mut Work<'_>,
        from: NaiveDate,
        until: NaiveDate,
        deputy: PersonId,
    ) -> Result<()> {
        let zone = self.zone();
        let midnight = |date: NaiveDate| local_to_utc(zone, date.and_time(chrono::NaiveTime::MIN));
        let (start, end) = (midnight(from).max(self.gateway.now()), midnight(until + chrono::Days::new(1)));
        let others = [start, end - Duration::minutes(1)].map(|at| self.directory.acting_for(self.person, at));
        // A second leave over a first one would change nothing, or the wrong thing.
        if others.iter().any(|acting| *acting != self.person) || end <= start {
            let args = self.absence_args(from, until, deputy);
            self.say("absence_overlaps", &args);
            let said = args.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ");
            return self.raise(work, "alarm_absence_said", &[("who", args[0].1.clone()), ("text", said)]).await;
        }
        let leave = Leave { person: self.person, deputy, from: start, until: end };
        let tx = work.tx().await?;
        people::put_leave(tx, &leave).await?;
        people::log(tx, &self.origin(), self.gateway.now()).await?;
        people::touch_directory(tx).await?;
        tracing::info!(person = self.person.0, deputy = deputy.0, %start, %end, "absence noted by the person");
        let directory = self.directory;
        let locale = directory.person(deputy).map(|p| p.locale).unwrap_or_default();
        let args = absence_args(directory, zone, locale, (self.person, from, until, deputy));
        let (now, world) = (self.gateway.now(), self.world());
        let key = format!("absence:{}:{}", self.received.id, deputy.0);
        let text = self.gateway.phrases.say(locale, "absence_stand_in", &args);
        let why = (Subject::System, Reason::Words { text });
        let send_at = when_heard(&world, deputy, Urgency::Escalation, now);
        let notice = Notice::new(key, deputy, why, Form::Alarm, Urgency::Escalation, send_at);
        outbox::queue(work.tx().await?, &notice, now).await?;
        let args = absence_args(directory, zone, Default::default(), (self.person, from, until, deputy));
        self.raise(work, "alarm_absence", &args).await?;
        let args = self.absence_args(from, until, deputy);
        self.say("absence_noted", &args);
        Ok(())
    }

    async fn tell_administrator(&mut self, work: &mut Work<'_>, known: &Known) -> Result<()> {
        let who = self.reader().map_or(String::new(), |p| p.name.clone());
        self.raise(work, "alarm_absence_said", &[("who", who), ("text", known.said.clone())]).await?;
        let names = self.directory.administrators().into_iter().filter_map(|p| self.directory.person(p));
        let names: Vec<&str> = names.map(|p| p.name.as_str()).collect();
        self.say("absence_told", &[("who", names.join("、"))]);
        Ok(())
    }

    async fn raise(&self, work: &mut Work<'_>, phrase: &str, args: &[(&str, String)]) -> Result<()> {
        let key = format!("absence:{}", self.received.id);
        self.gateway.alarm(work.tx().await?, self.directory, &key, phrase, args).await
    }
}

/// Who is away, from which day to which, and who stands in, in a reader's language.
fn absence_args(
    directory: &Directory,
    zone: chrono_tz::Tz,
    locale: crate::core::org::Locale,
    (person, from, until, deputy): (PersonId, NaiveDate, NaiveDate, PersonId),
) -> [(&'static str, String); 4] {
    let name = |id| directory.person(id).map_or(String::new(), |p| p.name.clone());
    let date = |at: NaiveDate| day(locale, local_to_utc(zone, at.and_time(chrono::NaiveTime::MIN)), zone);
    [("who", name(person)), ("from", date(from)), ("until", date(until)), ("deputy", name(deputy))]
}
