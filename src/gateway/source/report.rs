//! What people hear of a reading, and what is remembered of it.

use super::{Applied, Cause, Source, Trouble, Turn};
use crate::gateway::Gateway;
use crate::ledger::{Problem, Severity};
use crate::store::Result;
use crate::store::sources::{self, Remembered};

/// Characters of a reason; an error may quote a whole query.
const REASON: usize = 600;

impl Gateway {
    /// Once per cause and day.
    pub(super) async fn alarm_of(&self, source: &Source, trouble: &Trouble) -> Result<()> {
        let (phrase, about) = match trouble.cause {
            Cause::Failed | Cause::Refused => ("alarm_source", trouble.delivery.as_deref().unwrap_or_default()),
            Cause::Shrunk => ("alarm_source_shrunk", ""),
            Cause::Stale => ("alarm_source_stale", ""),
        };
        let day = self.now().with_timezone(&self.zone_of(source)).format("%Y%m%d");
        let key = format!("source:{}:{}:{about}:{day}", source.name, trouble.cause.word());
        let reason = match &trouble.delivery {
            Some(delivery) => format!("{delivery}: {}", short(&trouble.text)),
            None => short(&trouble.text),
        };
        let mut args = vec![("name", source.name.clone()), ("reason", reason)];
        args.extend(trouble.args.iter().cloned());
        let directory = self.directory().await?;
        let mut tx = self.store.begin().await?;
        self.alarm(&mut tx, &directory, &key, phrase, &args).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn remember(&self, source: &Source, mut memory: Remembered, turn: &Turn) -> Result<()> {
        memory.read_at = self.now();
        if turn.ends.iter().any(|(_, end)| end.is_ok()) && turn.trouble.is_empty() {
            memory.good_at = Some(memory.read_at);
        }
        let troubles: Vec<String> =
            turn.troubles().map(|t| format!("{}: {}", t.cause.word(), short(&t.text))).collect();
        let was = std::mem::take(&mut memory.problem);
        // A turn without a delivery says nothing about the one that was refused before.
        let stands = turn.ends.is_empty() && [Cause::Refused, Cause::Shrunk].iter().any(|c| was.starts_with(c.word()));
        memory.problem = match troubles.is_empty() && stands {
            true => was.clone(),
            false => troubles.join("; "),
        };
        if !was.is_empty() && memory.problem.is_empty() {
            tracing::info!(source = source.name, was, "the source is well again");
        }
        let mut tx = self.store.begin().await?;
        sources::put(&mut tx, &source.name, &memory).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What has to be mended in a delivery that was applied, a line each.
pub(super) fn in_lines(applied: &Applied) -> String {
    match applied {
        Applied::Unchanged => String::new(),
        Applied::Imported(report) => {
            let lines: Vec<String> =
                report.problems.iter().filter(|p| p.severity >= Severity::Draft).map(in_line).collect();
            lines.join("\n")
        }
    }
}

pub(super) fn in_line(problem: &Problem) -> String {
    let value = if problem.value.is_empty() { String::new() } else { format!("「{}」 ", problem.value) };
    format!("{}: {value}{}; {}", problem.place, problem.reason, problem.hint)
}

fn short(text: &str) -> String {
    match text.char_indices().nth(REASON) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
