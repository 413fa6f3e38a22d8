//! What the ledger reader makes of the files people send: deadlines in words, titles above the header,
//! merged cells, GB18030, secrecy marks, files that are too large or no files at all.

use std::path::Path;

use chrono::{Datelike, NaiveDate, Weekday};
use dutybell::core::reply::DayView;
use dutybell::ledger::cells::StatusClaim;
use dutybell::ledger::{
    DueCell, DueContext, Key, Learned, LedgerError, Limits, ReadContext, Row, Severity, SheetKind, Span, Workbook,
    read_bytes, read_due, read_file,
};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as Xlsx, Worksheet};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date in the test")
}

/// National Day 2022: rest from 1 to 7 October, work on the weekend of 8 and 9.
struct NationalDay;

impl DayView for NationalDay {
    fn is_workday(&self, d: NaiveDate) -> bool {
        let weekend = matches!(d.weekday(), Weekday::Sat | Weekday::Sun);
        let rest = d >= day("2022-10-01") && d <= day("2022-10-07");
        let makeup = d == day("2022-10-08") || d == day("2022-10-09");
        makeup || !(weekend || rest)
    }

    fn holiday(&self, name: &str, from: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let (first, last) = (day("2022-10-01"), day("2022-10-07"));
        ("国庆节".contains(name) && first >= from).then_some((first, last))
    }
}

fn ctx() -> ReadContext<'static> {
    ReadContext::new(day("2022-09-22"), &NationalDay)
}

fn due(text: &str) -> (&'static str, String, DueCell) {
    let ctx = DueContext { found_on: day("2022-09-22"), date1904: false, days: &NationalDay };
    let reading = read_due(text, &ctx);
    (reading.label, reading.value, reading.cell)
}

fn keys(row: &Row) -> Vec<String> {
    row.problems.iter().map(|p| p.key().to_owned()).collect()
}

fn csv(text: &str) -> Workbook {
    read_bytes("台账.csv", text.as_bytes(), &ctx()).expect("the file is read")
}

const HEADER: &str = "序号,检查时间,受检单位,存在问题,隐患等级,整改期限,整改责任人\n";

#[test]
fn every_labelled_deadline_is_read_as_labelled() {
    let table = include_str!("../data/ledger_dates.tsv");
    let mut wrong = Vec::new();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (label, value, _) = due(fields[0]);
        if (label, value.as_str()) != (fields[1], fields[2]) {
            wrong.push(format!("{:?}: {label} {value}, not {} {}", fields[0], fields[1], fields[2]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn deadlines_in_words() {
    for (text, label, value) in [
        ("10月上旬", "end_of", "2022-10-10"),
        ("10月中旬前", "end_of", "2022-10-20"),
        ("本月底", "end_of", "2022-09-30"),
        ("下周五", "date", "2022-09-30"),
        ("10日内", "duration", "2022-10-02"),
        ("两周内", "duration", "2022-10-06"),
        ("半个月", "duration", "2022-10-07"),
        ("限3日", "duration", "2022-09-25"),
        ("自发现之日起十五个工作日内", "duration", "2022-10-18"),
        ("9-30", "date", "2022-09-30"),
        ("09/30", "date", "2022-09-30"),
        ("2022年第三季度末", "end_of", "2022-09-30"),
        ("年内", "end_of", "2022-12-31"),
        ("明年3月底", "end_of", "2023-03-31"),
        ("2022-9-30前完成", "date", "2022-09-30"),
        ("9月30日17时前", "date", "2022-09-30T17:00"),
        ("（延期至10月10日）", "date", "2022-10-10"),
        ("9月30日（延期至10月10日）", "date", "2022-10-10"),
        ("即日起至9月30日", "range", "2022-09-30"),
        ("9.22-9.30", "range", "2022-09-30"),
        ("2022年9月30日（星期五）", "date", "2022-09-30"),
        ("二O二二年十月八日", "date", "2022-10-08"),
        ("十一前", "date", "2022-09-30"),
        ("即刻", "immediate", "2022-09-22"),
        ("立行立改", "immediate", "2022-09-22"),
        ("常年", "ongoing", ""),
        ("每月25日前", "ongoing", ""),
        ("by 30 September", "date", "2022-09-30"),
        ("within 5 working days", "duration", "2022-09-29"),
    ] {
        let (got, reached, cell) = due(text);
        assert_eq!((got, reached.as_str()), (label, value), "{text}: {cell:?}");
    }
}

#[test]
fn what_could_be_two_things_is_asked() {
    for text in [
        "9月30日或10月10日",
        "9月30日，申请延期至10月10日",
        "收到通知书后15日内",
        "9月30日左右",
        "9月30日后",
        "暂定9月30日",
        "3-5天",
        "5日",
        "9.3",
        "9月20日",
        "09/10/2022",
        "2小时内",
        "9月前",
        "节后",
        "开学前",
        "2022.9.3O",
    ] {
        let (label, value, cell) = due(text);
        assert_eq!(label, "ambiguous", "{text}: {value}");
        assert!(matches!(cell, DueCell::Unreadable { .. }), "{text}");
    }
}

#[test]
fn kinds_of_deadlines_are_kept_apart() {
    assert_eq!(due("5个工作日").2, DueCell::Within(Span::Workdays(5)));
    assert_eq!(due("一个月内").2, DueCell::Within(Span::Months(1)));
    let spot = |done_on_the_spot| DueCell::Immediate { done_on_the_spot };
    assert_eq!(due("当场整改").2, spot(true));
    assert_eq!(due("立即整改").2, spot(false));
    assert_eq!(due("已完成").2, DueCell::Missing);
    assert_eq!(due("不能当场整改").0, "none");
}

#[test]
fn the_1904_flag_decides_day_numbers() {
    let ctx = DueContext { found_on: day("2022-09-22"), date1904: true, days: &NationalDay };
    assert_eq!(read_due("43372", &ctx).cell, DueCell::Date(day("2022-09-30")));
}

#[test]
fn the_sample_county_reads_clean() {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/qingshi");
    let read = |name: &str| read_file(&pack.join(name), &ctx()).expect("the sample is read");
    let (ledger, people, units) = (read("ledger.csv"), read("people.csv"), read("units.csv"));

    assert_eq!((ledger.rows.len(), people.people.len(), units.units.len()), (24, 21, 16));
    let drafts: Vec<&str> = ledger.rows.iter().filter(|r| r.is_draft()).map(|r| r.key.as_str()).collect();
    assert_eq!(drafts, ["QS-2022-024"]);
    let of_zhang = ledger.rows.iter().filter(|r| r.responsible[0].name == "张三").count();
    assert!(of_zhang >= 5);
    let names: Vec<&str> = people.people.iter().map(|p| p.name.as_str()).collect();
    for row in &ledger.rows {
        let named = [&row.responsible, &row.leader, &row.verifier, &row.assigner];
        for person in named.into_iter().flatten() {
            assert!(names.contains(&person.name.as_str()), "{} names {}", row.key, person.name);
        }
        assert_ne!(row.responsible[0].name, row.verifier[0].name, "{}", row.key);
    }
    assert!(people.all_problems().chain(units.all_problems()).next().is_none());
    let zhang = &people.people[names.iter().position(|n| *n == "张三").expect("listed")];
    assert_eq!((zhang.unit.as_str(), zhang.unit_path.as_str()), ("青石镇", "青石县/青石镇"));
    assert_eq!(zhang.channels[0], ("desk".to_owned(), "zhangsan".to_owned()));
}

/// A workbook as an office keeps it: titles, a header in two rows, merged units, a signature line, a
/// list of people, a hidden sheet.
fn office_workbook() -> Vec<u8> {
    let mut book = Xlsx::new();
    let plain = Format::new();
    let date = Format::new().set_num_format("yyyy/m/d");
    let sheet = book.add_worksheet();
    sheet.set_name("9月隐患台账").expect("name");
    sheet.merge_range(0, 0, 0, 8, "附件1", &plain).expect("merge");
    sheet.merge_range(1, 0, 1, 8, "青石县隐患整改台账", &plain).expect("merge");
    write(sheet, 2, &["填报单位：青石镇", "", "", "填报时间：2022.9.22"]);
    write(sheet, 3, &["序号", "检查时间", "受检单位", "存在问题", "隐患等级"]);
    sheet.merge_range(3, 5, 3, 7, "整改", &plain).expect("merge");
    write(sheet, 4, &["", "", "", "", "", "措施", "期限", "责任人", "县里的列"]);
    write(sheet, 5, &["1", "", "", "防静电接地失效", "一般", "检测", "", "张三\n李四 13800000004", "甲"]);
    write(sheet, 6, &["2", "", "", "药物超量存放", "重大隐患", "清运", "２０２２．９．３０", "〃", ""]);
    write(sheet, 7, &["3", "9月22日", "青石农贸市场", "消防通道占用", "一般", "拆除", "节前", "市场管理办", "丙"]);
    let found = ExcelDateTime::from_ymd(2022, 9, 21).expect("date");
    sheet.merge_range(5, 1, 6, 1, "", &date).expect("merge");
    sheet.write_datetime_with_format(5, 1, &found, &date).expect("cell");
    sheet.merge_range(5, 2, 6, 2, "红星花炮厂", &plain).expect("merge");
    sheet.write_number(5, 6, 44834.0).expect("cell");
    write(sheet, 8, &["合计", "", "", "3"]);
    write(sheet, 9, &["填报人：张三", "", "", "审核人：李四"]);
    let people = book.add_worksheet();
    people.set_name("人员").expect("name");
    write(people, 0, &["姓名", "单位", "职务", "电话", "邮箱", "desk", "渠道"]);
    write(
        people,
        1,
        &["张 三", "青石县/青石镇", "安监站站长", "13800000003", "zhangsan@qingshi.example", "zhangsan", "desk；邮箱"],
    );
    let hidden = book.add_worksheet();
    hidden.set_name("旧").expect("name").set_hidden(true);
    write(hidden, 0, &["受检单位", "存在问题", "整改期限"]);
    book.save_to_buffer().expect("saved")
}

fn write(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, text) in (0u16..).zip(cells) {
        if !text.is_empty() {
            sheet.write_string(row, column, *text).expect("cell");
        }
    }
}

#[test]
fn an_office_workbook_with_all_its_decoration() {
    let book = read_bytes("台账.xlsx", &office_workbook(), &ctx()).expect("the workbook is read");
    let kinds: Vec<SheetKind> = book.sheets.iter().map(|s| s.kind).collect();
    assert_eq!(kinds, [SheetKind::Ledger, SheetKind::People, SheetKind::Hidden]);
    assert_eq!(book.sheets[0].header_row, Some(5));
    let unknown: Vec<&str> = book.columns.iter().map(|c| c.header.as_str()).collect();
    assert_eq!(unknown, ["县里的列"]);

    let [first, second, third] = book.rows.as_slice() else {
        panic!("three items, not {:?}", book.rows);
    };
    assert_eq!(first.place.to_string(), "台账.xlsx / 9月隐患台账 / row 6");
    assert_eq!((first.unit.as_str(), first.found_on), ("红星花炮厂", Some(day("2022-09-21"))));
    assert_eq!(first.due.cell, DueCell::Date(day("2022-09-30")));
    let names: Vec<&str> = first.responsible.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["张三", "李四"]);
    assert_eq!(first.responsible[1].phone.as_deref(), Some("13800000004"));
    assert_eq!(first.extra, [("县里的列".to_owned(), "甲".to_owned())]);

    assert_eq!((second.unit.as_str(), second.found_on), ("红星花炮厂", Some(day("2022-09-21"))));
    assert_eq!(second.due.value, "2022-09-30");
    assert_eq!(second.due_text, "２０２２．９．３０");
    assert_eq!(second.responsible, first.responsible);
    assert_eq!(keys(second), ["ditto"]);

    assert!(third.is_draft());
    assert_eq!(third.responsible[0].name, "市场管理办");
    let asked = third.problems.iter().find(|p| p.severity == Severity::Draft).expect("a draft");
    assert_eq!(asked.place.column.as_deref(), Some("G 整改/期限"));
    assert!(asked.reason.contains("2022-09-30"), "{}", asked.reason);

    let log = book.skipped.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(log.contains("row 9: a subtotal") && log.contains("row 10: a signature line"), "{log}");
    assert_eq!(book.people[0].name, "张三");
    assert_eq!(book.people[0].channels[0].0, "desk");
}

#[test]
fn gb18030_and_utf8_give_the_same_rows() {
    let text = format!("{HEADER}1,2022.9.22,红星花炮厂,接地失效,一般,月底前,张三\n");
    let plain = csv(&text);
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    let marked = format!("\u{feff}{text}");
    for bytes in [gb.as_ref(), marked.as_bytes()] {
        assert_eq!(read_bytes("台账.csv", bytes, &ctx()).expect("read").rows, plain.rows);
    }
    assert_eq!(plain.rows[0].due.value, "2022-09-30");
    assert!(!plain.rows[0].is_draft());
}

#[test]
fn rows_that_lack_something_become_drafts_and_say_why() {
    let book = csv(&format!(
        "{HEADER}1,2022.9.22,红星花炮厂,接地失效,一般,待定,张三\n2,,红星花炮厂,无证上岗,一般,9.30,张三\n\n3,2022.9.22,,通道占用,重要,9.30,\n4,2022.9.22,云溪加油站,无,,,周九\n"
    ));
    let found: Vec<(u32, Vec<String>)> = book.rows.iter().map(|r| (r.place.row, keys(r))).collect();
    assert_eq!(found[0], (2, vec!["due-none".to_owned()]));
    assert_eq!(found[1], (3, vec!["found-missing".to_owned()]));
    assert_eq!(found[2].0, 5);
    assert_eq!(found[2].1, ["unit-missing", "severity-unknown", "responsible-missing"]);
    assert!(book.rows.iter().all(Row::is_draft));
    assert!(book.skipped[0].to_string().contains("row 6: a nil report"), "{:?}", book.skipped);
}

#[test]
fn rows_keep_their_key_when_only_the_typing_changes() {
    let key = |row: &str| csv(&format!("{HEADER}{row}\n")).rows[0].key.clone();
    let first = key("1,2022.9.22,红星花炮厂,3号工房防静电接地失效；,一般,9.30,张三");
    assert_eq!(first, key("7,2022年9月22日, 红星花炮厂 ,３号工房 防静电接地失效,重大,10.8,李四"));
    assert_ne!(first, key("1,2022.9.22,红星花炮厂,4号工房防静电接地失效,一般,9.30,张三"));
    let twice = csv(&format!("{HEADER}{0}\n{0}\n", "1,2022.9.22,甲厂,接地失效,一般,9.30,张三"));
    assert_eq!(keys(&twice.rows[1]), ["possible-duplicate"]);
}

#[test]
fn phone_numbers_lost_to_the_spreadsheet_are_refused_and_the_row_kept() {
    let book = csv(
        "受检单位,检查时间,存在问题,隐患等级,整改期限,责任人,联系电话,责任领导,联系电话\n甲厂,2022.9.22,通道占用,一般,9.30,张三,1.38E+10,王五,13800000005\n",
    );
    let row = &book.rows[0];
    assert_eq!(row.responsible[0].phone, None);
    assert_eq!(row.leader[0].phone.as_deref(), Some("13800000005"));
    assert_eq!(keys(row), ["phone-unusable"]);
    assert!(!row.is_draft());
}

#[test]
fn marked_rows_are_refused_without_quoting_them() {
    let book = csv(&format!(
        "{HEADER}1,2022.9.22,甲厂,机密★5年 弹药库位置,一般,9.30,张三\n2,2022.9.22,乙厂,商业秘密保护制度未上墙,一般,9.30,张三\n"
    ));
    assert_eq!(book.rows.len(), 1);
    let refused = &book.problems[0];
    assert_eq!((refused.severity, refused.key(), refused.value.as_str()), (Severity::Refused, "classified", "机密"));
    assert!(!format!("{book:?}").contains("弹药库"));
}

#[test]
fn marked_files_are_refused_as_a_whole() {
    let row = "1,2022.9.22,甲厂,通道占用,一般,9.30,张三\n";
    for (name, text) in [
        ("台账.csv", format!("秘密★1年,,\n{HEADER}{row}")),
        ("台账.csv", format!("{HEADER}{row}填报人：张三,密级：机密\n")),
        ("机密★台账.csv", format!("{HEADER}{row}")),
    ] {
        let read = read_bytes(name, text.as_bytes(), &ctx());
        assert!(matches!(read, Err(LedgerError::Classified { .. })), "{name}: {text}");
    }
    let mut book = Xlsx::new();
    let sheet = book.add_worksheet();
    sheet.set_name("绝密★").expect("name");
    write(sheet, 0, &["受检单位", "存在问题", "整改期限"]);
    let bytes = book.save_to_buffer().expect("saved");
    assert!(matches!(read_bytes("a.xlsx", &bytes, &ctx()), Err(LedgerError::Classified { .. })));
}

#[test]
fn what_is_too_large_or_no_table_is_refused_with_a_way_out() {
    let limited = |file, unpacked, cells| ReadContext { limits: Limits { file, unpacked, cells }, ..ctx() };
    let bytes = office_workbook();
    let large = read_bytes("a.xlsx", &bytes, &limited(100, 1 << 30, 1000));
    assert!(matches!(large, Err(LedgerError::TooLarge { .. })));
    let bomb = read_bytes("a.xlsx", &bytes, &limited(1 << 30, 5000, 1000));
    assert!(matches!(bomb, Err(LedgerError::UnpacksTooLarge { .. })));
    let many = read_bytes("a.xlsx", &bytes, &limited(1 << 30, 1 << 30, 20));
    assert!(matches!(many, Err(LedgerError::TooManyCells { .. })));
    let many = read_bytes("a.csv", b"a,b,c\nd,e,f\n", &limited(100, 100, 5));
    assert!(matches!(many, Err(LedgerError::TooManyCells { .. })));

    let old = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    let said = read_bytes("a.et", &old, &ctx()).expect_err("not read").to_string();
    assert!(said.contains("WPS") && said.contains("save it as .xlsx"), "{said}");
    assert!(matches!(read_bytes("a.csv", b"", &ctx()), Err(LedgerError::Damaged { .. })));
    assert!(matches!(read_bytes("a.csv", b"x,y\n1,2\n", &ctx()), Err(LedgerError::NoHeader { .. })));
    let missing = read_file(Path::new("/no/such/file.csv"), &ctx());
    assert!(matches!(missing, Err(LedgerError::Io { .. })));
}

/// The directory of a zip can lie about sizes; what counts is what comes out.
#[test]
fn a_zip_that_understates_its_size_is_still_refused() {
    let mut bytes = office_workbook();
    let record = [0x50, 0x4b, 0x01, 0x02];
    let spots: Vec<usize> = (0..bytes.len() - 28).filter(|i| bytes[*i..].starts_with(&record)).collect();
    assert!(!spots.is_empty());
    for at in spots {
        bytes[at + 24..at + 28].copy_from_slice(&10u32.to_le_bytes());
    }
    let limits = Limits { unpacked: 5000, ..Limits::default() };
    let read = read_bytes("a.xlsx", &bytes, &ReadContext { limits, ..ctx() });
    assert!(matches!(read, Err(LedgerError::UnpacksTooLarge { .. } | LedgerError::Damaged { .. })), "{read:?}");
}

#[test]
fn a_file_on_disk_is_read_like_its_bytes() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("台账.xlsx");
    let bytes = office_workbook();
    std::fs::write(&path, &bytes).expect("written");
    let from_disk = read_file(&path, &ctx()).expect("read");
    assert_eq!(from_disk, read_bytes("台账.xlsx", &bytes, &ctx()).expect("read"));
}

fn deadline_text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "2022",
        "9",
        "30",
        "年",
        "月",
        "日",
        "前",
        "后",
        "内",
        "底",
        ".",
        "-",
        "/",
        "至",
        "三",
        "十",
        "个工作日",
        "周",
        "五",
        "国庆",
        "节",
        "下",
        "半",
        "延期至",
        "（",
        "）",
        "17:00",
        "立即",
        "长期",
        "季度",
        " ",
        "44834",
        "0",
        "99999999999",
        "o",
        "sep",
        "next",
        "friday",
        "within",
        "天",
        "第",
        "\u{200b}",
        "：",
        "星期",
        "末",
        "旬",
        "上",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..10).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_deadline_reader(text in prop_oneof![".{0,40}", deadline_text()], days in 0i64..40000) {
        let found = day("1950-01-01") + chrono::Duration::days(days);
        let ctx = DueContext { found_on: found, date1904: days % 2 == 0, days: &NationalDay };
        let reading = read_due(&text, &ctx);
        prop_assert!(!reading.label.is_empty());
        prop_assert_eq!(reading.needs_a_person(), matches!(reading.label, "ambiguous" | "invalid" | "none"));
    }

    #[test]
    fn no_bytes_break_the_file_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400), start in 0usize..4) {
        let starts: [&[u8]; 4] = [b"", b"PK\x03\x04", HEADER.as_bytes(), &[0xff, 0xfe]];
        let all = [starts[start], &bytes].concat();
        let _ = read_bytes("a.csv", &all, &ctx());
    }

    #[test]
    fn no_cell_breaks_the_row_reader(cells in proptest::collection::vec("[^\"]{0,12}", 7..8)) {
        let quoted: Vec<String> = cells.iter().map(|c| format!("\"{c}\"")).collect();
        let _ = read_bytes("a.csv", format!("{HEADER}{}\n", quoted.join(",")).as_bytes(), &ctx());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_to_a_workbook_breaks_the_file_reader(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in any::<prop::sample::Index>(), shorten in any::<bool>()) {
        let mut bytes = office_workbook();
        for (index, byte) in at {
            let i = index.index(bytes.len());
            bytes[i] = byte;
        }
        if shorten {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = read_bytes("a.xlsx", &bytes, &ctx());
    }
}

// ---- files that are refused, in words ----------------------------------------------------------------

fn refused(name: &str, bytes: &[u8]) -> String {
    read_bytes(name, bytes, &ctx()).expect_err("refused").to_string()
}

#[test]
fn files_that_are_no_ledgers_say_what_they_are_and_what_to_do() {
    for (name, bytes, words) in [
        ("台账.et", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), "WPS table (.et): open it and save it as .xlsx"),
        ("台账.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and then nothing", "container is broken"),
        ("台账.xls", b"<html><table><tr><td>1</td></tr></table></html>", "only called a table"),
        ("台账.xls", "\u{feff}<?xml version=\"1.0\"?><Workbook/>".as_bytes(), "only called a table"),
        ("台账.pdf", b"%PDF-1.7", "a PDF"),
        ("台账.xlsx", b"PK\x03\x04 broken", "cannot be read as a table"),
        ("台账.csv", b"", "it is empty"),
    ] {
        let said = refused(name, bytes);
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn a_workbook_behind_a_password_is_refused_as_such() {
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).expect("a container");
    file.create_stream("/EncryptedPackage").expect("a stream");
    let bytes = file.into_inner().into_inner();
    let said = refused("台账.xlsx", &bytes);
    assert!(said.contains("protected by a password"), "{said}");
}

/// A package with these parts.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("begins");
        zip.write_all(bytes).expect("writes");
    }
    zip.finish().expect("finishes").into_inner()
}

#[test]
fn bombs_end_at_their_limits() {
    let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
    let small = ReadContext { limits, ..ctx() };
    let zeros = vec![b' '; 3 << 20];
    let bomb = package(&[("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", &zeros)]);
    assert!(bomb.len() < 100_000);
    let said = read_bytes("台账.xlsx", &bomb, &small).expect_err("refused").to_string();
    assert!(said.contains("unpacks to more than"), "{said}");
    // All texts of a book are held at once: they may take half of it.
    let strings = package(&[("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", &zeros[..(3 << 18)])]);
    let said = read_bytes("台账.xlsx", &strings, &small).expect_err("refused").to_string();
    assert!(said.contains("unpacks to more than"), "{said}");
}

#[test]
fn a_million_empty_rows_are_nothing() {
    let mut book = Xlsx::new();
    let sheet = book.add_worksheet();
    write(sheet, 0, &["检查时间", "受检单位", "存在问题", "隐患等级", "整改期限", "整改责任人"]);
    write(sheet, 1, &["2022-09-22", "红星花炮厂", "接地失效", "一般", "2022-09-30", "张三"]);
    sheet.set_row_hidden(1_048_574).expect("a row");
    write(sheet, 1_048_575, &["2022-09-22", "红星花炮厂", "线路老化", "一般", "2022-09-30", "张三"]);
    let book = read_bytes("台账.xlsx", &book.save_to_buffer().expect("saved"), &ctx()).expect("read");
    assert_eq!((book.rows.len(), book.sheets[0].hidden_rows), (2, 1));
    assert_eq!(book.rows[1].place.row, 1_048_576);
}

#[test]
fn columns_with_names_of_their_own_may_be_learnt() {
    let text = "检查时间,受检单位,存在问题,隐患等级,整改时间点,谁来改,乡里的列\n\
                2022-09-22,红星花炮厂,接地失效,一般,2022-09-30,张三,甲\n";
    let plain = csv(text);
    assert!(plain.rows[0].is_draft());
    let asked: Vec<(&str, Option<Key>)> = plain.columns.iter().map(|c| (c.header.as_str(), c.resembles)).collect();
    assert_eq!(asked[0], ("整改时间点", Some(Key::Due)));
    let said = [("整改时间点", "due"), ("谁来改", "整改责任人"), ("乡里的列", "own")];
    let learned = Learned::new(said).expect("known meanings");
    let ctx = ctx();
    let book = read_bytes("台账.csv", text.as_bytes(), &ctx.knowing(&learned)).expect("read");
    assert!(!book.rows[0].is_draft(), "{:#?}", book.rows[0].problems);
    assert_eq!((book.rows[0].due.value.as_str(), book.rows[0].responsible[0].name.as_str()), ("2022-09-30", "张三"));
    assert_eq!(book.rows[0].extra, [("乡里的列".to_owned(), "甲".to_owned())]);
    assert!(book.columns.iter().all(|c| c.learned));
    let wrong = Learned::new([("整改时间点", "dew")]).expect_err("no such meaning");
    assert!(wrong.contains("整改时间点=dew") && wrong.contains("due, "), "{wrong}");
}

#[test]
fn status_words_no_ledger_usually_has_are_read_as_answers_are() {
    let status = |words: &str| StatusClaim::read(words, day("2022-09-22"), &NationalDay);
    for (words, claim) in [
        ("已整改", StatusClaim::Done),
        ("√", StatusClaim::Done),
        ("已于9月21日处理完毕", StatusClaim::Done),
        ("没有问题，已完成", StatusClaim::Done),
        ("基本完成", StatusClaim::InProgress),
        ("还没弄完", StatusClaim::NotDone),
        ("已整改？", StatusClaim::NotDone),
        ("听说已经改好了", StatusClaim::Unsaid),
        ("复查合格", StatusClaim::Verified),
        ("未销号", StatusClaim::NotDone),
    ] {
        assert_eq!(status(words), claim, "{words}");
    }
}

proptest! {
    /// Whatever a file holds, reading it ends with a result.
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000), kind in 0..4usize) {
        let mut bytes = bytes;
        let heads: [&[u8]; 4] = [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "检查时间,存在问题,整改期限\n".as_bytes()];
        bytes.splice(0..0, heads[kind].iter().copied());
        for name in ["a.xlsx", "a.xls", "a.csv"] {
            let _ = read_bytes(name, &bytes, &ctx());
        }
    }

    /// A real workbook with some of its bytes changed.
    #[test]
    fn broken_workbooks_are_read_without_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = office_workbook();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read_bytes("a.xlsx", &bytes, &ctx());
    }

    /// Header rows and cells of any texts.
    #[test]
    fn any_headers_and_cells_are_read_without_panic(
        cells in prop::collection::vec(prop::collection::vec("(整改|期限|责任人|存在|问题|同上|〃|[0-9.月日年/-]{0,9}|\\PC{0,6})", 0..9), 1..7),
    ) {
        let lines: Vec<String> = cells.iter().map(|line| line.join(",")).collect();
        let _ = read_bytes("a.csv", lines.join("\n").as_bytes(), &ctx());
    }
}
