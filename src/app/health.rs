//! How the office stands: the policy walked on the real directory, items without a living owner, people who cannot be
//! told anything, calendars that end, and entries that look doubled.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::Result;
use super::people::{Register, unlinked};
use crate::core::item::{Item, ItemId};
use crate::core::org::{PersonId, UnitId};
use crate::core::owners::last_owner;
use crate::core::policy::Urgency;
use crate::core::walk::{self, Addressee, Gap};
use crate::gateway::Gateway;
use crate::store::items;
use crate::store::people::Contact;

/// How people get to their pages.
const LINKS: &str = "hand out their links: dutybell people link NAME --channel desk";
/// Names shown of a long list.
const SHOWN: usize = 5;
/// From this month on next year's calendar is asked for.
const ASK_FROM: u32 = 11;
/// Items read at a time.
const PAGE: i64 = 2_000;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Good,
    /// Somebody hears, but not whom the office means; or it will be so.
    Warn,
    /// Somebody who must hear does not.
    Bad,
}

/// One line about the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub grade: Grade,
    /// `policy`, `items`, `people`, `units`, `calendar`, `database` …
    pub what: &'static str,
    pub text: String,
}

pub(super) fn finding(grade: Grade, what: &'static str, text: impl Into<String>) -> Finding {
    Finding { grade, what, text: text.into() }
}

/// An office as it is looked at: everybody, all open items, and the channels by which people hear.
pub struct Look<'a> {
    gateway: &'a Gateway,
    pub register: Register,
    open: Vec<Item>,
    /// Channels by which people would hear, as far as they carry what is urgent.
    channels: Vec<String>,
    /// Who was told of which open item on a page of ours, and when the last of it was due.
    on_pages: Vec<(PersonId, ItemId, DateTime<Utc>)>,
}

impl<'a> Look<'a> {
    /// Reads what is looked at. `channels`: those in use; `None`: the gateway's own.
    ///
    /// # Errors
    /// The store's.
    pub async fn read(gateway: &'a Gateway, channels: Option<Vec<String>>) -> Result<Look<'a>> {
        let carries = gateway.channels().filter(|c| c.carries(Urgency::Escalation)).map(|c| c.name().to_owned());
        let channels = channels.unwrap_or_else(|| carries.collect());
        let register = Register::read(gateway).await?;
        let mut open: Vec<Item> = Vec::new();
        let mut tx = gateway.store.snapshot().await?;
        loop {
            let after = open.last().map_or(ItemId(0), |item| item.id);
            let page = items::unfinished_after(&mut tx, after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            open.extend(page);
        }
        drop(tx);
        let mut on_pages = Vec::new();
        for page in gateway.channels().filter(|channel| channel.wants_opening()) {
            on_pages.extend(gateway.store.told_by(page.name(), gateway.now()).await?);
        }
        Ok(Look { gateway, register, open, channels, on_pages })
    }

    /// Contact points by which a person would hear, preferred first.
    fn ways(&self, person: PersonId) -> impl Iterator<Item = &Contact> {
        let contacts = self.register.contacts.get(&person).into_iter().flatten();
        contacts.filter(|c| !c.gone && self.channels.contains(&c.channel))
    }

    /// By which channel a person would hear. A page of ours that they never opened is named as such.
    fn reach(&self, person: PersonId) -> Option<String> {
        let seen = self.ways(person).find(|c| self.gateway.is_seen(c)).map(|c| c.channel.clone());
        seen.or_else(|| self.ways(person).next().map(|c| format!("{} (never opened)", c.channel)))
    }

    /// Whether a person hears nothing until they open their page.
    fn must_open(&self, person: PersonId) -> bool {
        self.ways(person).next().is_some() && !self.ways(person).any(|c| self.gateway.is_seen(c))
    }

    /// People who were told of an open item on a page that they had not opened, and have no other way.
    fn unseen(&self) -> impl Iterator<Item = (PersonId, ItemId)> {
        let opened = |person: PersonId| self.ways(person).filter_map(|c| c.open_until).max();
        let missed = move |(person, _, due): &&(PersonId, ItemId, DateTime<Utc>)| {
            self.must_open(*person) && opened(*person).is_none_or(|until| until < *due)
        };
        self.on_pages.iter().filter(missed).map(|(person, item, _)| (*person, *item))
    }

    /// Whether a person could be told something and has no way to answer it.
    fn cannot_answer(&self, person: PersonId) -> bool {
        let hears = |name: &str| self.gateway.channel(name).is_none_or(|channel| channel.hears());
        let mut seen = self.ways(person).filter(|c| self.gateway.is_seen(c)).peekable();
        seen.peek().is_some() && !seen.any(|c| hears(&c.channel))
    }

    /// Every addressee of the pack: who hears, and where nobody does.
    pub fn addressees(&self) -> Vec<Addressee> {
        walk::walk(&self.gateway.world(&self.register.directory), &self.open, &|p| self.reach(p))
    }

    /// Everything there is to say.
    pub fn findings(&self) -> Vec<Finding> {
        let mut all = self.calendars();
        if self.register.directory.people().is_empty() {
            return all;
        }
        all.extend(self.policy());
        all.extend(self.items());
        all.extend(self.people());
        all.extend(self.doubled());
        all
    }

    /// The policy walked, an addressee a line; those that are heard everywhere in one.
    fn policy(&self) -> Vec<Finding> {
        let addressees = self.addressees();
        let mut lines = Vec::new();
        for line in addressees.iter().filter(|line| line.unknown_role) {
            let meant = walk::like(line.target.split('@').next().unwrap_or_default().trim_start_matches("summary "));
            let meant = meant.map_or(String::new(), |role| format!("; most likely {role} is meant"));
            let text = format!("{} ({}): no post has this role{meant}", line.target, used(line));
            lines.push(finding(Grade::Bad, "policy", text));
        }
        for line in addressees.iter().filter(|line| !line.unknown_role) {
            let Some(worst) = line.worst() else { continue };
            let (grade, what) = match worst {
                Gap::Nobody => (Grade::Bad, "NOBODY hears"),
                Gap::Default => (Grade::Warn, "only the last resort hears (safety office or administrators)"),
                Gap::Others => (Grade::Warn, "only the others of its steps hear"),
            };
            let mut text = format!("{} ({}): {what} in {}", line.target, used(line), self.units(line.units(worst)));
            if !line.mute.is_empty() {
                text.push_str(&format!("; no working contact point: {}", self.people_named(line.mute.iter().copied())));
            }
            lines.push(finding(grade, "policy", text));
        }
        let heard = addressees.iter().filter(|line| !line.unknown_role && line.missing.is_empty()).count();
        if heard > 0 {
            let text = format!("{heard} of {} addressees of the pack are heard in every unit", addressees.len());
            lines.push(finding(Grade::Good, "policy", text));
        }
        lines
    }

    /// Who is named on the open items.
    fn items(&self) -> Vec<Finding> {
        let world = self.gateway.world(&self.register.directory);
        let named = walk::named(&world, &self.open, &|p| self.reach(p));
        let list = |items: &[&Item]| {
            let some = items.iter().take(SHOWN).map(|item| {
                format!("{} {} ({})", item.code, item.title, last_owner(item, &self.register.directory, world.now))
            });
            some.collect::<Vec<_>>().join(", ") + if items.len() > SHOWN { ", …" } else { "" }
        };
        let mut lines = Vec::new();
        if !named.ownerless.is_empty() {
            let text = format!(
                "{} open have no living owner: {}; give them to somebody: dutybell people handover FROM TO",
                named.ownerless.len(),
                list(&named.ownerless)
            );
            lines.push(finding(Grade::Bad, "items", text));
        }
        if !named.unheard.is_empty() {
            let text = format!("{} open whose owner no channel reaches: {}", named.unheard.len(), list(&named.unheard));
            lines.push(finding(Grade::Bad, "items", text));
        }
        let unseen = |item: &&Item| self.unseen().any(|(_, of)| of == item.id);
        let missed: Vec<&Item> = self.open.iter().filter(unseen).collect();
        if !missed.is_empty() {
            let people: BTreeSet<PersonId> = self.unseen().map(|(person, _)| person).collect();
            let text = format!(
                "{} open of which {} were told on a page that they have not opened: {}; to: {}; {LINKS}",
                missed.len(),
                people.len(),
                list(&missed),
                self.people_named(people.into_iter())
            );
            lines.push(finding(Grade::Bad, "items", text));
        }
        if !named.unverifiable.is_empty() {
            let (count, some) = (named.unverifiable.len(), list(&named.unverifiable));
            let text = format!("{count} open have no living verifier: claims of done fall to the last resort: {some}");
            lines.push(finding(Grade::Warn, "items", text));
        }
        if lines.is_empty() {
            let open = self.open.iter().filter(|item| item.state.is_open()).count();
            let opened = |p: PersonId| self.reach(p).filter(|_| !self.must_open(p));
            let reached = walk::named(&world, &self.open, &opened).unheard.is_empty();
            let who = if reached { "each has a living owner who can be reached" } else { "each has a living owner" };
            lines.push(finding(Grade::Good, "items", format!("{open} open, {who}")));
        }
        lines
    }

    /// Who cannot be told anything, and who is not linked.
    fn people(&self) -> Vec<Finding> {
        let all = self.register.directory.people().len();
        let no_way: Vec<PersonId> =
            self.register.directory.people().iter().map(|p| p.id).filter(|p| self.reach(*p).is_none()).collect();
        let mut lines = Vec::new();
        let must_open: Vec<PersonId> =
            self.register.directory.people().iter().map(|p| p.id).filter(|p| self.must_open(*p)).collect();
        if !must_open.is_empty() {
            // Nothing is wrong until somebody misses something, and that is said of the item.
            let text = format!(
                "{} of {all} have not opened their page yet, and hear nothing until they do; {LINKS}",
                must_open.len()
            );
            lines.push(finding(Grade::Good, "people", text));
        }
        if no_way.is_empty() && must_open.is_empty() {
            lines.push(finding(Grade::Good, "people", format!("{all}, everybody has a contact point")));
        } else if !no_way.is_empty() {
            let names = self.people_named(no_way.iter().copied());
            let text = format!("no usable contact point: {names}; link them: dutybell people link NAME");
            lines.push(finding(Grade::Warn, "people", text));
        }
        let deaf: Vec<PersonId> =
            self.register.directory.people().iter().map(|p| p.id).filter(|p| self.cannot_answer(*p)).collect();
        if !deaf.is_empty() {
            let names = self.people_named(deaf.iter().copied());
            let text = format!(
                "{} are told and cannot answer, as no answer comes back by their channels: {names}; \
                 configure [mail.incoming], or link them: dutybell people link NAME",
                deaf.len()
            );
            lines.push(finding(Grade::Warn, "people", text));
        }
        let mut no_chat = unlinked(self.gateway, &self.register).no_chat;
        no_chat.retain(|p| !no_way.contains(p) && !must_open.contains(p));
        if !no_chat.is_empty() {
            let names = self.people_named(no_chat.iter().copied());
            let text =
                format!("{} of {all} have no chat account: {names}; see: dutybell people unlinked", no_chat.len());
            lines.push(finding(Grade::Warn, "people", text));
        }
        if self.register.directory.administrators().is_empty() {
            let text = "nobody holds a post with role `administrator`: alarms reach no one";
            lines.push(finding(Grade::Warn, "people", text));
        }
        lines
    }

    fn doubled(&self) -> Vec<Finding> {
        let directory = &self.register.directory;
        let mut lines = Vec::new();
        let people = walk::doubled_people(directory, self.gateway.now());
        let name = |p: PersonId| self.register.describe(p);
        for (one, other) in people.iter().take(SHOWN) {
            let way = format!("one person? dutybell people merge {} {}", other.id.0, one.id.0);
            let text = format!("{} and {} look doubled; {way}", name(one.id), name(other.id));
            lines.push(finding(Grade::Warn, "people", text));
        }
        let units = walk::doubled_units(directory);
        for (one, other) in units.iter().take(SHOWN) {
            let (one, other) = (directory.path(one.id), directory.path(other.id));
            lines.push(finding(Grade::Warn, "units", format!("{one} and {other} look doubled")));
        }
        let more = people.len().saturating_sub(SHOWN) + units.len().saturating_sub(SHOWN);
        if more > 0 {
            lines.push(finding(Grade::Warn, "people", format!("{more} more people or units look doubled")));
        }
        lines
    }

    /// Whether each calendar in use covers this year, and from November on the next.
    fn calendars(&self) -> Vec<Finding> {
        let gateway = self.gateway;
        let today = gateway.now().with_timezone(&gateway.policy.zone).date_naive();
        let units = self.register.directory.units().into_iter().map(|u| u.calendar.clone());
        let mut names: Vec<String> = units.chain([gateway.policy.calendar.clone()]).filter(|c| !c.is_empty()).collect();
        names.sort();
        names.dedup();
        names.into_iter().map(|name| calendar(&name, gateway.calendars.get(&name), today)).collect()
    }

    fn units(&self, units: impl Iterator<Item = UnitId>) -> String {
        let all: Vec<UnitId> = units.collect();
        let names = all.iter().take(SHOWN).filter_map(|u| self.register.directory.unit(*u)).map(|u| u.name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        let more = if all.len() > SHOWN { ", …" } else { "" };
        let units = if all.len() == 1 { "unit" } else { "units" };
        format!("{} {units}: {names}{more}", all.len())
    }

    fn people_named(&self, people: impl Iterator<Item = PersonId>) -> String {
        let names: Vec<String> = people.map(|p| self.register.name(p)).collect();
        names[..names.len().min(SHOWN)].join(", ") + if names.len() > SHOWN { ", …" } else { "" }
    }

    /// The walk as a table: addressee, steps, who hears by which channel, where nobody does.
    pub fn table(&self) -> Vec<[String; 4]> {
        let row = |line: &Addressee| {
            let mut heard: Vec<(&(PersonId, String), &usize)> = line.heard.iter().collect();
            heard.sort_by_key(|(who, count)| (std::cmp::Reverse(**count), (*who).clone()));
            let names = heard.iter().take(SHOWN).map(|((p, by), _)| format!("{} by {by}", self.register.name(*p)));
            let names = names.collect::<Vec<_>>().join(", ") + if heard.len() > SHOWN { ", …" } else { "" };
            let gaps = [Gap::Nobody, Gap::Default, Gap::Others].into_iter().filter_map(|gap| {
                let units: Vec<UnitId> = line.units(gap).collect();
                let what = match gap {
                    Gap::Nobody => "NOBODY",
                    Gap::Default => "last resort",
                    Gap::Others => "others of the step",
                };
                (!units.is_empty()).then(|| format!("{what} in {}", self.units(units.into_iter())))
            });
            [line.target.clone(), used(line), names, gaps.collect::<Vec<_>>().join("\n")]
        };
        self.addressees().iter().map(row).collect()
    }
}

/// Steps that name an addressee, those of one id together: `L2 of general/major`.
fn used(line: &Addressee) -> String {
    let mut steps: Vec<(&str, Vec<&str>)> = Vec::new();
    for (ladder, step) in line.used_by.iter().map(|(ladder, step)| (ladder.as_str(), step.as_str())) {
        match steps.iter_mut().find(|(known, _)| *known == step) {
            Some((_, ladders)) => ladders.push(ladder),
            None => steps.push((step, vec![ladder])),
        }
    }
    let words = steps.into_iter().map(|(step, ladders)| match ladders.as_slice() {
        [""] => step.to_owned(),
        several => format!("{step} of {}", several.join("/")),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// What a calendar says about the days that deadlines of this autumn reach.
fn calendar(name: &str, calendar: &crate::core::calendar::Calendar, today: NaiveDate) -> Finding {
    let (year, next) = (today.year(), today.year() + 1);
    let missing = |year: i32| NaiveDate::from_ymd_opt(year, 6, 30).is_some_and(|d| calendar.is_provisional(d));
    let way = "add it under [office] calendars";
    if missing(year) {
        let text = format!("{name} does not cover {year}: deadlines are provisional; {way}");
        finding(Grade::Warn, "calendar", text)
    } else if today.month() >= ASK_FROM && missing(next) {
        let text = format!("{name} does not cover {next} yet: deadlines after New Year are provisional; {way}");
        finding(Grade::Warn, "calendar", text)
    } else {
        finding(Grade::Good, "calendar", format!("{name} covers {year}"))
    }
}
