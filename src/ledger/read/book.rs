//! What was read of a ledger.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::headers::{Column, Key};
use crate::rows::Row;
use crate::sheet::{LeftOut, SheetReport};
use crate::{PersonRow, Place, Problem, UnitRow, identity};

/// Everything a file holds, nothing applied.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Workbook {
    pub rows: Vec<Row>,
    pub people: Vec<PersonRow>,
    pub units: Vec<UnitRow>,
    /// Problems that belong to no row in `rows`, `people` or `units`: refused rows, the file itself.
    pub problems: Vec<Problem>,
    /// Lines left out, with place and reason.
    pub skipped: Vec<LeftOut>,
    pub sheets: Vec<SheetReport>,
    /// The columns of ledger sheets that no known name covers.
    pub columns: Vec<UnknownColumn>,
    /// Where the known columns of each ledger sheet stand.
    #[serde(skip)]
    pub layouts: Vec<Layout>,
    /// The file that holds the ledger, for the way back.
    #[serde(skip)]
    pub original: Option<Original>,
}

/// Where the columns of a ledger sheet stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub sheet: String,
    /// Row number of the header as the spreadsheet shows it.
    pub header_row: u32,
    /// Columns from 0 with what they mean.
    pub columns: Vec<Column>,
    /// The texts of the columns that an export may fill, by row and column; see [`ReadContext::for_export`].
    pub cells: HashMap<(u32, u16), String>,
}

impl Layout {
    /// The column that means this.
    #[must_use]
    pub fn column(&self, key: Key) -> Option<u16> {
        self.columns.iter().find(|c| c.key == Some(key)).and_then(|c| u16::try_from(c.index).ok())
    }

    /// The column of telephones that belongs to a column of people.
    #[must_use]
    pub fn phone_of(&self, key: Key) -> Option<u16> {
        let of = self.columns.iter().find(|c| c.key == Some(Key::Phone) && c.owner == Some(key));
        of.and_then(|c| u16::try_from(c.index).ok())
    }
}

/// A ledger file as it was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Without folders.
    pub name: String,
    pub bytes: Arc<[u8]>,
}

/// A column whose name is not known by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownColumn {
    pub place: Place,
    pub header: String,
    /// What the office said it means; `None`: its own, or nothing was said.
    pub key: Option<Key>,
    /// Something was said.
    pub learned: bool,
    /// The known column that it looks like: a proposal, nothing is done about it.
    pub resembles: Option<Key>,
}

impl Workbook {
    /// Takes in what another file holds.
    pub fn add(&mut self, other: Workbook) {
        let both = !self.rows.is_empty() && !other.rows.is_empty();
        self.rows.extend(other.rows);
        if both {
            identity::tell_apart(&mut self.rows);
        }
        self.people.extend(other.people);
        self.units.extend(other.units);
        self.problems.extend(other.problems);
        self.skipped.extend(other.skipped);
        self.sheets.extend(other.sheets);
        self.columns.extend(other.columns);
        self.layouts.extend(other.layouts);
        self.original = other.original.or(self.original.take());
    }

    /// Problems of the file and of all its rows, in reading order of each group.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        let rows = self.rows.iter().flat_map(|r| &r.problems);
        let people = self.people.iter().flat_map(|p| &p.problems);
        let units = self.units.iter().flat_map(|u| &u.problems);
        self.problems.iter().chain(rows).chain(people).chain(units)
    }
}
