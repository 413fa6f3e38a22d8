//! Alarms: what the administrators must hear, once per cause.

use super::Gateway;
use crate::core::notice::{Notice, Reason};
use crate::core::org::Directory;
use crate::core::plan::when_heard;
use crate::core::policy::{Form, Urgency};
use crate::core::subject::Subject;
use crate::core::words::Say;
use crate::store::{Result, Tx, clockwork, outbox};

impl Gateway {
    /// Tells the administrators that a configuration was refused while the program runs; once for each reason a day.
    ///
    /// # Errors
    /// When the alarm cannot be stored.
    pub async fn alarm_about_configuration(&self, reason: &str) -> Result<()> {
        let directory = self.directory().await?;
        let mut tx = self.store.begin().await?;
        let key = format!("configuration:{}:{reason:.200}", self.now().format("%Y%m%d"));
        self.alarm(&mut tx, &directory, &key, "alarm_configuration", &[("reason", reason.to_owned())]).await?;
        tx.commit().await?;
        self.bell.notify_waiters();
        Ok(())
    }

    /// Raises an alarm; a key that was raised before stays silent.
    pub(crate) async fn alarm(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        key: &str,
        phrase: &str,
        args: &[(&str, String)],
    ) -> Result<()> {
        self.alarm_about(tx, directory, "", Urgency::Escalation, key, phrase, args).await
    }

    /// Raises an alarm about a channel: it goes by another one wherever the administrator has another. An emergency
    /// waits for no morning.
    #[allow(clippy::too_many_arguments)] // whom, how fast, and what
    pub(super) async fn alarm_about(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        channel: &str,
        urgency: Urgency,
        key: &str,
        phrase: &str,
        args: &[(&str, String)],
    ) -> Result<()> {
        let others = self.channels().map(|c| c.name().to_owned()).filter(|name| !channel.is_empty() && name != channel);
        let others: Vec<String> = others.collect();
        let world = self.world(directory);
        let office = self.phrases.say(crate::core::org::Locale::ZhCn, phrase, args);
        if !clockwork::raise(tx, key, &office, world.now).await? {
            return Ok(());
        }
        tracing::warn!(alarm = phrase, "alarm raised");
        for admin in directory.administrators() {
            let locale = directory.person(admin).map(|p| p.locale).unwrap_or_default();
            let key = format!("alarm:{key}:{}", admin.0);
            let why = (Subject::System, Reason::Words { text: self.phrases.say(locale, phrase, args) });
            let send_at = when_heard(&world, admin, urgency, world.now);
            let notice = Notice::new(key, admin, why, Form::Alarm, urgency, send_at);
            outbox::queue(tx, &Notice { channels: others.clone(), ..notice }, world.now).await?;
        }
        Ok(())
    }
}
