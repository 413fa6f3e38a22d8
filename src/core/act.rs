//! What can be done to an item: one table of verbs, and whether somebody may.
//!
//! Each verb has one row ([`Verb::rule`]): who may, in which states, what answers it, whether it can be taken back, by
//! which words and button it is said. Whoever asks about a verb asks here: the rules before they change anything
//! ([`crate::transition::apply`]), the buttons before they are offered, an answer before it is bound to an item. What
//! an event then does to the item's fields is the rules' alone.

mod asks;
mod entered;
mod involved;
mod said;
mod table;

use super::item::{Item, Role, State};
use super::message::Action;
use super::org::PersonId;
use super::reply::IntentKind;
use super::transition::{Actor, Refusal};
use super::world::World;

pub use asks::{Ask, asked, decisions, open_asks, who_decides};
pub use entered::Entered;
pub(crate) use involved::Involved;
pub use involved::{fixes, has_a_part, with_a_part};
pub use said::{Said, Writer};
pub use table::{DECIDING, Verb};

/// Who may, apart from the office at its own host, which may everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// Those responsible, with those for whom they stand in.
    Fixers,
    /// The verifiers, else the last resort; never whose work it is (R02).
    Verifiers,
    /// Those whom the policy names for more time, else the last resort.
    Approvers,
    /// Assigner, supervisor, leader and the last resort.
    Assigning,
    /// The assigner, of listed items the supervisor, else the last resort.
    Closers,
    /// Assigner, supervisor, leader, verifier and the last resort; never whose work it is.
    Voiders,
    /// Verifier, supervisor and the last resort; never whose work it is.
    Reopeners,
    /// The office alone.
    Office,
    /// Whose own last word it is; the log says whose.
    Author,
}

/// So many days more are asked for with one press.
pub const MORE_TIME_DAYS: i64 = 3;

/// What is said to somebody who would decide about their own work or their own request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// They may like everybody else.
    May,
    /// It is their own work.
    Refused,
    /// A second person is needed where they asked for it.
    Second,
}

/// By what a reader presses a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressed {
    By(Action),
    /// There is no button, for this reason.
    Never(&'static str),
}

/// The row of a verb.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub verb: Verb,
    /// In the log and in keys of phrases: `event_…`, and what its doer hears, `echo_…`.
    pub word: &'static str,
    pub party: Party,
    pub own: Own,
    /// It does something in these states,
    pub states: &'static [State],
    /// in these it was done already, which is no fault,
    pub already: &'static [State],
    /// in these the item is finished for whoever says it; in all others it is the wrong state.
    pub finished: &'static [State],
    /// The state is said before who may.
    pub state_first: bool,
    /// The decision that it gives.
    pub answers: Option<Ask>,
    /// Only where somebody asked for that decision.
    pub only_asked: bool,
    /// Its author may take it back inside the undo window; the phrase `did_…` says what it was.
    pub undo: bool,
    /// Said of several items with one word, it wants a yes first.
    pub weighty: bool,
    /// Intents of an answer that can mean it; the first is its own.
    pub intents: &'static [IntentKind],
    /// Roles in which an answer's writer can mean an item with it.
    pub said_by: &'static [Role],
    pub pressed: Pressed,
    /// What somebody at the host types after `item`.
    pub command: Option<&'static str>,
}

/// What a permitted verb would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Something.
    Open,
    /// Nothing: it was done already.
    Already,
}

impl Verb {
    /// The row of the table.
    pub fn rule(self) -> &'static Rule {
        &table::TABLE[self as usize]
    }

    /// All of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Verb> {
        table::TABLE.iter().map(|rule| rule.verb)
    }

    /// [`Rule::word`].
    pub fn word(self) -> &'static str {
        self.rule().word
    }
}

impl Rule {
    /// What the state of an item, and what was asked about it, says to the verb.
    fn stands(&self, item: &Item) -> Result<Standing, Refusal> {
        let state = item.state;
        if self.only_asked && !self.answers.is_some_and(|ask| ask.is_open(item)) {
            return Err(Refusal::NothingRequested);
        }
        match state {
            _ if self.states.contains(&state) => Ok(Standing::Open),
            _ if self.already.contains(&state) => Ok(Standing::Already),
            _ if self.finished.contains(&state) => Err(Refusal::Finished { state }),
            _ => Err(Refusal::WrongState { state }),
        }
    }

    fn admits(&self, person: PersonId, item: &Item, world: &World) -> Result<(), Refusal> {
        let involved = Involved { item, world };
        if self.party == Party::Author {
            return Ok(());
        }
        let asked = self.answers.and_then(|ask| ask.by(item)) == Some(person);
        let who_may = involved.party(self.party);
        if self.own == Own::Refused && (asked || involved.interested().contains(&person)) {
            return Err(Refusal::OwnWork { who_may });
        }
        if !who_may.contains(&person) {
            return Err(Refusal::NotYours { who_may });
        }
        match self.own == Own::Second && asked {
            true => Err(Refusal::SecondPerson { who_may: who_may.into_iter().filter(|p| *p != person).collect() }),
            false => Ok(()),
        }
    }
}

/// Whether an actor may do this to an item as it stands, and whether that would change anything.
///
/// # Errors
/// Why not, and who may instead. What an event says besides (a reason, a date, a name) is looked at by the rules.
pub fn permitted(actor: &Actor, verb: Verb, item: &Item, world: &World) -> Result<Standing, Refusal> {
    let rule = verb.rule();
    let stands = rule.stands(item);
    if rule.state_first {
        stands.clone()?;
    }
    if let Some(person) = actor.person() {
        rule.admits(person, item, world)?;
    }
    stands
}

/// The people who may do this to an item; an empty list for what is the office's alone.
pub fn who_may(verb: Verb, item: &Item, world: &World) -> Vec<PersonId> {
    let rule = verb.rule();
    let involved = Involved { item, world };
    let mut people = involved.party(rule.party);
    if rule.own == Own::Refused {
        let own = involved.interested();
        people.retain(|p| !own.contains(p));
    }
    people
}

/// What an intent can mean of an item. Taking an answer back is about the answer.
fn said_with(kind: IntentKind) -> impl Iterator<Item = &'static Rule> {
    table::TABLE.iter().filter(move |rule| rule.party != Party::Author && rule.intents.contains(&kind))
}

/// In which roles somebody can mean an item with this kind of intent; whoever only asks speaks of their own work.
pub fn roles_of(kind: IntentKind) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for role in said_with(kind).flat_map(|rule| rule.said_by) {
        if !roles.contains(role) {
            roles.push(*role);
        }
    }
    if roles.is_empty() { vec![Role::Responsible] } else { roles }
}

/// In which roles this kind of intent is the writer's own word: whoever strikes off says "passed" of what was verified,
/// and the verdict is the verifier's.
pub fn roles_whose_word(kind: IntentKind) -> Vec<Role> {
    match kind {
        IntentKind::VerifyPass => Verb::VerifyPass.rule().said_by.to_vec(),
        _ => roles_of(kind),
    }
}

/// Whether this kind of intent would do something to an item in its state; whoever only asks means what waits for its
/// fixer.
pub fn does_something(kind: IntentKind, item: &Item) -> bool {
    let mut rules = said_with(kind).peekable();
    match rules.peek() {
        Some(_) => rules.any(|rule| rule.states.contains(&item.state)),
        None => item.state.is_with_fixer(),
    }
}

/// Whether this kind of intent changes nothing that anybody would want to take back.
pub fn is_harmless(kind: IntentKind) -> bool {
    let mut rules = said_with(kind).peekable();
    rules.peek().is_some() && rules.all(|rule| !rule.undo)
}

/// Whether this kind of intent, said of many items at once, wants a yes first.
pub fn is_weighty(kind: IntentKind) -> bool {
    said_with(kind).any(|rule| rule.weighty && rule.intents.first() == Some(&kind))
}

/// What a button says, in the words of an answer; none for one that only opens a question or looks.
pub fn meant_by(button: Action) -> Option<IntentKind> {
    let mut rules = table::TABLE.iter().filter(|rule| rule.pressed == Pressed::By(button));
    rules.find_map(|rule| rule.intents.first().copied())
}

/// Whether a person may do any of what a button stands for, on an item as it is.
pub fn may_press(person: PersonId, button: Action, item: &Item, world: &World) -> bool {
    let mut verbs = Verb::all().filter(|verb| verb.rule().pressed == Pressed::By(button)).peekable();
    match verbs.peek() {
        Some(_) => verbs.any(|verb| permitted(&Actor::Person(person), verb, item, world).is_ok()),
        None => true,
    }
}
