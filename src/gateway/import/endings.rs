//! What ends with an import: posts that a row replaced, and with a whole list who is missing from it.

use std::collections::HashSet;

use super::changes::{Change, RegisterChange, Subject};
use super::people::{ADMINISTRATOR, Office, Touched, kept, problem};
use super::{ImportReport, Whole};
use crate::core::org::{Directory, PersonId, PostId, UnitId};
use crate::ledger::{Place, Severity, Workbook};
use crate::store::people::{self, NewPerson};
use crate::store::{Result, Tx, links};

impl Office<'_> {
    /// What the file's rows replaced ends; with a whole list also what is missing from it.
    pub(super) async fn endings(
        &mut self,
        tx: &mut Tx,
        whole: Option<Whole>,
        workbook: &Workbook,
        report: &mut ImportReport,
    ) -> Result<()> {
        if workbook.people.is_empty() {
            return Ok(());
        }
        for at in 0..self.touched.len() {
            let Touched { id, named, held, .. } = &self.touched[at];
            let id = *id;
            let old: Vec<PostId> = held.iter().filter(|p| !named.contains(p)).copied().collect();
            let new = named.iter().filter(|p| !held.contains(p)).count();
            if old.is_empty() || new == 0 {
                continue;
            }
            if old.len() <= new {
                self.end_posts(tx, at, &old).await?;
                continue;
            }
            let posts: Vec<String> = old.iter().map(|p| self.posts.shown(*p, &self.tree.directory)).collect();
            let reason = "post-doubtful: the file gives a new post, and it is not clear which of the old ones it replaces; all stay";
            let hint = "list each post that stays in a row of its own, or people post end";
            let place = self.touched[at].change.place.clone().unwrap_or_default();
            let name = self.register.get(id).map(|e| e.person.name.clone()).unwrap_or_default();
            let about = format!("{name}: {}", posts.join("、"));
            report.problems.push(problem(&place, &name, Severity::Warning, reason, hint).about(about));
        }
        let seen: HashSet<PersonId> = self.touched.iter().map(|t| t.id).collect();
        let absent: Vec<PersonId> = self
            .register
            .all()
            .into_iter()
            .filter(|e| !e.person.gone && !seen.contains(&e.person.id))
            .map(|e| e.person.id)
            .collect();
        match whole {
            Some(_) if self.in_doubt => {
                let place = workbook.people.first().map(|r| r.place.clone()).unwrap_or_default();
                let reason = "whole-in-doubt: rows were left alone, so nothing that is missing from the file was ended";
                let place = Place { row: 0, column: None, ..place };
                report.problems.push(problem(
                    &place,
                    "",
                    Severity::Warning,
                    reason,
                    "mend these rows and import again",
                ));
            }
            Some(whole) => return self.end_what_is_missing(tx, whole, &absent, report).await,
            None => {}
        }
        for id in absent {
            report.absent.push(self.shown(&[id]));
        }
        Ok(())
    }

    async fn end_posts(&mut self, tx: &mut Tx, at: usize, posts: &[PostId]) -> Result<()> {
        let id = self.touched[at].id;
        for post in posts {
            let shown = self.posts.shown(*post, &self.tree.directory);
            self.touched[at].change.field("post", &shown, "");
            self.posts.end(tx, *post, id, self.gateway.now()).await?;
        }
        self.refresh_posts(id);
        Ok(())
    }

    /// The file is the whole list: posts in its part of the tree that it does not name end, and who holds none any more
    /// and stands in no row leaves.
    async fn end_what_is_missing(
        &mut self,
        tx: &mut Tx,
        whole: Whole,
        absent: &[PersonId],
        report: &mut ImportReport,
    ) -> Result<()> {
        let inside = |directory: &Directory, unit: UnitId| match whole {
            Whole::All => true,
            Whole::Below(top) => directory.chain(unit).contains(&top),
        };
        for at in 0..self.touched.len() {
            let Touched { id, named, .. } = &self.touched[at];
            let held = self.posts.of(*id).into_iter().filter(|p| !named.contains(&p.id));
            let ends: Vec<PostId> = held.filter(|p| inside(&self.tree.directory, p.unit)).map(|p| p.id).collect();
            self.end_posts(tx, at, &ends).await?;
        }
        for id in absent {
            let held = self.posts.of(*id);
            let ends: Vec<PostId> =
                held.iter().filter(|p| inside(&self.tree.directory, p.unit)).map(|p| p.id).collect();
            let leaves = ends.len() == held.len() && (whole == Whole::All || !ends.is_empty());
            if ends.is_empty() && !leaves {
                report.absent.push(self.shown(&[*id]));
                continue;
            }
            let Some(person) = self.register.get(*id).map(|e| e.person.clone()) else { continue };
            let what = if leaves { Change::Left } else { Change::Changed };
            if leaves && person.administrator && self.is_last_administrator(*id) {
                let reason = "administrator-last: the last administrator stays";
                let found =
                    problem(&Place::default(), &person.name, Severity::Warning, reason, "import the new one first");
                report.problems.push(found);
                continue;
            }
            let change = RegisterChange::new(Subject::Person, what, &person.name, None);
            let was_administrator = held.iter().any(|p| p.role == ADMINISTRATOR);
            let held = held.iter().map(|p| p.id).collect();
            let (named, says_administrator) = (Vec::new(), false);
            self.touched.push(Touched { id: *id, change, named, held, was_administrator, says_administrator });
            self.end_posts(tx, self.touched.len() - 1, &ends).await?;
            if leaves {
                people::retire(tx, *id, self.gateway.now()).await?;
                links::close_sessions(tx, *id).await?;
                if let Some(mut entry) = self.register.get(*id).cloned() {
                    entry.person.gone = true;
                    self.register.put(entry);
                }
            }
        }
        Ok(())
    }

    fn is_last_administrator(&self, id: PersonId) -> bool {
        !self.register.all().iter().any(|e| e.person.administrator && !e.person.gone && e.person.id != id)
    }

    /// Who is an administrator now, posts that nobody holds any more, and the report.
    pub(super) async fn settle(&mut self, tx: &mut Tx, report: &mut ImportReport) -> Result<()> {
        let touched = std::mem::take(&mut self.touched);
        let mut emptied: Vec<PostId> = Vec::new();
        for mut one in touched {
            let Some(entry) = self.register.get(one.id).cloned() else { continue };
            let holds = self.posts.of(one.id).iter().any(|p| p.role == ADMINISTRATOR);
            let before = entry.person.administrator;
            let mut now = before && !one.was_administrator || holds || one.says_administrator;
            if before && !now && !entry.person.gone && self.is_last_administrator(one.id) {
                let reason = "administrator-last: the last administrator stays";
                let name = entry.person.name.clone();
                report.problems.push(problem(
                    &Place::default(),
                    &name,
                    Severity::Warning,
                    reason,
                    "import the new one first",
                ));
                now = true;
            }
            if before != now && !entry.person.gone {
                let new = NewPerson { administrator: now, ..kept(&entry.person) };
                people::put_person(tx, Some(one.id), &new).await?;
                self.keep(one.id, &new)?;
                let word = |is: bool| if is { "yes" } else { "" };
                one.change.field(ADMINISTRATOR, word(before), word(now));
            }
            emptied.extend(one.held.iter().filter(|p| self.posts.is_vacant(**p)));
            if !one.change.fields.is_empty() || matches!(one.change.change, Change::Added | Change::Left) {
                report.people_changed += 1;
                report.register.push(one.change);
            }
        }
        emptied.sort();
        emptied.dedup();
        for post in emptied {
            let open = people::open_items_of_post(tx, post).await?;
            if open > 0 {
                let shown = self.posts.shown(post, &self.tree.directory);
                let reason = "post-emptied: nobody holds this post any more, and open items name it";
                let hint = "import the successor, or assign them to somebody";
                let found = problem(&Place::default(), &shown, Severity::Warning, reason, hint);
                report.problems.push(found.about(open.to_string()));
            }
        }
        Ok(())
    }
}
