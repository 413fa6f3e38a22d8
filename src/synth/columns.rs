//! The columns of a workbook and what its writer calls them.
//!
//! Names as public ledgers and forms have them, kept apart from the reader's own vocabulary: a name that the reader does not know must
//! be able to occur.

use super::chance::Chance;
use super::shares;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Seq,
    Code,
    Found,
    Town,
    Unit,
    Industry,
    Place,
    Problem,
    Grade,
    Basis,
    Measures,
    Funds,
    Due,
    Body,
    Responsible,
    Phone,
    Leader,
    Department,
    Assigner,
    Inspectors,
    Status,
    DoneOn,
    Verifier,
    VerifiedOn,
    Closed,
    Note,
}

/// A column that ledgers may have.
struct Known {
    field: Field,
    name: &'static str,
    aliases: &'static [&'static str],
    /// Group above it, where the header has two rows.
    group: &'static str,
    /// Of a thousand workbooks that have it (guess); a thousand: all.
    share: u32,
}

const fn known(
    field: Field,
    name: &'static str,
    aliases: &'static [&'static str],
    group: &'static str,
    share: u32,
) -> Known {
    Known { field, name, aliases, group, share }
}

const BASICS: &str = "基本情况";
const HAZARD: &str = "隐患情况";
const FIXING: &str = "整改落实情况";
const CHECKING: &str = "复查销号";

#[rustfmt::skip] // one column a line
const KNOWN: [Known; 26] = [
    known(Field::Seq, "序号", &["编号", "No.", "序"], "", 1000),
    known(Field::Code, "隐患编号", &["台账编号", "问题编号"], BASICS, shares::CODED),
    known(Field::Found, "检查时间", &["排查时间", "发现时间", "检查日期", "登记日期"], BASICS, 1000),
    known(Field::Town, "乡镇街道", &["属地", "所属乡镇", "镇(街)"], BASICS, 900),
    known(Field::Unit, "受检单位", &["被检查单位", "企业名称", "单位名称", "隐患单位"], BASICS, 1000),
    known(Field::Industry, "行业领域", &["行业", "类别", "行业类别"], BASICS, 600),
    known(Field::Place, "隐患部位", &["地点", "具体位置", "隐患地点"], HAZARD, 1000),
    known(Field::Problem, "存在问题", &["隐患内容", "隐患描述", "问题描述", "隐患名称"], HAZARD, 1000),
    known(Field::Grade, "隐患等级", &["级别", "隐患级别"], HAZARD, 1000),
    known(Field::Basis, "判定依据", &["依据", "违反条款"], HAZARD, 150),
    known(Field::Measures, "整改措施", &["治理措施", "整改要求", "处理意见"], FIXING, 850),
    known(Field::Funds, "整改资金(万元)", &["资金", "投入"], FIXING, 100),
    known(Field::Due, "整改期限", &["整改时限", "完成时限", "要求完成时间", "整改时间"], FIXING, 1000),
    known(Field::Body, "责任单位", &["治理责任单位", "责任部门", "整改单位"], FIXING, 300),
    known(Field::Responsible, "整改责任人", &["责任人", "负责人", "联系人"], FIXING, 1000),
    known(Field::Phone, "联系电话", &["电话", "手机"], FIXING, 450),
    known(Field::Leader, "责任领导", &["包保领导", "督办领导", "分管领导", "挂牌领导"], FIXING, 1000),
    known(Field::Department, "监管部门", &["督办单位", "行业主管部门", "牵头单位"], FIXING, 1000),
    known(Field::Assigner, "交办人", &[], FIXING, 300),
    known(Field::Inspectors, "检查人员", &["排查人", "带队领导", "检查组"], FIXING, 250),
    known(Field::Status, "整改情况", &["整改完成情况", "进展", "整改进度", "是否完成", "是否整改到位"], FIXING, 950),
    known(Field::DoneOn, "完成时间", &["整改完成时间", "实际完成日期"], CHECKING, 250),
    known(Field::Verifier, "复查人", &["验收人", "验收人员", "核查人"], CHECKING, 1000),
    known(Field::VerifiedOn, "复查时间", &["验收时间", "复查日期"], CHECKING, 150),
    known(Field::Closed, "是否销号", &["销号", "销号情况"], CHECKING, 150),
    known(Field::Note, "备注", &["说明"], "", 900),
];

/// A column of one workbook.
pub(super) struct Column {
    pub field: Field,
    /// As it stands in the header.
    pub name: String,
    pub group: &'static str,
}

/// The columns of a workbook. Whoever keeps it has one name for each and stays with it.
pub(super) fn columns(chance: &mut Chance, clean: bool) -> Vec<Column> {
    let mut columns = Vec::new();
    for known in &KNOWN {
        let has = chance.mille(known.share);
        let alias = chance.mille(shares::ALIAS) && !known.aliases.is_empty();
        let name = if alias && !clean { chance.word(known.aliases) } else { known.name };
        if has || known.share == 1_000 || (clean && known.field == Field::Code) {
            let name = if clean { name.to_owned() } else { decorated(name, chance) };
            columns.push(Column { field: known.field, name, group: known.group });
        }
    }
    columns
}

/// Stars for what must be filled in, hints in brackets, spaces and line breaks for looks.
fn decorated(name: &str, chance: &mut Chance) -> String {
    if !chance.mille(shares::DECORATED) {
        return name.to_owned();
    }
    let two: String = name.chars().take(2).collect();
    let rest: String = name.chars().skip(2).collect();
    match chance.below(5) {
        0 => format!("*{name}"),
        1 if name.chars().count() == 2 => name.chars().map(String::from).collect::<Vec<_>>().join(" "),
        1 | 2 if !rest.is_empty() => format!("{two}\n{rest}"),
        3 if !name.contains('(') => format!("{name}（必填）"),
        _ => format!("{name} "),
    }
}
