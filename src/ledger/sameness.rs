//! Rows against what is on record of their ledger: the same item under another key, another item, or a question.
//!
//! A number decides where there is one. Without one, township, person and deadline make an item; a change is taken over
//! when only one row and one item are left for each other. What may be either is asked, never guessed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::identity::{Traits, is_look, letters, number, number_of};
use super::rows::Row;

/// Of two texts, this share must agree to be one text with a typo.
const LIKE: f64 = 0.6;
/// Candidates that a row is held against for typos; in a longer list nothing is told apart by resemblance.
const CANDIDATES: usize = 500;

/// How far an item has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Draft,
    Open,
    /// Closed or void.
    Finished,
}

/// An item on record, without its row.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The ledger's own key.
    pub key: String,
    pub look: String,
    pub stage: Stage,
}

/// Its row as last read.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub traits: Traits,
    pub seq: String,
    pub unit: String,
    pub place: String,
    pub text: String,
    pub found: String,
}

/// What a row is. Numbers are places in the list of what is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is {
    New,
    Item(usize),
    /// It may be one of these: somebody must say.
    Asked(Vec<usize>),
}

/// Who is who, step by step.
pub struct Matching<'a> {
    rows: &'a [&'a Row],
    listed: &'a [Listed],
    pub is: Vec<Is>,
    taken: HashSet<usize>,
    /// Rows that are new for certain: somebody said so, or their number was given anew.
    said_new: HashSet<usize>,
}

impl<'a> Matching<'a> {
    /// By key alone; `said`: what somebody said of rows, which comes before everything.
    pub fn by_key(rows: &'a [&'a Row], listed: &'a [Listed], said: &HashMap<usize, Option<usize>>) -> Self {
        let mut found = Self {
            rows,
            listed,
            is: vec![Is::New; rows.len()],
            taken: HashSet::new(),
            said_new: said.iter().filter(|(_, item)| item.is_none()).map(|(row, _)| *row).collect(),
        };
        for (row, item) in said {
            if let Some(item) = item {
                found.pair(*row, *item);
            }
        }
        let keys: HashMap<&str, usize> = listed.iter().enumerate().map(|(n, l)| (l.key.as_str(), n)).collect();
        for (n, row) in rows.iter().enumerate() {
            if let Some(item) = keys.get(row.key.as_str()).filter(|item| !found.taken.contains(item))
                && found.is[n] == Is::New
                && !found.said_new.contains(&n)
            {
                found.pair(n, *item);
            }
        }
        found
    }

    /// Items whose rows are needed for the rest: candidates of rows that are still new, and those that a look alone has
    /// named.
    pub fn wanted(&self) -> Vec<usize> {
        let looks: HashSet<usize> = self.by_look_alone().chain(self.by_old_number()).map(|(_, item)| item).collect();
        let open = self.left().next().is_some();
        let wanted = |n: &usize| looks.contains(n) || open && !self.taken.contains(n);
        (0..self.listed.len()).filter(wanted).collect()
    }

    /// Decides about the rest; `kept`: what [`Self::wanted`] asked for.
    pub fn settle(&mut self, kept: &BTreeMap<usize, Kept>) {
        // A look says nothing of the township, and a finished item's look may come again.
        let doubtful: Vec<(usize, usize)> = self.by_look_alone().collect();
        for (row, item) in doubtful {
            let Some(was) = kept.get(&item) else { continue };
            let now = Traits::of(self.rows[row]);
            let other_hazard = self.listed[item].stage == Stage::Finished
                && now.people != was.traits.people
                && now.due != was.traits.due;
            if !now.lies_with(&was.traits) || other_hazard {
                self.is[row] = Is::New;
                self.taken.remove(&item);
            }
        }
        // A number may be given to another hazard once the first is closed: that one must not stay silent.
        let again: Vec<(usize, usize)> = self.by_old_number().collect();
        for (row, item) in again {
            let Some(was) = kept.get(&item) else { continue };
            let found = self.rows[row].found_written.map(|d| d.to_string()).unwrap_or_default();
            if found != was.found && alike(&self.rows[row].description, &was.text) < LIKE {
                self.is[row] = Is::New;
                self.taken.remove(&item);
                self.said_new.insert(row);
            }
        }
        self.by_number(kept);
        self.by_content(kept);
        self.by_resemblance(kept);
    }

    fn pair(&mut self, row: usize, item: usize) {
        self.is[row] = Is::Item(item);
        self.taken.insert(item);
    }

    /// Rows that nothing is known of.
    fn left(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows.len()).filter(|n| self.is[*n] == Is::New && !self.said_new.contains(n))
    }

    fn free(&self, items: &[usize]) -> Vec<usize> {
        items.iter().copied().filter(|item| !self.taken.contains(item)).collect()
    }

    /// Rows without a number that were found by the key of an item without one.
    fn by_look_alone(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.is.iter().enumerate().filter_map(|(n, is)| match is {
            Is::Item(item) if self.rows[n].key == self.rows[n].look && self.listed[*item].key == self.rows[n].look => {
                Some((n, *item))
            }
            _ => None,
        })
    }

    /// Rows that were found by their number, whose item is finished and reads otherwise.
    fn by_old_number(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.is.iter().enumerate().filter_map(|(n, is)| match is {
            Is::Item(item)
                if self.rows[n].code.is_some()
                    && self.listed[*item].stage == Stage::Finished
                    && self.listed[*item].look != self.rows[n].look =>
            {
                Some((n, *item))
            }
            _ => None,
        })
    }

    /// Pairs rows and items of a group where `same` leaves one row for one item.
    fn pair_where(&mut self, rows: &[usize], items: &[usize], same: impl Fn(usize, usize) -> bool) {
        let rows: Vec<usize> = rows.iter().copied().filter(|row| self.is[*row] == Is::New).collect();
        let items = self.free(items);
        for row in &rows {
            let mut mine = items.iter().filter(|item| same(*row, **item));
            let (Some(item), None) = (mine.next(), mine.next()) else { continue };
            if rows.iter().filter(|row| same(**row, *item)).count() == 1 && !self.taken.contains(item) {
                self.pair(*row, *item);
            }
        }
    }

    /// The same number in another writing, or one that stands in several rows.
    fn by_number(&mut self, kept: &BTreeMap<usize, Kept>) {
        let mut items: HashMap<String, Vec<usize>> = HashMap::new();
        for (n, listed) in self.listed.iter().enumerate().filter(|(n, l)| !self.taken.contains(n) && !is_look(&l.key)) {
            items.entry(number_of(&listed.key)).or_default().push(n);
        }
        let mut rows: HashMap<String, Vec<usize>> = HashMap::new();
        for n in self.left() {
            if let Some(code) = &self.rows[n].code {
                rows.entry(number(code)).or_default().push(n);
            }
        }
        for (number, rows) in rows {
            let Some(items) = items.get(&number) else { continue };
            let (all, listed) = (self.rows, self.listed);
            let look = |row: usize, item: usize| all[row].look == listed[item].look;
            let traits = |row: usize, item: usize| kept.get(&item).is_some_and(|k| k.traits == Traits::of(all[row]));
            self.pair_in_order(&rows, items, |row, item| look(row, item) && traits(row, item));
            self.pair_where(&rows, items, look);
            // A number that stands once in the file names its item whatever its row says; one that is copied does not.
            if let ([row], false) = (rows.as_slice(), all[rows[0]].key.contains('~')) {
                if self.is[*row] != Is::New {
                    continue;
                }
                let free = self.free(items);
                let issued: Vec<usize> = free.iter().copied().filter(|i| listed[*i].stage != Stage::Draft).collect();
                match (free.as_slice(), issued.as_slice()) {
                    ([], _) => {}
                    ([one], _) | (_, [one]) => self.pair(*row, *one),
                    _ => self.is[*row] = Is::Asked(free),
                }
            }
        }
    }

    /// Pairs what is the same in everything, the first with the first.
    fn pair_in_order(&mut self, rows: &[usize], items: &[usize], same: impl Fn(usize, usize) -> bool) {
        for row in rows {
            if self.is[*row] == Is::New
                && let Some(item) = items.iter().find(|item| !self.taken.contains(item) && same(*row, **item))
            {
                self.pair(*row, *item);
            }
        }
    }

    /// The same unit, place, text and day: told apart by township, person and deadline.
    fn by_content(&mut self, kept: &BTreeMap<usize, Kept>) {
        let mut items: HashMap<&str, Vec<usize>> = HashMap::new();
        for (n, listed) in self.listed.iter().enumerate().filter(|(n, _)| !self.taken.contains(n)) {
            items.entry(listed.look.as_str()).or_default().push(n);
        }
        let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
        for n in self.left() {
            rows.entry(self.rows[n].look.as_str()).or_default().push(n);
        }
        let (all, listed) = (self.rows, self.listed);
        let traits: HashMap<usize, Traits> = rows.values().flatten().map(|n| (*n, Traits::of(all[*n]))).collect();
        let pair = |row: usize, item: usize| kept.get(&item).map(|k| (&traits[&row], &k.traits));
        let lies = |row: usize, item: usize| pair(row, item).is_some_and(|(a, b)| a.lies_with(b));
        let people = |row: usize, item: usize| pair(row, item).is_some_and(|(a, b)| a.people == b.people);
        let due = |row: usize, item: usize| pair(row, item).is_some_and(|(a, b)| a.due == b.due);
        // Neither side has a number; with numbers, only what is the same in everything is one item.
        let bare = |row: usize, item: usize| all[row].code.is_none() && is_look(&listed[item].key);
        let goes_on = |item: usize| listed[item].stage != Stage::Finished;
        for (look, rows) in rows {
            let Some(items) = items.get(look) else { continue };
            let whole = |row: usize, item: usize| lies(row, item) && people(row, item) && due(row, item);
            self.pair_in_order(&rows, items, |row, item| bare(row, item) && whole(row, item));
            self.pair_where(&rows, items, |row, item| goes_on(item) && whole(row, item));
            let going = |row: usize, item: usize| bare(row, item) && goes_on(item) && lies(row, item);
            self.pair_where(&rows, items, |row, item| going(row, item) && people(row, item));
            self.pair_where(&rows, items, |row, item| going(row, item) && due(row, item));
            self.pair_where(&rows, items, going);
            for row in rows {
                let may: Vec<usize> =
                    self.free(items).into_iter().filter(|item| bare(row, *item) && lies(row, *item)).collect();
                if self.is[row] == Is::New && !may.is_empty() {
                    self.is[row] = Is::Asked(may);
                }
            }
        }
    }

    /// A row without a number that reads like an open item whose own row is gone: a typo may have been mended.
    fn by_resemblance(&mut self, kept: &BTreeMap<usize, Kept>) {
        let gone: Vec<usize> = (0..self.listed.len())
            .filter(|n| {
                !self.taken.contains(n) && self.listed[*n].stage == Stage::Open && is_look(&self.listed[*n].key)
            })
            .filter(|n| !self.is.iter().any(|is| matches!(is, Is::Asked(some) if some.contains(n))))
            .collect();
        if gone.is_empty() || gone.len() > CANDIDATES {
            return;
        }
        let left: Vec<usize> = self.left().filter(|n| self.rows[*n].code.is_none()).collect();
        for row in left {
            let best = gone
                .iter()
                .filter_map(|item| Some((resemblance(self.rows[row], kept.get(item)?)?, *item)))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, item)) = best {
                self.is[row] = Is::Asked(vec![item]);
            }
        }
    }
}

/// How much a row is like the row of an item; `None` when it is another one.
fn resemblance(row: &Row, was: &Kept) -> Option<f64> {
    let found = row.found_written.map(|d| d.to_string()).unwrap_or_default();
    let traits = Traits::of(row);
    let text = alike(&row.description, &was.text);
    let (unit, place) = (alike(&row.unit, &was.unit), alike(&row.place_text, &was.place));
    let like = traits.lies_with(&was.traits) && text >= LIKE && unit >= LIKE && place >= LIKE;
    // The running number may have moved; then everything else must stand.
    let numbered = !row.seq.is_empty() && letters(&row.seq) == letters(&was.seq);
    let stands = found == was.found && traits.people == was.traits.people && traits.due == was.traits.due;
    (like && (numbered || stands)).then_some(text + unit + place + if numbered { 1.0 } else { 0.0 })
}

/// The share of two texts that agrees: one less the edits that lead from one to the other.
fn alike(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (letters(a).chars().collect(), letters(b).chars().collect());
    let longest = a.len().max(b.len());
    if longest == 0 {
        return 1.0;
    }
    let mut costs: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = std::mem::replace(&mut costs[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != y);
            corner = costs[j + 1];
            costs[j + 1] = change.min(costs[j] + 1).min(corner + 1);
        }
    }
    // Lengths of cells: far below what a float cannot count.
    1.0 - costs[b.len()] as f64 / longest as f64
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn texts_with_a_typo_are_alike_and_other_texts_are_not() {
        assert!(alike("配电箱无护盖", "配电箱无户盖") > 0.8);
        assert!(alike("Guard missing on CV-3", "guard mising on CV3") > 0.9);
        assert!(alike("灭火器过期", "安全出口锁闭") < 0.3);
        assert!((alike("", "") - 1.0).abs() < f64::EPSILON && alike("甲", "") < 0.1);
    }
}
