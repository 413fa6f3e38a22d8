//! Below the lines of a message: its buttons, its foot, and the table of a unit.

use chrono::{DateTime, Utc};

use super::{Desk, Entry, Heading};

use crate::digest::{Digest, Figures, percent, thousands};
use crate::item::Role;
use crate::message::{Action, Message, Press, Section, Table};
use crate::words::{circled, day, moment};

impl Desk<'_> {
    /// At most six rows: what a thumb can find.
    pub(super) fn buttons(&self, sections: &[(Heading, Section)], entries: &[Entry]) -> Vec<Vec<Press>> {
        let count: usize = sections.iter().map(|(_, s)| s.lines.len()).sum();
        let mut rows: Vec<Vec<Press>> = Vec::new();
        let mut noted = false;
        for (heading, section) in sections {
            if matches!(heading, Heading::Escalated | Heading::Unblock) && !noted {
                noted = true;
                let label = self.phrase(Action::Noted.label(), &[]);
                rows.push(vec![Press { label, verb: Action::Noted, line: 0 }]);
            }
            for line in &section.lines {
                let all: Vec<&Entry> = entries.iter().filter(|e| e.is_about(line.subject)).collect();
                let here = all.iter().copied().find(|e| self.heading(e) == *heading);
                let Some((entry, matter)) = here.and_then(|e| Some((e, e.about.as_ref()?))) else { continue };
                let number = if count > 1 { circled(line.number) } else { String::new() };
                let press = |verb: Action| Press {
                    label: format!("{number}{}", self.phrase(verb.label(), &[])),
                    verb,
                    line: line.number,
                };
                let verbs = matter.offers((*heading, entry), &all, self);
                let row: Vec<Press> = verbs.into_iter().map(press).collect();
                if rows.len() < 6 && !row.is_empty() {
                    rows.push(row);
                }
            }
        }
        rows
    }

    pub(super) fn foot(&self, sections: &[(Heading, Section)]) -> Vec<String> {
        let has = |headings: &[Heading]| sections.iter().any(|(h, _)| headings.contains(h));
        let many = sections.iter().map(|(_, s)| s.lines.len()).sum::<usize>() > 1;
        let mut foot = Vec::new();
        if has(&[Heading::Overdue, Heading::DueToday, Heading::New, Heading::Upcoming, Heading::PreHoliday]) {
            foot.push(self.phrase(if many { "foot_fixer_many" } else { "foot_fixer" }, &[]));
        }
        if has(&[Heading::Verify]) {
            foot.push(self.phrase("foot_verifier", &[]));
        }
        foot
    }

    /// The supervising office's table (DOMAIN 4.2).
    /// `since`: the cut-off of the table before, with its figures where it had any.
    pub fn table(&self, digest: &Digest, (since, before): (DateTime<Utc>, Option<&Figures>), office: &str) -> Message {
        let zone = self.world.policy.zone;
        let all = &digest.all;
        let date = day(self.locale(), digest.cutoff, zone);
        let delta = before.map_or(String::new(), |before| {
            let change = i128::from(all.overdue) - i128::from(before.overdue);
            self.phrase("table_delta", &[("delta", format!("{change:+}"))])
        });
        let n = |v: u64| thousands(v);
        let mut lead = vec![
            self.phrase(
                "table_counts",
                &[
                    ("new", n(all.new)),
                    ("closed_today", n(all.newly_closed)),
                    ("since", moment(self.locale(), since, zone)),
                    ("open", n(all.open())),
                    ("in_progress", n(all.in_progress)),
                    ("waiting", n(all.waiting)),
                    ("overdue", n(all.overdue)),
                    ("delta", delta),
                    ("major", n(all.major_open)),
                ],
            ),
            self.phrase(
                "table_rates",
                &[
                    ("rate", percent(all.closed, all.total)),
                    ("total", n(all.total)),
                    ("closed", n(all.closed)),
                    ("on_time", percent(all.on_time, all.timed)),
                    ("in_time", n(all.on_time)),
                    ("timed", n(all.timed)),
                    ("on_first_time", percent(all.on_first_time, all.timed)),
                    ("overdue_rate", percent(all.overdue, all.open())),
                    ("overdue", n(all.overdue)),
                    ("open", n(all.open())),
                    ("unacknowledged", n(all.unacknowledged)),
                ],
            ),
        ];
        if all.undated > 0 {
            lead.push(self.phrase("table_undated", &[("count", n(all.undated))]));
        }
        if all.administrative > 0 {
            lead.push(self.phrase("table_administrative", &[("count", n(all.administrative))]));
        }
        let columns = (1..=11).map(|i| self.phrase(&format!("table_column_{i}"), &[])).collect();
        let row = |f: &Figures| {
            let longest = if f.overdue == 0 { "-".to_owned() } else { f.longest.to_string() };
            vec![
                f.unit.clone(),
                n(f.total),
                n(f.closed),
                percent(f.closed, f.total),
                n(f.in_progress),
                n(f.waiting),
                n(f.overdue),
                n(f.major_overdue),
                n(f.unacknowledged),
                n(f.extending),
                longest,
            ]
        };
        let mut notes = Vec::new();
        for listed in &digest.overdue {
            let item = &listed.item;
            notes.push(self.phrase(
                "table_overdue_line",
                &[
                    ("code", item.code.clone()),
                    ("title", item.title.clone()),
                    ("who", self.names(item, Role::Responsible)),
                    ("due", item.current_due.map_or(String::new(), |d| day(self.locale(), d, zone))),
                    ("days", listed.days.to_string()),
                ],
            ));
        }
        for listed in digest.unverified.iter().filter(|l| l.days >= 1) {
            notes.push(self.phrase(
                "table_unverified_line",
                &[
                    ("code", listed.item.code.clone()),
                    ("title", listed.item.title.clone()),
                    ("who", self.names(&listed.item, Role::Verifier)),
                    ("days", listed.days.to_string()),
                ],
            ));
        }
        Message {
            title: self.phrase("table_title", &[("office", office.to_owned()), ("date", date)]),
            lead,
            table: Some(Table {
                caption: self.phrase("table_caption", &[("cutoff", moment(self.locale(), digest.cutoff, zone))]),
                columns,
                rows: digest.rows.iter().filter(|r| r.total > 0).map(row).collect(),
                notes,
            }),
            ..Message::default()
        }
    }
}
