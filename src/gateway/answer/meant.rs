//! What was not understood whole is one tap away: its likeliest readings are asked back, and a tap is an answer.
//!
//! A tap counts only from whom it was asked, and only while who is responsible, the state and the deadline are as when
//! it was asked; else it is asked anew.

use super::*;

/// How [`Question::asks`] begins: readings follow, and a mark of how the items stood.
pub(super) const ASKS: &str = "means:";
/// Outcome of an answer of which nothing was understood.
pub(super) const PUZZLED: &str = "not understood";

impl Answer<'_> {
    /// Asks what is meant by words about some items; by words about nothing, how an answer is written.
    pub(super) async fn ask_meant(
        &mut self,
        work: &mut Work<'_>,
        own: &str,
        intent: &Intent,
        offers: &[Intent],
        bound: &Bound,
    ) -> Result<()> {
        if self.question.is_some() {
            self.say("ask_meant_later", &[("text", shorten(own))]);
            return Ok(());
        }
        let mut of: Vec<ItemId> = Vec::new();
        for offer in offers {
            for id in self.candidates(work, offer).await? {
                if !of.contains(&id) {
                    of.push(id);
                }
            }
        }
        let named = intent.items != reply::Items::Unspecified || bound.only.is_some() || bound.quoted;
        if offers.is_empty() || of.is_empty() && !named {
            return self.puzzle(work, own).await;
        }
        let first = Intent { items: intent.items.clone(), ..offers[0].clone() };
        match self.items_of(work, &first, bound, &[], true).await? {
            BoundItems::These(items) | BoundItems::Confirm(items) => {
                let kinds: Vec<IntentKind> = offers.iter().map(|offer| offer.kind).collect();
                self.ask_which_reading(work, own, &kinds, items).await
            }
            BoundItems::Which(candidates, key) => self.ask(work, "which", key, own, candidates).await,
            BoundItems::None => Ok(()),
        }
    }

    async fn ask_which_reading(
        &mut self,
        work: &mut Work<'_>,
        own: &str,
        kinds: &[IntentKind],
        items: Vec<ItemId>,
    ) -> Result<()> {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let asks = format!("{ASKS}{}:{}", names.join(","), self.standing(work, &items).await?);
        self.ask(work, &asks, "ask_meant", own, items).await?;
        let mut labels: Vec<String> = names.iter().map(|name| self.phrase(&format!("mean_{name}"), &[])).collect();
        labels.push(self.phrase("mean_other", &[]));
        let lettered =
            labels.iter().zip(1..).filter_map(|(label, line)| Some((format!("{} {label}", letter(line)?), line)));
        let presses: Vec<Press> = lettered.map(|(label, line)| Press { label, verb: Action::Mean, line }).collect();
        self.body.foot.push(presses.iter().map(|p| p.label.as_str()).collect::<Vec<_>>().join(" · "));
        self.body.buttons = presses.chunks(2).map(<[Press]>::to_vec).collect();
        Ok(())
    }

    /// The letter that was answered, or the tap.
    pub(super) async fn meant(
        &mut self,
        work: &mut Work<'_>,
        word: &str,
        question: Question,
    ) -> Result<Option<String>> {
        let (names, standing) = question.asks[ASKS.len()..].split_once(':').unwrap_or_default();
        let kinds: Vec<IntentKind> = names.split(',').filter_map(IntentKind::named).collect();
        let Some(line) = (1..=kinds.len() as u32 + 1).find(|line| letter(*line).is_some_and(|l| is_letter(word, l)))
        else {
            return self.drop_and_go_on(work).await;
        };
        inbox::drop_question(work.tx().await?, self.person).await?;
        let items: Vec<ItemId> = question.items.iter().map(|id| ItemId(*id)).collect();
        let Some(kind) = kinds.get(line as usize - 1).copied() else {
            self.say("ask_meant_other", &[]);
            return Ok(Some("asked back: none of these".to_owned()));
        };
        if self.standing(work, &items).await? != standing {
            self.body.lead.push(self.phrase("ask_meant_changed", &[]));
            self.ask_which_reading(work, &question.text, &kinds, items).await?;
            return Ok(Some("asked back, and anew: it had changed".to_owned()));
        }
        let bound = Bound { quoted: true, only: Some(items), ..Bound::default() };
        let at = inbox::asked_at(&question);
        self.likely = vec![kind];
        let plain = self.read(&question.text, at, &Known::default());
        let first = self.read_as(work, &question.text, at, &plain, &bound).await?;
        let said = first.offers.iter().flatten().find(|offer| offer.kind == kind).cloned();
        let intent = Intent { confirm: false, ..said.unwrap_or_else(|| Intent::new(kind)) };
        let reading = Reading { intents: vec![intent], offers: vec![Vec::new()], ..first };
        self.carry_out(work, &question.text, &reading, &bound, Part::Asked(0)).await?;
        Ok(Some(format!("asked back, confirmed: {}", kind.name())))
    }

    /// How items stand, as far as it matters for what was asked: who is responsible, state, deadline.
    async fn standing(&self, work: &mut Work<'_>, items: &[ItemId]) -> Result<String> {
        let world = self.world();
        let mut marks = Vec::new();
        for id in items {
            let Some(item) = work.item(*id).await? else { continue };
            let who: Vec<String> = world
                .holders(&item, crate::core::item::Role::Responsible)
                .iter()
                .map(|person| person.0.to_string())
                .collect();
            let due = item.current_due.map_or(0, |due| due.timestamp());
            marks.push(format!("{}.{}.{due}", who.join("+"), item.state.word()));
        }
        Ok(marks.join(","))
    }

    /// Nothing was understood: how an answer is written; the second time in a row, whom to ring.
    pub(super) async fn puzzle(&mut self, work: &mut Work<'_>, text: &str) -> Result<()> {
        self.puzzled = true;
        let before = inbox::outcome_before(work.tx().await?, self.received).await?;
        if before.as_deref() != Some(PUZZLED) {
            self.say("ask_unclear", &[("text", shorten(text))]);
            return Ok(());
        }
        let mut whom = Vec::new();
        for person in self.directory.administrators() {
            let Some(known) = self.directory.person(person) else { continue };
            whom.push(format!("{} {}", known.name, known.phone).trim().to_owned());
        }
        match whom.is_empty() {
            true => self.say("ask_unclear", &[("text", shorten(text))]),
            false => self.say("ask_unclear_again", &[("who", whom.join("、"))]),
        }
        Ok(())
    }

    /// A hazard that is not on the list: whether the office shall hear of it.
    pub(super) fn offer_register(&mut self, text: &str) {
        self.say("register_offer", &[("text", shorten(text))]);
        self.body.buttons = vec![vec![
            Press { label: self.phrase("button_yes", &[]), verb: Action::Confirm, line: 0 },
            Press { label: self.phrase("button_no", &[]), verb: Action::Cancel, line: 0 },
        ]];
        self.question = Some(Question {
            text: text.to_owned(),
            at: self.received.written_at().timestamp_millis(),
            asks: "register".to_owned(),
            items: Vec::new(),
        });
    }

    /// The answer to [`Answer::offer_register`].
    pub(super) async fn register_answered(
        &mut self,
        work: &mut Work<'_>,
        question: Question,
        yes: bool,
    ) -> Result<Option<String>> {
        if !yes {
            return self.drop_and_go_on(work).await;
        }
        inbox::drop_question(work.tx().await?, self.person).await?;
        let who = self.reader().map_or(String::new(), |p| p.name.clone());
        let key = format!("register:{}", self.received.id);
        let args = [("who", who), ("text", question.text)];
        self.gateway.alarm(work.tx().await?, self.directory, &key, "alarm_register", &args).await?;
        let names = self.directory.administrators().into_iter().filter_map(|p| self.directory.person(p));
        let names: Vec<&str> = names.map(|p| p.name.as_str()).collect();
        self.say("register_told", &[("who", names.join("、"))]);
        Ok(Some("register: the office is told".to_owned()))
    }
}

/// Whether words may answer a question: of one with choices only a letter does, of any other whatever is said.
pub(super) fn may_answer(question: &Question, text: &str) -> bool {
    let word = text.trim();
    !question.asks.starts_with(ASKS) || (1..=26).any(|line| letter(line).is_some_and(|l| is_letter(word, l)))
}

/// A letter by itself, as one answers with it: `A`, `a.`, `Ａ`.
fn is_letter(word: &str, letter: char) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let mut chars = bare.chars();
    let same = |c: char| {
        c.eq_ignore_ascii_case(&letter)
            || u32::from(c.to_ascii_lowercase()) == u32::from(letter.to_ascii_lowercase()) + 0xFEE0
    };
    chars.next().is_some_and(same) && chars.next().is_none()
}
