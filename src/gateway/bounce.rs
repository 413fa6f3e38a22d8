//! Messages that came back after they had been accepted: the address is marked, and the next contact point has
//! the message at once.

use std::collections::BTreeSet;

use super::Gateway;
use crate::core::org::Directory;
use crate::core::policy::Form;
use crate::store::events::Origin;
use crate::store::inbox::Received;
use crate::store::{Result, Tx, outbox, people};

/// What a report said.
pub(super) struct Report<'a> {
    pub(super) message: i64,
    pub(super) failed: bool,
    pub(super) gone: bool,
    pub(super) reason: &'a str,
}

impl Gateway {
    pub(super) async fn undelivered(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        received: &Received,
        report: Report<'_>,
    ) -> Result<String> {
        let now = self.now();
        let found = outbox::message(tx, report.message).await?;
        let Some(message) = found.filter(|m| m.channel == received.channel) else {
            return Ok("a report about no message of ours".to_owned());
        };
        let word = if report.failed { "returned" } else { "delayed" };
        let again = outbox::has_attempt(tx, message.id, word).await?;
        outbox::record_attempt(tx, message.id, now, &message.channel, word, report.reason, None).await?;
        if !report.failed {
            return Ok("delayed: noted".to_owned());
        }
        if report.gone {
            people::set_contact_state(tx, &message.channel, &message.address, true, report.reason, now).await?;
            people::log(tx, &Origin::rule("delivery"), now).await?;
        }
        // Reported twice is returned once; and what is still on its way here is tried again by itself.
        if again || message.is_answer || message.state != "sent" {
            return Ok("returned: noted".to_owned());
        }
        let Some(person) = message.person else { return Ok("returned: noted".to_owned()) };
        let Some(channel) = self.repeat_by_the_next(tx, &message, person, message.urgency).await? else {
            outbox::mark_returned(tx, message.id).await?;
            // An alarm about an alarm that came back would come back as well.
            let first = message.repeats.unwrap_or(message.id);
            let reasons = outbox::notices_of_all(tx, &BTreeSet::from([first])).await?;
            let mut forms = reasons.into_iter().filter_map(|(_, notice)| Some(notice.ok()?.notice.form)).peekable();
            if forms.peek().is_some() && forms.all(|form| form == Form::Alarm) {
                tracing::error!(message = message.id, reason = report.reason, "an alarm came back");
                return Ok("returned: an alarm".to_owned());
            }
            self.say_undeliverable(tx, directory, &message, report.reason).await?;
            return Ok("returned: no contact point is left".to_owned());
        };
        outbox::clear_ack_window(tx, message.id).await?;
        Ok(format!("returned: goes out by {channel}"))
    }
}
