//! Numbers that stay: what a number means to one person, in whatever message or list they read it.
//!
//! A number is one thing's from the day it was first listed to them until that is finished, or no longer theirs. It
//! then rests before it is given again, so that an answer to what was read some days ago cannot mean something new.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};

use super::message::{Message, Numbering};
use super::subject::Subject;

/// How long a number that became free rests before it is given again.
pub const REST: Duration = Duration::days(7);

/// What becomes of a number with a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Its reader has a part in it.
    Theirs,
    /// Its reader is only told of it.
    Told,
    /// Finished when it was listed.
    Finished,
}

/// A number of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub names: Subject,
    /// Before that nobody could mean it by this number.
    pub given_at: DateTime<Utc>,
    /// Since when it is free; it goes on naming what it named until it is given again.
    pub freed_at: Option<DateTime<Utc>>,
    /// Its reader has seen it.
    pub shown: bool,
}

/// Numbers that a store which was lost may have given: they rest like those that became free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    pub up_to: u32,
    pub until: DateTime<Utc>,
}

/// All numbers of one person.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    given: BTreeMap<u32, Given>,
    lost: Option<Lost>,
    changed: BTreeSet<u32>,
}

impl Numbers {
    /// Numbers as they are on record.
    pub fn new(given: impl IntoIterator<Item = (u32, Given)>) -> Numbers {
        Numbers { given: given.into_iter().collect(), ..Numbers::default() }
    }

    /// The same where others may have been given that are not on record.
    pub fn beside(self, lost: Option<Lost>) -> Numbers {
        Numbers { lost, ..self }
    }

    /// What a number names, or named last.
    pub fn get(&self, number: u32) -> Option<&Given> {
        self.given.get(&number)
    }

    /// Numbers in use, in order.
    pub fn in_use(&self) -> impl Iterator<Item = (u32, Subject)> + '_ {
        self.given.iter().filter(|(_, given)| given.freed_at.is_none()).map(|(number, given)| (*number, given.names))
    }

    /// Whether their reader has seen one of those in use.
    pub fn any_shown(&self) -> bool {
        self.given.values().any(|given| given.freed_at.is_none() && given.shown)
    }

    /// What is to be written down.
    pub fn changed(&self) -> impl Iterator<Item = (u32, &Given)> {
        self.changed.iter().filter_map(|number| Some((*number, self.given.get(number)?)))
    }

    /// The number of something that is listed now: the one that it has, else the lowest that is free and has rested.
    /// What is finished already takes none up, and who is told that something is no longer theirs gets it back by nothing.
    pub fn of(&mut self, names: Subject, listed: Listed, now: DateTime<Utc>) -> u32 {
        if let Some((number, given)) = self.given.iter_mut().find(|(_, given)| given.names == names) {
            let freed_at = match listed {
                Listed::Theirs => None,
                Listed::Told => given.freed_at,
                Listed::Finished => given.freed_at.or(Some(now)),
            };
            if given.freed_at != freed_at {
                given.freed_at = freed_at;
                self.changed.insert(*number);
            }
            return *number;
        }
        let is_free =
            |number: &u32| self.given.get(number).is_none_or(|g| g.freed_at.is_some_and(|at| at + REST <= now));
        let lowest = self.lost.filter(|lost| now < lost.until).map_or(1, |lost| lost.up_to.saturating_add(1));
        let number = (lowest..).find(is_free).unwrap_or(u32::MAX);
        let freed_at = (listed == Listed::Finished).then_some(now);
        self.given.insert(number, Given { names, given_at: now, freed_at, shown: false });
        self.changed.insert(number);
        number
    }

    /// Puts the lines of a message, and their buttons, under the numbers of its reader.
    pub fn write(&mut self, message: &mut Message, listed: impl Fn(Subject) -> Listed, now: DateTime<Utc>) {
        let mut moved = Vec::new();
        for line in message.lines_mut() {
            let number = self.of(line.subject, listed(line.subject), now);
            moved.push((line.number, number));
            line.number = number;
        }
        message.move_buttons(&moved);
        let tells = match moved.as_slice() {
            [] => return,
            // The only number that somebody has tells them nothing; from the second on, each is said.
            [(_, one)] => *one != 1 || self.in_use().count() > 1 || self.get(*one).is_some_and(|given| given.shown),
            _ => true,
        };
        if message.numbering != Numbering::Shown {
            message.numbering = if tells { Numbering::Shown } else { Numbering::Lasting };
        }
    }

    /// The reader sees the numbers of a message, as far as it says them.
    pub fn show(&mut self, message: &Message) {
        if message.numbering != Numbering::Shown {
            return;
        }
        for line in message.lines() {
            if let Some(given) = self.given.get_mut(&line.number)
                && !given.shown
                && given.names == line.subject
            {
                given.shown = true;
                self.changed.insert(line.number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::ItemId;
    use crate::message::{Action, Line, Press, Section};

    fn day(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::days(n)
    }

    fn item(n: i64) -> Subject {
        Subject::Item(ItemId(n))
    }

    #[test]
    fn the_lowest_number_is_given_that_is_free_and_has_rested() {
        let mut numbers = Numbers::default();
        assert_eq!([7, 8, 9].map(|n| numbers.of(item(n), Listed::Theirs, day(0))), [1, 2, 3]);
        assert_eq!(numbers.of(item(8), Listed::Finished, day(1)), 2, "finished, it is still called so");
        assert_eq!(numbers.of(item(10), Listed::Theirs, day(2)), 4, "a number that became free rests");
        assert_eq!(numbers.of(item(11), Listed::Theirs, day(7)), 5);
        assert_eq!(numbers.of(item(12), Listed::Theirs, day(8)), 2, "and is given again after that");
        assert_eq!(numbers.of(item(8), Listed::Theirs, day(9)), 6, "what came back too late has a new one");
    }

    #[test]
    fn what_comes_back_before_its_number_was_given_again_has_it_again() {
        let mut numbers = Numbers::default();
        numbers.of(item(1), Listed::Theirs, day(0));
        numbers.of(item(1), Listed::Finished, day(1));
        assert_eq!(numbers.of(item(1), Listed::Theirs, day(30)), 1);
        assert_eq!(numbers.in_use().count(), 1);
        assert_eq!(numbers.of(item(2), Listed::Theirs, day(60)), 2);
    }

    #[test]
    fn who_is_told_that_it_is_no_longer_theirs_gets_no_number_back() {
        let mut numbers =
            Numbers::new([(1, Given { names: item(1), given_at: day(0), freed_at: Some(day(1)), shown: true })]);
        assert_eq!(numbers.of(item(1), Listed::Told, day(2)), 1);
        assert_eq!(numbers.of(item(2), Listed::Told, day(9)), 1);
        assert_eq!(numbers.of(item(3), Listed::Theirs, day(99)), 2, "whoever is told has it until it is finished");
    }

    #[test]
    fn what_is_finished_when_it_is_first_listed_takes_no_number_up_for_good() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.of(item(1), Listed::Finished, day(0)), 1);
        assert_eq!(numbers.of(item(2), Listed::Theirs, day(1)), 2);
        assert_eq!(numbers.of(item(3), Listed::Theirs, day(7)), 1);
    }

    #[test]
    fn numbers_that_a_lost_store_may_have_given_rest_like_free_ones() {
        let lost = Lost { up_to: 40, until: day(7) };
        let known = (1, Given { names: item(1), given_at: day(0), freed_at: None, shown: true });
        let mut numbers = Numbers::new([known]).beside(Some(lost));
        assert_eq!(numbers.of(item(1), Listed::Theirs, day(1)), 1, "what is on record is called as before");
        assert_eq!(numbers.of(item(2), Listed::Theirs, day(1)), 41);
        assert_eq!(numbers.of(item(3), Listed::Theirs, day(7)), 2, "after seven days the lowest again");
    }

    fn message(items: &[i64]) -> Message {
        let line = |(n, id): (usize, &i64)| Line {
            number: n as u32 + 1,
            subject: item(*id),
            code: format!("A{id}"),
            title: String::new(),
            detail: String::new(),
        };
        let lines: Vec<Line> = items.iter().enumerate().map(line).collect();
        let press = |n: u32, label: &str| Press { label: label.into(), verb: Action::Done, line: n };
        let mut buttons =
            vec![vec![press(1, "①完成"), press(2, "②完成")], vec![press(0, "知道了"), press(500, "撤销")]];
        buttons[0].truncate(lines.len());
        Message { sections: vec![Section { heading: String::new(), lines }], buttons, ..Message::default() }
    }

    #[test]
    fn buttons_follow_their_lines() {
        let mut numbers = Numbers::default();
        numbers.of(item(1), Listed::Theirs, day(0));
        numbers.of(item(2), Listed::Theirs, day(0));
        let mut list = message(&[3, 1]);
        numbers.write(&mut list, |_| Listed::Theirs, day(0));
        let presses: Vec<_> = list.buttons.concat().into_iter().map(|p| (p.label, p.line)).collect();
        let expected = [("③完成", 3), ("①完成", 1), ("知道了", 0), ("撤销", 500)];
        assert_eq!(presses, expected.map(|(label, line)| (label.to_owned(), line)));
        assert_eq!(list.item(3), Some(ItemId(3)));
        let before = list.clone();
        numbers.write(&mut list, |_| Listed::Theirs, day(1));
        assert_eq!(list, before, "a second time nothing moves");
    }

    #[test]
    fn the_only_number_that_somebody_has_is_not_said_until_a_list_said_it() {
        let mut numbers = Numbers::default();
        let mut alone = message(&[1]);
        numbers.write(&mut alone, |_| Listed::Theirs, day(0));
        numbers.show(&alone);
        assert_eq!((alone.numbering, numbers.get(1).map(|g| g.shown)), (Numbering::Lasting, Some(false)));
        let mut second = message(&[2]);
        numbers.write(&mut second, |_| Listed::Theirs, day(0));
        numbers.show(&second);
        assert_eq!((second.numbering, numbers.get(2).map(|g| g.shown)), (Numbering::Shown, Some(true)));
        let mut both = message(&[2, 1]);
        numbers.write(&mut both, |_| Listed::Theirs, day(0));
        numbers.show(&both);
        numbers.of(item(2), Listed::Finished, day(1));
        numbers.write(&mut alone, |_| Listed::Theirs, day(1));
        assert_eq!(alone.numbering, Numbering::Shown, "what was known once stays said");
    }
}
