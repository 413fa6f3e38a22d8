//! A finding as its row: each column as the writer of this workbook fills it, and what a reader must make of it.

use chrono::NaiveDate;

use super::cell::{Cell, broken, full_width, smudge, smudge_ends};
use super::chance::Chance;
use super::columns::Field;
use super::due::{self, Truth};
use super::finding::{Finding, Grade, Progress};
use super::industry::INDUSTRIES;
use super::office::{County, Person};
use super::shares;
use super::truth::Fact;

/// How a workbook numbers its findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbering {
    /// AB-2022-0001.
    Signed(char, char),
    /// 000001 as text.
    ZerosInText,
    /// 1 as a number that is shown as 000001.
    ZerosInFormat,
}

/// What the writer leaves out or muddles in this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    None,
    NoFound,
    NoGrade,
    Roman,
    Nobody,
    Department,
}

/// Fills rows for one workbook.
pub(super) struct Filler<'a> {
    pub county: &'a County,
    pub numbering: Numbering,
    pub on: NaiveDate,
    pub clean: bool,
    /// Findings so far in the workbook.
    pub count: u32,
}

impl Filler<'_> {
    /// The cells of a finding by column, and the facts.
    pub(super) fn fill(
        &mut self,
        f: &Finding<'_>,
        fields: &[Field],
        seq: u32,
        chance: &mut Chance,
    ) -> (Vec<Cell>, Fact) {
        self.count += 1;
        let slip = self.slip(chance);
        let has = |field| fields.contains(&field);
        let mut fact = Fact::item(f);
        if has(Field::Code) {
            fact.code = self.code_text();
        }
        let (people, found) = (self.responsible(f, slip, chance, &mut fact), self.found(f, slip, chance, &mut fact));
        let due = match slip {
            // Without a day of discovery only a whole date is certain.
            Slip::NoFound => {
                fact.due = due::Truth::Day(f.due.day);
                Cell::text(f.due.day.to_string())
            }
            _ => f.due.cell.clone(),
        };
        if fact.due == Truth::Draft {
            fact.drafts.push("due");
        }
        if slip == Slip::Nobody && !has(Field::Body) {
            fact.drafts.push("responsible");
        }
        let cells = fields.iter().map(|field| match field {
            Field::Seq => Cell::Number(f64::from(seq)),
            Field::Code => self.code(),
            Field::Found => found.clone(),
            Field::Responsible => people.clone(),
            Field::Due => due.clone(),
            Field::Grade => self.grade(f.grade, slip, chance, &mut fact),
            _ => self.other(*field, f, slip, chance, &mut fact),
        });
        let cells = cells.collect();
        (cells, fact)
    }

    fn slip(&self, chance: &mut Chance) -> Slip {
        let slips = [
            (Slip::NoFound, shares::NO_FOUND),
            (Slip::NoGrade, shares::NO_GRADE),
            (Slip::Roman, shares::ROMAN_GRADE),
            (Slip::Nobody, shares::NOBODY),
            (Slip::Department, shares::DEPARTMENT_FOR_PERSON),
        ];
        let mut at = chance.below(1_000) as u32;
        for (slip, share) in slips {
            match at.checked_sub(share) {
                Some(rest) => at = rest,
                None if self.clean => return Slip::None,
                None => return slip,
            }
        }
        Slip::None
    }

    fn code_text(&self) -> String {
        match self.numbering {
            Numbering::Signed(a, b) => format!("{a}{b}-{}-{:04}", self.on.format("%Y"), self.count),
            Numbering::ZerosInText | Numbering::ZerosInFormat => format!("{:06}", self.count),
        }
    }

    fn code(&self) -> Cell {
        match self.numbering {
            Numbering::ZerosInFormat => Cell::Padded(self.count),
            _ => Cell::text(self.code_text()),
        }
    }

    fn found(&self, f: &Finding<'_>, slip: Slip, chance: &mut Chance, fact: &mut Fact) -> Cell {
        let day = f.found;
        if slip == Slip::NoFound {
            fact.found = None;
            fact.drafts.push("found");
            return Cell::Empty;
        }
        if self.clean {
            return Cell::Day(day, due::ISO);
        }
        let text = match chance.below(100) {
            0..55 => return Cell::Day(day, chance.word(&[due::ISO, "yyyy/m/d", "m\"月\"d\"日\""])),
            55..58 => return Cell::serial(day),
            58..68 => day.format("%Y.%-m.%-d").to_string(),
            68..76 => day.format("%Y/%-m/%-d").to_string(),
            76..83 => day.to_string(),
            83..90 => due::full(day),
            90..96 => due::month_day(day),
            96..98 => full_width(&due::full(day)),
            _ => format!("{day} {:02}:{:02}", f.hour.0, f.hour.1),
        };
        Cell::Text(text)
    }

    fn grade(&self, grade: Grade, slip: Slip, chance: &mut Chance, fact: &mut Fact) -> Cell {
        if matches!(slip, Slip::NoGrade | Slip::Roman) {
            fact.grade = "draft";
            fact.drafts.push("severity");
        }
        let words: &[(&str, u32)] = match grade {
            _ if slip == Slip::NoGrade => return Cell::Empty,
            // Ⅲ is 一般 where there are three grades and 较大 where there are four.
            _ if slip == Slip::Roman => return Cell::text(chance.word(&["Ⅲ", "Ⅲ级", "III"])),
            Grade::General if self.clean => &[("一般", 1)],
            Grade::General => &[("一般", 70), ("一般隐患", 22), ("一般事故隐患", 6), ("（一般）", 2)],
            Grade::Larger => &[("较大", 80), ("较大隐患", 20)],
            Grade::Major | Grade::Listed if self.clean => &[("重大", 1)],
            Grade::Major | Grade::Listed => &[("重大", 60), ("重大隐患", 30), ("重大事故隐患", 10)],
        };
        Cell::text(self.ends(chance.weighted(words).to_owned(), chance))
    }

    fn responsible(&self, f: &Finding<'_>, slip: Slip, chance: &mut Chance, fact: &mut Fact) -> Cell {
        match slip {
            Slip::Nobody => {
                fact.responsible.clear();
                return Cell::Empty;
            }
            Slip::Department => {
                let name = self.county.departments[f.department].clone();
                fact.responsible = vec![name.clone()];
                return Cell::text(name);
            }
            _ => {}
        }
        let people = &f.responsible;
        let text = if self.clean { names(people, "、") } else { self.dirty_names(people, chance) };
        Cell::text(self.ends(text, chance))
    }

    fn dirty_names(&self, people: &[&Person], chance: &mut Chance) -> String {
        let with = |open: &str, close: &str, what: fn(&Person) -> &str| {
            let one = |p: &&Person| format!("{}{open}{}{close}", p.name, what(p));
            people.iter().map(one).collect::<Vec<_>>().join("、")
        };
        match chance.below(100) {
            0..8 => with(" ", "", |p| &p.phone),
            8..14 => with("（", "）", |p| &p.phone),
            14..20 => with("（", "）", |p| &p.title),
            20..24 => with("", "", short_title),
            // 张　三: padded to the width of three characters.
            24..30 if people.len() == 1 && people[0].name.chars().count() == 2 => {
                people[0].name.chars().map(String::from).collect::<Vec<_>>().join(chance.word(&[" ", "  ", "\u{3000}"]))
            }
            30..31 => with(" ", "", |_| "1.38E+10"),
            _ => names(people, chance.weighted(&[("、", 60), ("，", 15), ("/", 8), (" ", 8), ("\n", 5), ("；", 4)])),
        }
    }

    fn other(&self, field: Field, f: &Finding<'_>, slip: Slip, chance: &mut Chance, fact: &mut Fact) -> Cell {
        let county = self.county;
        let text = match field {
            Field::Town => county.towns[f.town].name.clone(),
            Field::Unit if self.clean => f.unit.clone(),
            Field::Unit => broken(f.unit.clone(), chance),
            Field::Industry => {
                let industry = &INDUSTRIES[f.industry];
                let alias = !self.clean && chance.mille(shares::ALIAS);
                if alias { chance.word(industry.aliases) } else { industry.name }.to_owned()
            }
            Field::Place => self.smudged(f.place.clone(), chance),
            Field::Problem => self.smudged(f.problem.clone(), chance),
            Field::Measures => self.smudged(f.measures.clone(), chance),
            Field::Basis => "《安全生产法》第四十一条".to_owned(),
            Field::Funds if chance.mille(200) => return Cell::Number(chance.between(1, 60) as f64 / 10.0),
            Field::Body => county.towns[f.town].name.clone(),
            Field::Phone => return self.phone(f, slip, chance),
            Field::Leader => f.leader.as_ref().map_or_else(String::new, |p| self.leader(p, chance)),
            Field::Department if f.supervised => county.departments[f.department].clone(),
            Field::Assigner => county.assigner.name.clone(),
            Field::Inspectors => f.verifier.name.clone(),
            Field::Status => {
                let (words, claim) = status(f.progress, self.clean);
                fact.status = claim;
                self.ends(chance.weighted(words).to_owned(), chance)
            }
            Field::DoneOn => f.done_on.map_or_else(String::new, |d| d.to_string()),
            Field::Verifier => self.ends(f.verifier.name.clone(), chance),
            Field::VerifiedOn if f.progress == Progress::Verified => {
                f.done_on.map_or_else(String::new, |d| d.to_string())
            }
            Field::Closed => if f.progress == Progress::Verified { "是" } else { "否" }.to_owned(),
            Field::Note if f.grade == Grade::Listed => "挂牌督办".to_owned(),
            Field::Note if chance.mille(80) => (chance.word(&["有照片", "立行立改", "已约谈", "需资金"])).to_owned(),
            _ => String::new(),
        };
        Cell::text(text)
    }

    fn leader(&self, leader: &Person, chance: &mut Chance) -> String {
        match chance.below(10) {
            0 if !self.clean => format!("{}（{}）", leader.name, leader.title),
            1 if !self.clean => format!("{}{}", leader.title, leader.name),
            _ => leader.name.clone(),
        }
    }

    fn phone(&self, f: &Finding<'_>, slip: Slip, chance: &mut Chance) -> Cell {
        if matches!(slip, Slip::Nobody | Slip::Department) {
            return Cell::Empty;
        }
        let first = &f.responsible[0].phone;
        if !self.clean && chance.mille(shares::PHONE_ROUNDED) {
            return Cell::text("1.38E+10");
        }
        match first.parse() {
            Ok(number) if !self.clean && chance.mille(shares::PHONE_NUMBER) => Cell::Number(number),
            _ => Cell::text(f.responsible.iter().map(|p| p.phone.as_str()).collect::<Vec<_>>().join("、")),
        }
    }

    fn smudged(&self, text: String, chance: &mut Chance) -> String {
        if self.clean { text } else { smudge(text, chance) }
    }

    fn ends(&self, text: String, chance: &mut Chance) -> String {
        if self.clean { text } else { smudge_ends(text, chance) }
    }
}

fn names(people: &[&Person], joint: &str) -> String {
    people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(joint)
}

/// 站长 of 安监站站长; no title for those who have none that grows to a name.
fn short_title(person: &Person) -> &str {
    if person.title.ends_with("站长") { "站长" } else { "" }
}

/// Words of the status column and the claim they make.
fn status(progress: Progress, clean: bool) -> (&'static [(&'static str, u32)], &'static str) {
    match (progress, clean) {
        (Progress::NotDone, true) => (&[("未整改", 1)], "not_done"),
        (Progress::NotDone, false) => (&[("未整改", 50), ("否", 20), ("未完成", 20), ("×", 10)], "not_done"),
        (Progress::UnderWay, true) => (&[("正在整改", 1)], "in_progress"),
        (Progress::UnderWay, false) => {
            (&[("正在整改", 45), ("整改中", 30), ("基本完成", 15), ("部分完成", 10)], "in_progress")
        }
        (Progress::Done, true) => (&[("已整改", 1)], "done"),
        (Progress::Done, false) => {
            (&[("已整改", 45), ("√", 20), ("是", 10), ("已完成", 10), ("整改完毕", 8), ("已整改到位", 7)], "done")
        }
        (Progress::Verified, true) => (&[("已销号", 1)], "verified"),
        (Progress::Verified, false) => (&[("已销号", 50), ("复查合格", 30), ("验收合格", 20)], "verified"),
    }
}
