//! What a reader must make of each row, in a table beside the ledgers.

use std::io::Write;

use chrono::NaiveDate;

use super::due::Truth;
use super::finding::{Finding, Grade};

/// Column names of `truth.tsv`.
pub(super) const HEADER: &str =
    "file\tsheet\trow\tkind\tcode\tunit\tfound\tdue\tresponsible\tseverity\tstatus\tdraft\n";

/// The facts of a row.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// `item`, or why it is none: `nil`, `subtotal`, `signature`, `note`, `header`.
    pub kind: &'static str,
    pub code: String,
    pub unit: String,
    pub found: Option<NaiveDate>,
    pub due: Truth,
    pub responsible: Vec<String>,
    /// `general`, `larger`, `major` or `draft`.
    pub grade: &'static str,
    /// `not_done`, `in_progress`, `done`, `verified` or `unsaid`.
    pub status: &'static str,
    /// What keeps the row a draft; empty when nothing does.
    pub drafts: Vec<&'static str>,
    /// The row is hidden by a filter.
    pub hidden: bool,
}

impl Fact {
    /// The facts of a finding that is written whole.
    pub(super) fn item(finding: &Finding<'_>) -> Self {
        Self {
            kind: "item",
            code: String::new(),
            unit: finding.unit.clone(),
            found: Some(finding.found),
            due: finding.due.truth,
            responsible: finding.responsible.iter().map(|p| p.name.clone()).collect(),
            grade: match finding.grade {
                Grade::General => "general",
                Grade::Larger => "larger",
                Grade::Major | Grade::Listed => "major",
            },
            status: "unsaid",
            drafts: Vec::new(),
            hidden: false,
        }
    }

    /// A line that is no item.
    pub(super) fn no_item(kind: &'static str) -> Self {
        Self {
            kind,
            code: String::new(),
            unit: String::new(),
            found: None,
            due: Truth::Draft,
            responsible: Vec::new(),
            grade: "",
            status: "",
            drafts: Vec::new(),
            hidden: false,
        }
    }

    /// Writes the line of the table.
    pub(super) fn write(&self, out: &mut impl Write, file: &str, sheet: &str, row: usize) -> std::io::Result<()> {
        let due = match self.due {
            _ if self.kind != "item" => String::new(),
            Truth::Day(day) => day.to_string(),
            Truth::Ongoing => "ongoing".to_owned(),
            Truth::Draft => "draft".to_owned(),
        };
        let found = self.found.map(|d| d.to_string()).unwrap_or_default();
        let kind = if self.hidden { "hidden item" } else { self.kind };
        writeln!(
            out,
            "{file}\t{sheet}\t{row}\t{kind}\t{}\t{}\t{found}\t{due}\t{}\t{}\t{}\t{}",
            self.code,
            self.unit,
            self.responsible.join("、"),
            self.grade,
            self.status,
            self.drafts.join(","),
        )
    }
}
