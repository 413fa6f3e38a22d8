//! One part of a text is asked about: the answer is for that part, and for nothing else that the text said.

use super::*;
use crate::core::reply::Items as Named;

/// Which intents of a text are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    All,
    /// The one that a yes was asked for, by its place in the text.
    Asked(usize),
    /// The one whose item was asked, with those after it that name none either: they speak of the same.
    From(usize),
    /// All of a text that says one thing only.
    Only,
}

/// What a question asks for, without the part of the text that it is about: `confirm` of `confirm:1:2`.
pub(super) fn kind_of(asks: &str) -> &str {
    asks.split(':').next().unwrap_or_default()
}

/// What was asked for, and about which part of the text: by its place among so many.
pub(super) fn part_of(asks: &str) -> (&str, Noted) {
    let mut fields = asks.split(':');
    let kind = fields.next().unwrap_or_default();
    let mut number = || fields.next().and_then(|n| n.parse().ok());
    (kind, Noted { which: kind == "which", place: number().zip(number()) })
}

/// A part of a text as its question notes it.
pub(super) struct Noted {
    which: bool,
    place: Option<(usize, usize)>,
}

impl Noted {
    /// The part of the text as it reads now; `None` where it reads otherwise. Who says something to the chosen items may
    /// mean another thing by it, and never another part.
    pub(super) fn within(&self, reading: &Reading) -> Option<Part> {
        let count = reading.intents.len();
        match self.place {
            Some((place, of)) if of == count && place < of => {
                Some(if self.which { Part::From(place) } else { Part::Asked(place) })
            }
            None if self.which => Some(Part::Only),
            _ => (count == 1).then_some(Part::Only),
        }
    }
}

impl Part {
    /// Whether the intent at this place is carried out.
    pub(super) fn holds(self, reading: &Reading, place: usize) -> bool {
        match self {
            Part::All | Part::Only => true,
            Part::Asked(asked) => place == asked,
            Part::From(asked) => place == asked || place > asked && reading.intents[place].items == Named::Unspecified,
        }
    }
}

impl Answer<'_> {
    /// Asks about one intent of a text: which item it means, or for a yes.
    pub(super) async fn ask_part(
        &mut self,
        work: &mut Work<'_>,
        asks: &str,
        key: &str,
        text: &str,
        (reading, place): (&Reading, usize),
        candidates: Vec<ItemId>,
    ) -> Result<()> {
        if self.question.is_some() {
            self.say("ask_later", &[("text", self.part_words(text, reading, place))]);
            return Ok(());
        }
        let asks = format!("{asks}:{place}:{}", reading.intents.len());
        self.ask(work, &asks, key, &self.part_words(text, reading, place), candidates).await?;
        if let Some(question) = &mut self.question {
            question.text = text.to_owned();
        }
        Ok(())
    }

    /// Whether an intent has to wait, as another part of the text is asked about and only what names its own items is
    /// certain to mean something else. What speaks of the item that is asked for is carried out with the answer.
    pub(super) fn waits_for_another(&mut self, text: &str, reading: &Reading, place: usize) -> bool {
        let Some(question) = &self.question else { return false };
        let (intent, asks) = (&reading.intents[place], kind_of(&question.asks));
        let unnamed = intent.items == Named::Unspecified;
        if asks == "which" && unnamed {
            return true;
        }
        let says_only = [
            IntentKind::Chatter,
            IntentKind::Greeting,
            IntentKind::Help,
            IntentKind::Status,
            IntentKind::Report,
            IntentKind::CheckIn,
            IntentKind::OptOut,
            IntentKind::Unknown,
        ];
        let named = matches!(intent.items, Named::Lines(_) | Named::Codes(_));
        // What a part means that was not understood says nothing of which item the others mean.
        if named || says_only.contains(&intent.kind) || asks == "means" && unnamed {
            return false;
        }
        self.say("ask_later", &[("text", self.part_words(text, reading, place))]);
        true
    }

    /// The words of one intent, as far as they can be told from the others of its text.
    fn part_words(&self, text: &str, reading: &Reading, place: usize) -> String {
        if reading.intents.len() == 1 {
            return shorten(text);
        }
        let own = reply::own_words(text, &reading.intents, place);
        match own == text.trim() {
            true => self.phrase(&format!("mean_{}", reading.intents[place].kind.name()), &[]),
            false => shorten(&own),
        }
    }
}
