//! Lists of units and people, as an office hands them over before its first ledger.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::cell::Cell;
use super::chance::Chance;
use super::office::{Person, Unit};
use super::{Folder, Format, Options, SynthError, book};

const UNITS: [&str; 5] = ["名称", "上级", "层级", "日历", "电话"];
const PEOPLE: [&str; 10] = ["姓名", "单位", "职务", "岗位角色", "电话", "语言", "时区", "desk", "邮箱", "渠道"];

/// The lists while they grow.
pub(super) struct Organisation<'a> {
    options: &'a Options,
    suffix: String,
    lists: Lists,
    units: u32,
    people: u32,
    chance: Chance,
}

enum Lists {
    /// Sheets 单位 and 人员 of one workbook.
    Book(Box<Workbook>),
    Text {
        units: Vec<Vec<Cell>>,
        people: Vec<Vec<Cell>>,
    },
}

fn heads(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|n| Cell::text(*n)).collect()
}

impl<'a> Organisation<'a> {
    pub(super) fn begin(options: &'a Options, suffix: &str) -> Result<Self, SynthError> {
        let lists = match options.format {
            Format::Xlsx => Lists::Book(Box::new(sheets(options).map_err(|source| failed(suffix, source))?)),
            Format::Csv => Lists::Text { units: vec![heads(&UNITS)], people: vec![heads(&PEOPLE)] },
        };
        let chance = Chance::of(options.seed, &format!("people{suffix}"), 0);
        Ok(Self { options, suffix: suffix.to_owned(), lists, units: 0, people: 0, chance })
    }

    /// Adds units, those above first, and the people in them.
    pub(super) fn add(&mut self, units: &[Unit], people: &[Person]) -> Result<(), SynthError> {
        for unit in units {
            self.units += 1;
            let cells = unit_cells(unit);
            match &mut self.lists {
                Lists::Text { units, .. } => units.push(cells),
                Lists::Book(book) => put(book, 0, self.units, &cells).map_err(|e| failed(&self.suffix, e))?,
            }
        }
        for person in people {
            self.people += 1;
            let cells = self.person_cells(person);
            match &mut self.lists {
                Lists::Text { people, .. } => people.push(cells),
                Lists::Book(book) => put(book, 1, self.people, &cells).map_err(|e| failed(&self.suffix, e))?,
            }
        }
        Ok(())
    }

    fn person_cells(&mut self, person: &Person) -> Vec<Cell> {
        let chance = &mut self.chance;
        let dirty = !self.options.clean;
        let short = person.name.chars().count() == 2;
        let padded = || person.name.chars().map(String::from).collect::<Vec<_>>().join("\u{3000}");
        // Names of two characters are padded to the width of three; phones become numbers.
        let name = if dirty && short && chance.mille(200) { padded() } else { person.name.clone() };
        let phone = match person.phone.parse() {
            Ok(number) if dirty && chance.mille(200) => Cell::Number(number),
            _ => Cell::text(person.phone.clone()),
        };
        let channels = if chance.mille(150) { "mail, desk" } else { "desk, mail" };
        let mut cells = vec![Cell::text(name), Cell::text(person.unit.clone()), Cell::text(person.title.clone())];
        cells.extend([Cell::text(person.role), phone, Cell::text("zh-CN"), Cell::text("Asia/Shanghai")]);
        let mail = format!("{}@example.org", person.login);
        cells.extend([Cell::text(person.login.clone()), Cell::text(mail), Cell::text(channels)]);
        cells
    }

    /// Writes the files.
    pub(super) fn end(self, folder: &mut Folder) -> Result<(), SynthError> {
        let (suffix, rows) = (self.suffix, (self.units as usize, self.people as usize));
        match self.lists {
            Lists::Book(mut book) => {
                let bytes = book.save_to_buffer().map_err(|source| failed(&suffix, source))?;
                folder.put(format!("organisation{suffix}.xlsx"), (2, rows.0 + rows.1), &bytes)
            }
            Lists::Text { units, people } => {
                for (name, lines, rows) in [("units", units, rows.0), ("people", people, rows.1)] {
                    let file = format!("{name}{suffix}.csv");
                    let bytes =
                        book::csv(&lines, false).map_err(|source| SynthError::Text { file: file.clone(), source })?;
                    folder.put(file, (1, rows), &bytes)?;
                }
                Ok(())
            }
        }
    }
}

fn failed(suffix: &str, source: XlsxError) -> SynthError {
    SynthError::Workbook { file: format!("organisation{suffix}.xlsx"), source }
}

fn sheets(options: &Options) -> Result<Workbook, XlsxError> {
    let mut book = book::workbook(options.on)?;
    for (name, columns) in [("单位", &UNITS[..]), ("人员", &PEOPLE[..])] {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?;
        book::put_row(sheet, 0, &heads(columns))?;
    }
    Ok(book)
}

fn put(book: &mut Workbook, sheet: usize, row: u32, cells: &[Cell]) -> Result<(), XlsxError> {
    book::put_row(book.worksheet_from_index(sheet)?, row, cells)
}

fn unit_cells(unit: &Unit) -> Vec<Cell> {
    let level = match unit.level {
        "province" => "省",
        "prefecture" => "市",
        "county" => "县",
        "township" => "乡镇",
        "enterprise" => "企业",
        _ => "部门",
    };
    let calendar = if unit.parent.is_empty() { "cn" } else { "" };
    [unit.name.as_str(), unit.parent.as_str(), level, calendar].into_iter().map(Cell::text).collect()
}
