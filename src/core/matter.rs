//! What somebody can be told of as it stands: planned, looked at again before a send, written in a line, answered.

use std::fmt::Debug;

use chrono::{DateTime, Utc};

use super::act::with_a_part;
use super::compose::{Desk, Entry, Heading};
use super::item::{Item, Severity};
use super::message::{Action, Line};
use super::notice::Notice;
use super::numbers::Listed;
use super::org::{PersonId, UnitId};
use super::plan::{self, Plan};
use super::subject::Subject;
use super::world::World;

/// A subject as it stands, whatever its kind. The loops plan, re-check, compose and offer by this alone.
pub trait Matter: Debug + Send + Sync {
    /// Its kind and id.
    fn subject(&self) -> Subject;

    /// Who must hear what of it by now, and when to look again.
    fn plan(&self, world: &World) -> Plan;

    /// Whether a notice about it still holds, and for the person whom it names.
    fn still_true(&self, notice: &Notice, world: &World) -> bool;

    /// To which unit it belongs: what a pause of the unit holds back.
    fn unit(&self) -> Option<UnitId>;

    /// So grave that nothing urgent about it waits for a pause.
    fn is_grave(&self) -> bool;

    /// By when it is to be done.
    fn due(&self) -> Option<DateTime<Utc>>;

    /// Its title may not be shown where others read.
    fn is_confidential(&self) -> bool;

    /// Where a reason to tell of it stands in the reader's message.
    fn heading(&self, entry: &Entry, desk: &Desk) -> Heading;

    /// Its line under a heading, numbered by the caller. `all`: every reason to write of it.
    fn line(&self, of: (Heading, &Entry), all: &[&Entry], desk: &Desk) -> Line;

    /// Buttons that help the reader: nothing that the rules would refuse.
    fn offers(&self, of: (Heading, &Entry), all: &[&Entry], desk: &Desk) -> Vec<Action>;

    /// What becomes of the number by which the reader answers.
    fn listed(&self, reader: PersonId, world: &World) -> Listed;
}

impl Matter for Item {
    fn subject(&self) -> Subject {
        Subject::Item(self.id)
    }

    fn plan(&self, world: &World) -> Plan {
        plan::plan(self, world)
    }

    fn still_true(&self, notice: &Notice, world: &World) -> bool {
        plan::still_true(self, world, notice)
    }

    fn unit(&self) -> Option<UnitId> {
        self.unit
    }

    fn is_grave(&self) -> bool {
        self.severity == Severity::Major || self.listed
    }

    fn due(&self) -> Option<DateTime<Utc>> {
        self.current_due
    }

    fn is_confidential(&self) -> bool {
        self.confidential
    }

    fn heading(&self, entry: &Entry, desk: &Desk) -> Heading {
        desk.heading_of(entry, self)
    }

    fn line(&self, (heading, entry): (Heading, &Entry), all: &[&Entry], desk: &Desk) -> Line {
        let (code, title) = (self.code.clone(), self.title.clone());
        Line { number: 0, subject: self.subject(), code, title, detail: desk.detail(heading, entry, self, all) }
    }

    fn offers(&self, of: (Heading, &Entry), all: &[&Entry], desk: &Desk) -> Vec<Action> {
        desk.offers(of, all, self)
    }

    fn listed(&self, reader: PersonId, world: &World) -> Listed {
        match (self.state.is_open(), with_a_part(self, world).contains(&reader)) {
            (false, _) => Listed::Finished,
            (true, true) => Listed::Theirs,
            (true, false) => Listed::Told,
        }
    }
}
