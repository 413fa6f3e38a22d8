//! Emergency words: the card at once, and the duty officer is paged.
//!
//! A relay and a timer, never the only way: every text carries the number to call. Quiet hours, caps
//! and merging do not apply. The clock on the card is the statutory one of the policy pack.

use super::Gateway;
use crate::core::message::Message;
use crate::core::org::{Directory, PersonId};
use crate::core::plan::Notice;
use crate::core::policy::{Form, Target, Urgency};
use crate::core::words::{Say, moment};
use crate::store::inbox::Received;
use crate::store::{Result, Tx, outbox};

impl Gateway {
    /// Answers with the card and pages whoever is on duty for the writer's unit.
    pub(super) async fn emergency(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        received: &Received,
        person: PersonId,
        text: &str,
    ) -> Result<Message> {
        let world = self.world(directory);
        let rules = &self.policy.emergency;
        let paged = self.on_duty(directory, person);
        let name_of = |p: PersonId| directory.person(p).map_or(String::new(), |p| p.name.clone());
        let posts = directory.posts_of_person(person, world.now);
        let unit = posts.first().and_then(|p| directory.unit(p.unit));
        let post =
            posts.first().map_or(String::new(), |p| format!("{}{}", unit.map_or("", |u| u.name.as_str()), p.title));
        let phone = unit.map_or(String::new(), |u| u.phone.clone());
        for (n, officer) in paged.iter().enumerate() {
            let locale = directory.person(*officer).map(|p| p.locale).unwrap_or_default();
            let args = [
                ("who", name_of(person)),
                ("post", post.clone()),
                ("when", moment(locale, received.written_at(), self.policy.zone)),
                ("text", text.chars().take(200).collect()),
                ("phone", phone.clone()),
            ];
            let notice = Notice {
                key: format!("emergency:{}:{n}:{}", received.id, officer.0),
                person: *officer,
                form: Form::Emergency,
                step: String::new(),
                level: 0,
                urgency: Urgency::Emergency,
                epoch: 0,
                send_at: world.now,
                channels: Vec::new(),
                ack_within: Some(chrono::Duration::minutes(5)),
                instead: None,
            };
            outbox::queue(tx, None, &notice, &self.phrases.say(locale, "emergency_page", &args), world.now).await?;
        }
        let locale = directory.person(person).map(|p| p.locale).unwrap_or_default();
        let mut lead = vec![self.phrases.say(locale, "emergency_call", &[("numbers", rules.hotlines.join(" / "))])];
        if let Some(span) = rules.report_within {
            let until = span.after(received.at, &world.office(None));
            let args = [
                ("span", span.to_string()),
                ("until", moment(locale, until, self.policy.zone)),
                ("basis", rules.basis.clone()),
            ];
            lead.push(self.phrases.say(locale, "emergency_report", &args));
        }
        let names = paged.iter().map(|p| name_of(*p)).collect::<Vec<_>>().join("、");
        lead.push(self.phrases.say(locale, "emergency_relay", &[("who", names)]));
        Ok(Message { title: self.phrases.say(locale, "emergency_title", &[]), lead, ..Message::default() })
    }

    /// Duty officers near the writer's units, else the administrators.
    fn on_duty(&self, directory: &Directory, person: PersonId) -> Vec<PersonId> {
        let now = self.now();
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
