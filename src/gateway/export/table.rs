//! The ledger as plain tables: one line an item, and the figures of its units.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{merged, says_the_same, text_of};
use crate::core::digest::{Counted, Figures, Tally, percent};
use crate::core::item::{Item, ItemId, Role};
use crate::core::org::{Directory, Level, Locale, UnitId};
use crate::core::words::Say;
use crate::gateway::Gateway;
use crate::gateway::export::ExportError;
use crate::ledger::patch::{AddedSheet, Value};
use crate::ledger::{Key, write};
use crate::store::{StoreError, from_json, json, ledgers, people};

/// Columns of the office's table; their names are the phrases `table_column_1` to `table_column_11`.
const COLUMNS: usize = 11;

/// Fields of a line that come first, in this order; the office's own columns follow.
const FIRST: [&str; 22] = [
    "隐患编号",
    "检查时间",
    "县市区",
    "乡镇街道",
    "受检单位",
    "行业领域",
    "隐患部位",
    "存在问题",
    "隐患等级",
    "判定依据",
    "整改措施",
    "整改期限",
    "责任单位",
    "整改责任人",
    "责任领导",
    "监管部门",
    "复查人",
    "交办人",
    "整改情况",
    "完成时间",
    "复查时间",
    "是否销号",
];

/// An item as JSON gives it.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    /// The ledger's own key.
    pub key: &'a str,
    #[serde(flatten)]
    pub item: &'a Item,
    /// Names of those on it, by role.
    pub people: BTreeMap<&'static str, Vec<String>>,
    /// The row's fields as last read.
    pub row: BTreeMap<String, String>,
}

impl Gateway {
    /// One line an item, header first: the fields as last read, with what became of the item; and what was filled in.
    pub(super) fn rows_of(
        &self,
        directory: &Directory,
        items: &[(String, ledgers::Known)],
    ) -> (Vec<Vec<String>>, Vec<(ItemId, String)>) {
        let world = self.world(directory);
        let mut filled = Vec::new();
        let mut rows: Vec<BTreeMap<String, String>> = Vec::new();
        for (key, known) in items {
            let mut fields: BTreeMap<String, String> = serde_json::from_str(&known.row).unwrap_or_default();
            let mut texts = Vec::new();
            for (key, value) in self.results(&world, &known.item, Locale::ZhCn) {
                let field = fields.entry(key.canonical().to_owned()).or_default();
                let keep = if key == Key::Status { says_the_same(field, &known.item) } else { !field.is_empty() };
                if !keep {
                    *field = text_of(&value);
                    texts.push((key, field.clone()));
                }
            }
            if let (false, Ok(text)) = (texts.is_empty(), json(&merged(&known.exported, texts))) {
                filled.push((known.item.id, text));
            }
            // A row without a number of its own is known by its look: there is nothing to write down.
            let number = key.split_once('/').map_or(key.as_str(), |(_, key)| key);
            let number = if number == known.look { "" } else { number };
            fields.insert(FIRST[0].to_owned(), number.to_owned());
            rows.push(fields);
        }
        let mut header: Vec<String> = FIRST.iter().map(|f| (*f).to_owned()).collect();
        for name in rows.iter().flat_map(BTreeMap::keys) {
            if !header.contains(name) {
                header.push(name.clone());
            }
        }
        let mut lines = vec![header.clone()];
        let line = |mut fields: BTreeMap<String, String>| {
            header.iter().map(|name| fields.remove(name).unwrap_or_default()).collect()
        };
        lines.extend(rows.into_iter().map(line));
        (lines, filled)
    }

    /// The ledger of a source as CSV, safe to open in a spreadsheet program.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_csv(&self, source: &str) -> Result<Vec<u8>, ExportError> {
        let mut tx = self.store.begin().await?;
        let items = ledgers::of_source(&mut tx, source).await?;
        if items.is_empty() {
            return Err(ExportError::Unknown(source.to_owned()));
        }
        let (lines, filled) = self.rows_of(&people::load(&mut tx).await?, &items);
        let mut out = csv::WriterBuilder::new().from_writer(b"\xef\xbb\xbf".to_vec());
        for line in lines {
            out.write_record(line.iter().map(|cell| write::guarded(cell)))
                .map_err(|e| ExportError::Columns(e.to_string()))?;
        }
        self.note_written(&mut tx, &filled).await?;
        tx.commit().await.map_err(StoreError::from)?;
        out.into_inner().map_err(|e| ExportError::Columns(e.to_string()))
    }

    /// The ledger of a source as JSON: every item whole, with the names of its people and its row.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_json(&self, source: &str) -> Result<String, ExportError> {
        let mut tx = self.store.snapshot().await?;
        let items = ledgers::of_source(&mut tx, source).await?;
        if items.is_empty() {
            return Err(ExportError::Unknown(source.to_owned()));
        }
        let directory = people::load(&mut tx).await?;
        let now = self.now();
        let lines: Vec<Line<'_>> = items
            .iter()
            .map(|(key, known)| {
                let names = |role: Role| {
                    let people = known.item.assigned(role, now).flat_map(|a| directory.behind(a.who, now));
                    people.filter_map(|p| directory.person(p)).map(|p| p.name.clone()).collect::<Vec<_>>()
                };
                let people = Role::ALL.into_iter().map(|r| (r.word(), names(r))).filter(|(_, n)| !n.is_empty());
                Line {
                    key,
                    item: &known.item,
                    people: people.collect(),
                    row: from_json(&known.row).unwrap_or_default(),
                }
            })
            .collect();
        Ok(json(&lines)?)
    }

    /// The office's table as a sheet with a chart.
    pub(super) fn figures<'i>(
        &self,
        directory: &Directory,
        items: impl Iterator<Item = &'i Item>,
        locale: Locale,
    ) -> AddedSheet {
        let world = self.world(directory);
        let items: Vec<&Item> = items.collect();
        let mut units: Vec<UnitId> = Vec::new();
        for unit in items.iter().filter_map(|item| item.unit).map(|unit| row_of(directory, unit)) {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
        let mut tally = Tally::new(&units, world.now, &world);
        for item in items {
            // An item always reads back from its own form.
            if let Some(counted) = json(item).ok().and_then(|text| from_json::<Counted>(&text).ok()) {
                tally.add(&counted, || None);
            }
        }
        let digest = tally.finish();
        let say = |key: &str, args: &[(&str, String)]| self.phrases.say(locale, key, args);
        let cutoff = world.now.with_timezone(&self.policy.zone).format("%Y-%m-%d %H:%M").to_string();
        let mut rows = vec![vec![Value::Text(say("table_caption", &[("cutoff", cutoff)]))]];
        rows.push((1..=COLUMNS).map(|n| Value::Text(say(&format!("table_column_{n}"), &[]))).collect());
        rows.extend(digest.rows.iter().map(|figures| line(&figures.unit, figures)));
        let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        rows.push(line(&say("ledger_all", &[]), &digest.all));
        let name = say("ledger_summary_sheet", &[]);
        // Closed, in progress and waiting add up to what should be fixed.
        let chart = write::chart(&name, &rows, 2, last, &[2, 4, 5]);
        AddedSheet { name, rows, chart }
    }
}

/// The township or department whose row a unit belongs to: the one just below the county, else the uppermost.
fn row_of(directory: &Directory, unit: UnitId) -> UnitId {
    let chain = directory.chain(unit);
    let below_county = chain.windows(2).find(|pair| directory.unit(pair[1]).is_some_and(|u| u.level == Level::County));
    below_county.map_or_else(|| chain.last().copied().unwrap_or(unit), |pair| pair[0])
}

fn line(name: &str, f: &Figures) -> Vec<Value> {
    // Counts are far below 2^53.
    let number = |n: u64| Value::Number(n as f64);
    vec![
        Value::Text(name.to_owned()),
        number(f.total),
        number(f.closed),
        Value::Text(percent(f.closed, f.total)),
        number(f.in_progress),
        number(f.waiting),
        number(f.overdue),
        number(f.major_overdue),
        number(f.unacknowledged),
        number(f.extending),
        if f.longest > 0 { Value::Number(f.longest as f64) } else { Value::Text("-".to_owned()) },
    ]
}
