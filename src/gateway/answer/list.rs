//! Questions, lists and the standing texts.

use super::*;
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
        let mut args = vec![("count", candidates.len().to_string()), ("text", shorten(text))];
        if asks == "reason"
            && let Some(item) = work.item(candidates[0]).await?
        {
            args = vec![
                ("code", item.code.clone()),
                ("title", item.title.clone()),
                ("example", "不合格：接地仍失效".to_owned()),
            ];
        }
        self.body = Message { title: self.phrase(key, &args), ..std::mem::take(&mut self.body) };
        if asks != "reason" {
            self.list(work, &candidates).await?;
            self.body.buttons = match asks {
                "confirm" => vec![vec![
                    Press { label: self.phrase("button_yes", &[]), verb: Verb::Confirm, line: 0 },
                    Press { label: self.phrase("button_no", &[]), verb: Verb::Cancel, line: 0 },
                ]],
                _ => (1..=candidates.len().min(8) as u32)
                    .map(|line| Press { label: crate::core::words::circled(line), verb: Verb::Choose, line })
                    .collect::<Vec<_>>()
                    .chunks(4)
                    .map(<[Press]>::to_vec)
                    .collect(),
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

    pub(super) async fn list(&mut self, work: &mut Work<'_>, ids: &[ItemId]) -> Result<()> {
        let world = self.world();
        let Some(person) = self.reader() else { return Ok(()) };
        let desk = self.gateway.desk(&world, person);
        let mut lines = Vec::new();
        for (n, id) in ids.iter().take(MAX_LINES).enumerate() {
            let Some(item) = work.item(*id).await? else { continue };
            let state = self.phrase(&format!("state_{}", item.state.word()), &[]);
            let detail = if item.state.is_with_fixer() { format!("{state}　{}", desk.due_text(&item)) } else { state };
            lines.push(Line { number: n as u32 + 1, item: item.id, code: item.code, title: item.title, detail });
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

    pub(super) async fn status(&mut self, work: &mut Work<'_>) -> Result<()> {
        let mut open = self.open_items(work, crate::core::item::Role::Responsible).await?;
        for item in self.open_items(work, crate::core::item::Role::Verifier).await? {
            if item.state == crate::core::item::State::ReportedDone && !open.iter().any(|i| i.id == item.id) {
                open.push(item);
            }
        }
        open.sort_by_key(|i| (i.current_due.is_none(), i.current_due));
        let name = self.reader().map_or(String::new(), |p| p.name.clone());
        if open.is_empty() {
            self.say("status_none", &[("name", name)]);
            return Ok(());
        }
        self.body.title = self.phrase("status_title", &[("name", name), ("count", open.len().to_string())]);
        let ids: Vec<ItemId> = open.iter().map(|i| i.id).collect();
        self.list(work, &ids).await
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
        self.say("optout", &[("who", names.join("、"))]);
    }
}
