//! One ledger line, column by column: ditto marks, required columns, people with their phones, dates.
//!
//! Says of every cell that cannot be used why, and what to do. Knows one line and the values above it;
//! which lines are items is decided in `rows`.

use std::sync::Arc;

use chrono::NaiveDate;

use super::cells::{self, HazardLevel, StatusClaim};
use super::due::{DueContext, DueReading};
use super::headers::{Column, Header, Key};
use super::memo::Memo;
use super::people::{PersonRef, looks_like_unit};
use super::rows::{Row, list, problem};
use super::sheet::Line;
use super::{Place, Problem, ReadContext, Severity, identity};

/// Key of the problem that a ditto mark has nothing to repeat.
pub const DITTO_EMPTY: &str = "ditto-empty";

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The cells of one line by column, ditto marks resolved.
pub(super) struct Cells<'a> {
    line: &'a Line,
    header: &'a Header,
    place: Place,
    problems: Vec<Problem>,
    /// Beside the header's columns.
    values: Vec<String>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(line: &'a Line, header: &'a Header, place: Place) -> Self {
        Self { line, header, place, problems: Vec::new(), values: Vec::with_capacity(header.columns.len()) }
    }

    /// Takes every cell, replaces 同上 by the value above and remembers the values for the next line. `above`: a text for
    /// each of the header's columns.
    pub(super) fn take(&mut self, above: &mut [String]) {
        for (column, above) in self.header.columns.iter().zip(above) {
            let mut text = cells::tidy(self.line.get(column.index));
            if cells::is_ditto(&text) {
                let mut about = String::new();
                let (severity, reason) = if above.is_empty() {
                    (Severity::Draft, format!("{DITTO_EMPTY}: nothing stands above to repeat"))
                } else {
                    text.clone_from(above);
                    about.clone_from(above);
                    (Severity::Note, format!("ditto: taken from the row above: {above}"))
                };
                let place = self.place.at(column.index, &column.header);
                self.problems.push(
                    problem(place, self.line.get(column.index), severity, reason, "write the value out").about(about),
                );
                if severity == Severity::Draft {
                    text.clear();
                }
            }
            above.clone_from(&text);
            self.values.push(text);
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

    /// The text of a column; empty when there is no such column.
    fn text(&self, key: Key) -> &str {
        let column = self.header.columns.iter().position(|c| c.key == Some(key));
        column.and_then(|c| self.values.get(c)).map_or("", String::as_str)
    }

    /// Like [`Self::text`], but a dash or 无 is empty.
    fn word(&self, key: Key) -> &str {
        let text = self.text(key);
        if cells::is_nothing(text) { "" } else { text }
    }

    /// A unit's name: a break or a space between Chinese characters is no part of it.
    fn name(&self, key: Key) -> String {
        cells::name(self.word(key))
    }

    fn at(&self, key: Key) -> Place {
        self.header.column(key).map_or_else(|| self.place.clone(), |c| self.place.at(c.index, &c.header))
    }

    fn report(&mut self, key: Key, severity: Severity, reason: impl Into<String>, hint: &str) {
        self.report_about(key, severity, reason, hint, "");
    }

    fn report_about(&mut self, key: Key, severity: Severity, reason: impl Into<String>, hint: &str, about: &str) {
        let found = problem(self.at(key), self.text(key), severity, reason, hint).about(about);
        self.problems.push(found);
    }

    fn people(&mut self, key: Key, memo: &mut Memo) -> Vec<PersonRef> {
        let text = self.text(key);
        let (mut people, unusable) = if text.is_empty() { Default::default() } else { memo.people(text) };
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
        let columns = self.header.columns.iter().zip(&self.values);
        for (column, text) in columns.filter(|(c, _)| c.key == Some(Key::Phone) && c.owner == Some(key)) {
            let mut people = people.iter_mut();
            for phone in cells::phones(text) {
                match phone {
                    cells::Phone::Number(number) => {
                        if let Some(person) = people.next() {
                            person.phone.get_or_insert(number);
                        }
                    }
                    cells::Phone::Rounded | cells::Phone::Unusable => {
                        let place = self.place.at(column.index, &column.header);
                        let reason = format!("phone-unusable: {text} is not a whole number");
                        self.problems.push(problem(place, text, Severity::Warning, reason, "enter the phone as text"));
                    }
                }
            }
        }
    }

    /// A date of the past; a doubtful one is reported and left out.
    fn past(&mut self, key: Key, date1904: bool, ctx: &ReadContext<'_>, memo: &mut Memo) -> Option<NaiveDate> {
        self.before(key, ctx.today, date1904, ctx, memo)
    }

    /// A date on or before a day, which completes a year that is not written.
    fn before(
        &mut self,
        key: Key,
        last: NaiveDate,
        date1904: bool,
        ctx: &ReadContext<'_>,
        memo: &mut Memo,
    ) -> Option<NaiveDate> {
        let text = self.word(key);
        if text.is_empty() {
            return None;
        }
        let day = memo.past(text, last, date1904, ctx);
        if day.is_none() {
            self.report(key, Severity::Warning, "date-unreadable: not a certain date", "write it as 2022-09-30");
        }
        day
    }

    fn found(&mut self, date1904: bool, ctx: &ReadContext<'_>, memo: &mut Memo) -> Option<NaiveDate> {
        self.header.column(Key::FoundOn)?; // that there is none was said once
        // Nothing is found after its deadline: an old ledger's 9月22日 is of the year that its deadlines name.
        let due = memo.past(self.text(Key::Due), ctx.today, date1904, ctx);
        let last = due.map_or(ctx.today, |due| due.min(ctx.today));
        let day = self.before(Key::FoundOn, last, date1904, ctx, memo);
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

    fn due(
        &mut self,
        found_on: Option<NaiveDate>,
        date1904: bool,
        ctx: &ReadContext<'_>,
        memo: &mut Memo,
    ) -> DueReading {
        let desk = DueContext { found_on: found_on.unwrap_or(ctx.today), date1904, days: ctx.days };
        let reading = memo.due(self.text(Key::Due), &desk);
        if reading.needs_a_person() {
            let why = reading.why.first().map_or("no deadline is given", String::as_str);
            let candidates =
                if reading.value.is_empty() { String::new() } else { format!("; could be {}", reading.value) };
            self.report_about(
                Key::Due,
                Severity::Draft,
                format!("due-{}: {why}{candidates}", reading.label),
                "write the deadline as 2022-09-30, as 5 working days, or as immediately",
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
        let level = HazardLevel::from_text(text);
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

    /// 是否销号 with a yes or a day that has been.
    fn says_closed(&self, date1904: bool, ctx: &ReadContext<'_>, memo: &mut Memo) -> bool {
        let closed = self.word(Key::Closed);
        let yes = |memo: &mut Memo| {
            memo.word(closed) >= StatusClaim::Done
                || memo.past(closed, ctx.today, date1904, ctx).is_some_and(|day| day <= ctx.today)
        };
        !closed.is_empty() && yes(memo)
    }

    fn require(&mut self, key: Key, severity: Severity, reason: &str, hint: &str) {
        if self.word(key).is_empty() {
            self.report(key, severity, reason, hint);
        }
    }

    /// The row's own number, where it is whole.
    fn code(&mut self) -> Option<String> {
        let code = self.word(Key::Code).to_owned();
        if identity::is_rounded(&code) {
            self.report(
                Key::Code,
                Severity::Draft,
                "code-rounded: the spreadsheet keeps fifteen digits of a number and has rounded this one",
                "set the column to text and enter the numbers again",
            );
            return None;
        }
        Some(code).filter(|code| !code.is_empty())
    }

    pub(super) fn into_row(
        mut self,
        date1904: bool,
        ctx: &ReadContext<'_>,
        columns: Arc<[Column]>,
        memo: &mut Memo,
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
            "name the unit, or write ditto",
        );
        let found_written = self.found(date1904, ctx, memo);
        let found_on = match self.header.column(Key::FoundOn) {
            Some(_) => found_written,
            None => Some(ctx.assumed_day()),
        };
        let due = self.due(found_on, date1904, ctx, memo);
        let severity = self.severity();
        let responsible = self.people(Key::Responsible, memo);
        if responsible.is_empty() {
            let (weight, hint) = match self.word(Key::ResponsibleUnit).is_empty() {
                true => (Severity::Draft, "name the person who must fix it"),
                false => (Severity::Warning, "the responsible unit's liaison will be asked"),
            };
            self.report(Key::Responsible, weight, "responsible-missing: nobody is named", hint);
        }
        let own = self.header.columns.iter().zip(&self.values).filter(|(c, _)| c.key.is_none() && !c.header.is_empty());
        let extra = own.map(|(c, text)| (c.header.clone(), text.clone())).collect();
        let code = self.code();
        let unit = self.name(Key::Unit);
        let look = identity::look(&unit, self.word(Key::Place), self.text(Key::Description), found_written);
        let status_alone = memo.claim(self.text(Key::Status), ctx);
        let says_closed = self.says_closed(date1904, ctx, memo);
        let text = |cells: &Self, key| cells.text(key).to_owned();
        let word = |cells: &Self, key| cells.word(key).to_owned();
        Row {
            key: code.as_deref().map_or_else(|| look.clone(), cells::fold),
            look,
            seq: text(&self, Key::Seq),
            code,
            list: Some(word(&self, Key::List)).filter(|l| !l.is_empty()),
            found_on,
            found_written,
            county: self.name(Key::County),
            town: self.name(Key::Town),
            industry: word(&self, Key::Industry),
            unit,
            place_text: word(&self, Key::Place),
            description: text(&self, Key::Description),
            severity_text: text(&self, Key::Severity),
            severity,
            basis: word(&self, Key::Basis),
            measures: word(&self, Key::Measures),
            funds: word(&self, Key::Funds),
            interim: word(&self, Key::Interim),
            note: text(&self, Key::Note),
            status: match says_closed && status_alone != StatusClaim::NothingFound {
                true => StatusClaim::Verified,
                false => status_alone,
            },
            status_alone,
            status_text: text(&self, Key::Status),
            due_text: match due.day().filter(|_| date1904 && is_number(self.text(Key::Due))) {
                // 44544 is another day in every other workbook.
                Some(day) => day.to_string(),
                None => text(&self, Key::Due),
            },
            due,
            responsible,
            leader: self.people(Key::Leader, memo),
            verifier: self.people(Key::Verifier, memo),
            assigner: self.people(Key::Assigner, memo),
            supervisor: self.people(Key::Supervisor, memo),
            cc: self.people(Key::Cc, memo),
            inspectors: self.people(Key::Inspectors, memo),
            responsible_unit: self.name(Key::ResponsibleUnit),
            supervise_unit: self.name(Key::SuperviseUnit),
            done_on: self.past(Key::DoneOn, date1904, ctx, memo),
            verified_on: self.past(Key::VerifiedOn, date1904, ctx, memo),
            closed_text: text(&self, Key::Closed),
            says_closed,
            tags: list(self.word(Key::Tags)),
            extra,
            place: self.place,
            problems: self.problems,
            columns,
        }
    }
}
