//! Questions, lists and the standing texts.

use super::*;
use crate::core::act::DECIDING;
use crate::core::compose::Entry;
use crate::core::item::{Role, State};
use crate::core::message::Numbering;
use crate::core::subject::Subject;
use crate::core::words::circled;

impl Answer<'_> {
    /// Asks which item, or for a "yes"; remembers what was said meanwhile.
    pub(super) async fn ask(
        &mut self,
        work: &mut Work<'_>,
        asks: &str,
        key: &str,
        text: &str,
        candidates: Vec<ItemId>,
    ) -> Result<()> {
        // Nobody says yes to what they were not shown; the rest is asked for afterwards.
        let mut candidates = candidates;
        let kind = asked::kind_of(asks);
        if kind == "confirm" && candidates.len() > MAX_LINES {
            let count = (candidates.len() - MAX_LINES).to_string();
            self.body.foot.push(self.phrase("ask_confirm_rest", &[("count", count)]));
            candidates.truncate(MAX_LINES);
        }
        let mut args = vec![("count", candidates.len().to_string()), ("text", shorten(text))];
        // Words are wanted, about one item or about all that are listed.
        let words = asks == "whom" || asks.starts_with("reason");
        if let ([id], true) = (candidates.as_slice(), words)
            && let Some(item) = work.item(*id).await?
        {
            args.extend([("code", item.code.clone()), ("title", item.title.clone())]);
        }
        self.body = Message { title: self.phrase(key, &args), ..std::mem::take(&mut self.body) };
        if words && candidates.len() > 1 {
            self.list(work, &candidates).await?;
        }
        if !words {
            self.list(work, &candidates).await?;
            self.body.buttons = match kind {
                "confirm" => vec![vec![
                    Press { label: self.phrase("button_yes", &[]), verb: Action::Confirm, line: 0 },
                    Press { label: self.phrase("button_no", &[]), verb: Action::Cancel, line: 0 },
                ]],
                _ => choices(candidates.len()),
            };
        }
        self.question = Some(Question {
            text: text.to_owned(),
            at: self.received.written_at().timestamp_millis(),
            asks: asks.to_owned(),
            items: candidates.iter().map(|i| i.0).collect(),
        });
        Ok(())
    }

    /// The writer's own items with their numbers, said of one alone, too; once in an answer.
    pub(in crate::gateway) async fn list_once(&mut self, work: &mut Work<'_>, ids: &[ItemId]) -> Result<()> {
        if self.body.sections.is_empty() {
            self.body.numbering = Numbering::Shown;
            self.list(work, ids).await?;
        }
        Ok(())
    }

    pub(super) async fn list(&mut self, work: &mut Work<'_>, ids: &[ItemId]) -> Result<()> {
        let world = self.world();
        let Some(person) = self.reader() else { return Ok(()) };
        let desk = self.gateway.desk(&world, person);
        let mut lines = Vec::new();
        for (n, id) in ids.iter().take(MAX_LINES).enumerate() {
            let Some(item) = work.item(*id).await? else { continue };
            let state = self.phrase(item.state_key(), &[]);
            let detail = if item.state.is_with_fixer() { format!("{state}　{}", desk.due_text(&item)) } else { state };
            lines.push(Line {
                number: n as u32 + 1,
                subject: Subject::Item(item.id),
                code: item.code,
                title: item.title,
                detail,
            });
        }
        if ids.len() > MAX_LINES {
            self.body.foot.push(self.phrase("echo_more", &[("count", (ids.len() - MAX_LINES).to_string())]));
        }
        // A line that is alone is written without its code and title: messages about one item have them in their title.
        if let ([line], 1) = (lines.as_slice(), ids.len()) {
            self.body.lead.push(format!("{} {}", line.code, line.title));
        }
        self.body.sections.push(Section { heading: String::new(), lines });
        Ok(())
    }

    /// What waits for this person's decision, and what is theirs to do, each with what it asks.
    pub(super) async fn status(&mut self, work: &mut Work<'_>) -> Result<()> {
        let Some(person) = self.reader() else { return Ok(()) };
        let world = self.world();
        let desk = self.gateway.desk(&world, person);
        let mut items: Vec<Item> =
            self.undecided(work, DECIDING).await?.into_iter().filter(|item| desk.is_asked(item)).collect();
        let decisions = items.len();
        let mut own = self.open_items(work, Role::Responsible).await?;
        let left = |item: &Item| item.returned.contains(&self.person) && item.state != State::Rejected;
        own.retain(|item| !left(item) && !items.iter().any(|known| known.id == item.id));
        let owned = own.len();
        items.sort_by_key(|i| (i.current_due.is_none(), i.current_due));
        own.sort_by_key(|i| (i.current_due.is_none(), i.current_due));
        items.extend(own);
        if items.is_empty() {
            self.say("status_none", &[("name", person.name.clone())]);
            return Ok(());
        }
        let title = match (decisions, owned) {
            (0, _) => "status_title",
            (_, 0) => "status_decisions",
            _ => "status_both",
        };
        let args = [("name", person.name.clone()), ("count", owned.to_string()), ("decisions", decisions.to_string())];
        self.say(title, &args);
        let hidden = items.len().saturating_sub(MAX_LINES);
        items.truncate(MAX_LINES);
        let asked: Vec<Subject> = items.iter().take(decisions).map(|item| Subject::Item(item.id)).collect();
        let entries: Vec<Entry> = items.iter().cloned().map(|item| desk.entry(item)).collect();
        let mut body = desk.message(&entries).unwrap_or_default();
        for line in body.sections.iter_mut().flat_map(|s| &mut s.lines).filter(|l| !asked.contains(&l.subject)) {
            if let Some(item) = items.iter().find(|item| Subject::Item(item.id) == line.subject) {
                let state = self.phrase(item.state_key(), &[]);
                line.detail =
                    if item.state.is_with_fixer() { format!("{state}　{}", desk.due_text(item)) } else { state };
            }
        }
        if hidden > 0 {
            body.foot.push(self.phrase("echo_more", &[("count", hidden.to_string())]));
        }
        // One item alone has its heading, code and title in the message's own title.
        body.lead = if body.lines().count() == 1 { vec![std::mem::take(&mut body.title)] } else { Vec::new() };
        self.fill(body);
        Ok(())
    }

    /// The state of items that were named, with what can be done about them.
    pub(super) async fn show(&mut self, work: &mut Work<'_>, ids: &[ItemId]) -> Result<()> {
        let [id] = ids else { return self.list(work, ids).await };
        let (Some(item), Some(person)) = (work.item(*id).await?, self.reader()) else { return Ok(()) };
        let world = self.world();
        let card = self.gateway.desk(&world, person).card(item);
        self.add_line(card.title.clone());
        self.fill(card);
        Ok(())
    }

    /// Takes over what a message shows; its title is said by the lines of the answer.
    fn fill(&mut self, message: Message) {
        self.body = Message { title: String::new(), ..message };
    }

    pub(in crate::gateway) fn help(&mut self) {
        self.body.title = self.phrase("help_title", &[]);
        for n in 1..=6 {
            self.say(&format!("help_{n}"), &[]);
        }
    }

    pub(super) fn optout(&mut self) {
        let names: Vec<String> = self
            .directory
            .administrators()
            .iter()
            .filter_map(|p| self.directory.person(*p))
            .map(|p| p.name.clone())
            .collect();
        let who = crate::core::words::list(self.locale(), &names);
        self.say("optout", &[("who", who)]);
    }
}

/// Buttons for so many choices, in rows of about the same length, at most four in one.
fn choices(count: usize) -> Vec<Vec<Press>> {
    let count = count.min(8);
    let rows = count.div_ceil(4).max(1);
    let buttons: Vec<Press> =
        (1..=count as u32).map(|line| Press { label: circled(line), verb: Action::Choose, line }).collect();
    buttons.chunks(count.div_ceil(rows).max(1)).map(<[Press]>::to_vec).collect()
}
