//! One ledger line, column by column: ditto marks, required columns, people with their phones, dates.
//!
//! Says of every cell that cannot be used why, and what to do. Knows one line and the values above it;
//! which lines are items is decided in `rows`.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::cells::{self, HazardLevel, StatusClaim};
use super::due::{self, DueContext, DueReading};
use super::headers::{Column, Header, Key};
use super::people::{PersonRef, looks_like_unit, read_people};
use super::rows::{Row, list, problem};
use super::sheet::Line;
use super::{Place, Problem, ReadContext, Severity, identity};

/// Key of the problem that a ditto mark has nothing to repeat.
pub(crate) const DITTO_EMPTY: &str = "ditto-empty";

/// The cells of one line by column, ditto marks resolved.
pub(super) struct Cells<'a> {
    line: &'a Line,
    header: &'a Header,
    place: Place,
    problems: Vec<Problem>,
    values: HashMap<usize, String>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(line: &'a Line, header: &'a Header, place: Place) -> Self {
        Self { line, header, place, problems: Vec::new(), values: HashMap::new() }
    }

    /// Takes every cell, replaces 同上 by the value above and remembers the values for the next line.
    pub(super) fn take(&mut self, above: &mut HashMap<usize, String>) {
        for column in &self.header.columns {
            let mut text = cells::tidy(self.line.get(column.index));
            if cells::is_ditto(&text) {
                let mut about = String::new();
                let (severity, reason) = match above.get(&column.index).filter(|t| !t.is_empty()) {
                    Some(value) => {
                        let note = (Severity::Note, format!("ditto: taken from the row above: {value}"));
                        text.clone_from(value);
                        about.clone_from(value);
                        note
                    }
                    None => (Severity::Draft, format!("{DITTO_EMPTY}: nothing stands above to repeat")),
                };
                let place = self.place.at(column.index, &column.header);
                self.problems.push(
                    problem(place, self.line.get(column.index), severity, reason, "write the value out").about(about),
                );
                if severity == Severity::Draft {
                    text.clear();
                }
            }
            above.insert(column.index, text.clone());
            self.values.insert(column.index, text);
        }
    }

    /// Says which cells hold a formula that was never calculated.
    pub(super) fn miss(&mut self, uncalculated: &[(u32, u16)]) {
        for (_, column) in uncalculated.iter().filter(|(row, _)| *row == self.line.number) {
            let index = usize::from(*column);
            let Some(known) = self.header.columns.iter().find(|c| c.index == index) else { continue };
            self.problems.push(problem(
                self.place.at(index, &known.header),
                "",
                if known.key.is_some() { Severity::Draft } else { Severity::Warning },
                "formula-uncalculated: the cell holds a formula without a value",
                "open the file in a spreadsheet program and save it, or type the value",
            ));
        }
    }

    fn text(&self, key: Key) -> String {
        let column = self.header.column(key);
        column.and_then(|c| self.values.get(&c.index)).cloned().unwrap_or_default()
    }

    /// Like [`Self::text`], but a dash or 无 is empty.
    fn word(&self, key: Key) -> String {
        let text = self.text(key);
        if cells::is_nothing(&text) { String::new() } else { text }
    }

    /// A unit's name: a break or a space between Chinese characters is no part of it.
    fn name(&self, key: Key) -> String {
        cells::name(&self.word(key))
    }

    fn at(&self, key: Key) -> Place {
        self.header.column(key).map_or_else(|| self.place.clone(), |c| self.place.at(c.index, &c.header))
    }

    fn report(&mut self, key: Key, severity: Severity, reason: impl Into<String>, hint: &str) {
        self.report_about(key, severity, reason, hint, "");
    }

    fn report_about(&mut self, key: Key, severity: Severity, reason: impl Into<String>, hint: &str, about: &str) {
        let value = self.text(key);
        let place = self.at(key);
        self.problems.push(problem(place, &value, severity, reason, hint).about(about));
    }

    fn people(&mut self, key: Key) -> Vec<PersonRef> {
        let (mut people, unusable) = read_people(&self.text(key));
        for phone in unusable {
            self.report(
                key,
                Severity::Warning,
                format!("phone-unusable: {phone} is not a whole number"),
                "enter the phone as text",
            );
        }
        if let Some(first) = people.first()
            && looks_like_unit(&first.name)
            && key == Key::Responsible
        {
            let reason = format!("unit-for-person: {} reads like an office", first.name);
            self.report(key, Severity::Warning, reason, "name a person, or let the unit's liaison take it");
        }
        self.phones(key, &mut people);
        people
    }

    /// Adds the numbers of phone columns that belong to this column of people.
    fn phones(&mut self, key: Key, people: &mut [PersonRef]) {
        let columns: Vec<Column> =
            self.header.columns.iter().filter(|c| c.key == Some(Key::Phone) && c.owner == Some(key)).cloned().collect();
        for column in columns {
            let text = self.values.get(&column.index).cloned().unwrap_or_default();
            let parts = text.split(['、', '，', ',', ';', '；', '/', '\n', ' ']).filter(|p| !p.trim().is_empty());
            for (i, part) in parts.enumerate() {
                match (cells::phone(part), people.get_mut(i)) {
                    (Some(cells::Phone::Number(n)), Some(person)) => {
                        person.phone.get_or_insert(n);
                    }
                    (None | Some(cells::Phone::Number(_)), _) => {}
                    (Some(_), _) => {
                        let place = self.place.at(column.index, &column.header);
                        let reason = format!("phone-unusable: {part} is not a whole number");
                        self.problems.push(problem(place, part, Severity::Warning, reason, "enter the phone as text"));
                    }
                }
            }
        }
    }

    /// A date of the past; a doubtful one is reported and left out.
    fn past(&mut self, key: Key, date1904: bool, ctx: &ReadContext<'_>) -> Option<NaiveDate> {
        self.before(key, ctx.today, date1904, ctx)
    }

    /// A date on or before a day, which completes a year that is not written.
    fn before(&mut self, key: Key, last: NaiveDate, date1904: bool, ctx: &ReadContext<'_>) -> Option<NaiveDate> {
        let text = self.word(key);
        if text.is_empty() {
            return None;
        }
        let day = due::read_past_date(&text, last, date1904, ctx.days);
        if day.is_none() {
            self.report(key, Severity::Warning, "date-unreadable: not a certain date", "write it as 2022-09-30");
        }
        day
    }

    fn found(&mut self, date1904: bool, ctx: &ReadContext<'_>) -> Option<NaiveDate> {
        // Nothing is found after its deadline: an old ledger's 9月22日 is of the year that its deadlines name.
        let due = due::read_past_date(&self.text(Key::Due), ctx.today, date1904, ctx.days);
        let last = due.map_or(ctx.today, |due| due.min(ctx.today));
        let day = self.before(Key::FoundOn, last, date1904, ctx);
        match day {
            None => self.report(
                Key::FoundOn,
                Severity::Draft,
                "found-missing: no certain date of discovery",
                "enter the day of the inspection as 2022-09-22",
            ),
            Some(d) if d > ctx.today => self.report(
                Key::FoundOn,
                Severity::Warning,
                "found-in-future: lies after the day of import",
                "check the date of discovery",
            ),
            Some(_) => {}
        }
        day
    }

    fn due(&mut self, found_on: Option<NaiveDate>, date1904: bool, ctx: &ReadContext<'_>) -> DueReading {
        let desk = DueContext { found_on: found_on.unwrap_or(ctx.today), date1904, days: ctx.days };
        let reading = due::read_due(&self.text(Key::Due), &desk);
        if reading.needs_a_person() {
            let why = reading.why.first().map_or("no deadline is given", String::as_str);
            let candidates =
                if reading.value.is_empty() { String::new() } else { format!("; could be {}", reading.value) };
            self.report_about(
                Key::Due,
                Severity::Draft,
                format!("due-{}: {why}{candidates}", reading.label),
                "write the deadline as 2022-09-30, as 5个工作日, or as 立即整改",
                if reading.value.is_empty() { why } else { &reading.value },
            );
        } else {
            for why in &reading.why {
                self.report_about(Key::Due, Severity::Note, format!("due-read: {why}"), "", why);
            }
        }
        if let (Some(day), Some(found)) = (reading.day(), found_on)
            && day < found
        {
            self.report(
                Key::Due,
                Severity::Warning,
                "due-before-found: the deadline lies before the discovery",
                "check both dates",
            );
        }
        reading
    }

    fn severity(&mut self) -> Option<HazardLevel> {
        let text = self.word(Key::Severity);
        let level = HazardLevel::from_text(&text);
        if text.is_empty() {
            self.report(Key::Severity, Severity::Draft, "severity-missing: no grade is given", "enter 一般 or 重大");
        } else if level.is_none() {
            self.report(
                Key::Severity,
                Severity::Draft,
                "severity-unknown: the grade is not known",
                "enter 一般 or 重大",
            );
        } else if level == Some(HazardLevel::Larger) {
            self.report(Key::Severity, Severity::Note, "severity-local: a local grade, kept as such", "");
        }
        level
    }

    /// What the columns for the state claim together. 是否销号 with a yes or a day says that it was closed.
    /// `claims` remembers what a column's few words mean.
    fn status(
        &self,
        text: &str,
        date1904: bool,
        ctx: &ReadContext<'_>,
        claims: &mut HashMap<String, StatusClaim>,
    ) -> StatusClaim {
        let claim = match claims.get(text) {
            Some(claim) => *claim,
            None => *claims.entry(text.to_owned()).or_insert(StatusClaim::read(text, ctx.today, ctx.days)),
        };
        let closed = self.word(Key::Closed);
        let yes = StatusClaim::from_text(&closed) >= StatusClaim::Done
            || due::read_past_date(&closed, ctx.today, date1904, ctx.days).is_some();
        if yes && !closed.is_empty() && claim != StatusClaim::NothingFound { StatusClaim::Verified } else { claim }
    }

    fn require(&mut self, key: Key, severity: Severity, reason: &str, hint: &str) {
        if self.word(key).is_empty() {
            self.report(key, severity, reason, hint);
        }
    }

    pub(super) fn into_row(
        mut self,
        date1904: bool,
        ctx: &ReadContext<'_>,
        columns: Arc<[Column]>,
        claims: &mut HashMap<String, StatusClaim>,
    ) -> Row {
        self.require(
            Key::Description,
            Severity::Draft,
            "description-missing: nothing says what is wrong",
            "describe the hazard",
        );
        self.require(
            Key::Unit,
            Severity::Draft,
            "unit-missing: blank is not taken for the row above",
            "name the unit, or write 同上",
        );
        let found_on = self.found(date1904, ctx);
        let due = self.due(found_on, date1904, ctx);
        let severity = self.severity();
        let responsible = self.people(Key::Responsible);
        if responsible.is_empty() {
            let (weight, hint) = match self.word(Key::ResponsibleUnit).is_empty() {
                true => (Severity::Draft, "name the person who must fix it"),
                false => (Severity::Warning, "the responsible unit's liaison will be asked"),
            };
            self.report(Key::Responsible, weight, "responsible-missing: nobody is named", hint);
        }
        let extra = self.header.columns.iter().filter(|c| c.key.is_none() && !c.header.is_empty());
        let extra = extra.map(|c| (c.header.clone(), self.values.get(&c.index).cloned().unwrap_or_default())).collect();
        let code = Some(self.word(Key::Code)).filter(|c| !c.is_empty());
        let (unit, place_text, description) =
            (self.name(Key::Unit), self.word(Key::Place), self.text(Key::Description));
        let look = identity::look(&unit, &place_text, &description, found_on);
        let status_text = self.text(Key::Status);
        Row {
            key: code.as_deref().map_or_else(|| look.clone(), cells::fold),
            look,
            seq: self.text(Key::Seq),
            code,
            list: Some(self.word(Key::List)).filter(|l| !l.is_empty()),
            found_on,
            county: self.name(Key::County),
            town: self.name(Key::Town),
            industry: self.word(Key::Industry),
            unit,
            place_text,
            description,
            severity_text: self.text(Key::Severity),
            severity,
            basis: self.word(Key::Basis),
            measures: self.word(Key::Measures),
            funds: self.word(Key::Funds),
            interim: self.word(Key::Interim),
            note: self.text(Key::Note),
            status: self.status(&status_text, date1904, ctx, claims),
            status_text,
            due_text: self.text(Key::Due),
            due,
            responsible,
            leader: self.people(Key::Leader),
            verifier: self.people(Key::Verifier),
            assigner: self.people(Key::Assigner),
            supervisor: self.people(Key::Supervisor),
            cc: self.people(Key::Cc),
            inspectors: self.people(Key::Inspectors),
            responsible_unit: self.name(Key::ResponsibleUnit),
            supervise_unit: self.name(Key::SuperviseUnit),
            done_on: self.past(Key::DoneOn, date1904, ctx),
            verified_on: self.past(Key::VerifiedOn, date1904, ctx),
            closed_text: self.text(Key::Closed),
            tags: list(&self.word(Key::Tags)),
            extra,
            place: self.place,
            problems: self.problems,
            columns,
        }
    }
}
