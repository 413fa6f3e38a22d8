//! The ledger goes back to the office in its own form: filled in, nothing else changed, and read again it is no change.

use std::path::Path;

use crate::office_suite;
use crate::story;
use dutybell::core::org::Locale;
use dutybell::core::transition::Event;
use dutybell::gateway::import::annotated;
use dutybell::gateway::{Days, ImportOptions, ImportReport, Origin};
use dutybell::ledger::{ReadContext, SheetKind, Workbook, read_bytes};
use dutybell::store::work::Work;
use office_suite::{libreoffice, opened, openpyxl};
use proptest::prelude::*;
use story::{Story, ledger, row};

/// Every cell of a workbook, sheet by sheet, as openpyxl sees it.
const CELLS: &str = r#"
import sys, openpyxl
for sheet in openpyxl.load_workbook(sys.argv[1]):
    print('#', sheet.title, sheet.sheet_state, sorted(str(r) for r in sheet.merged_cells.ranges))
    for line in sheet.iter_rows():
        for cell in line:
            if cell.value is not None: print(cell.coordinate, repr(cell.value))
            if cell.comment: print(cell.coordinate, 'note', cell.fill.fgColor.rgb, repr(cell.comment.text))
"#;

fn read(story: &Story, name: &str, bytes: &[u8]) -> Workbook {
    let days = Days(story.gateway.calendars.get("cn"));
    let today = story.gateway.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    read_bytes(name, bytes, &ReadContext::new(today, &days)).expect("the file reads")
}

async fn import(story: &Story, name: &str, bytes: &[u8]) -> ImportReport {
    let workbook = read(story, name, bytes);
    story.gateway.import("story", &workbook, ImportOptions::default()).await.expect("imports")
}

/// A ledger given back, looked at by other programs on its way.
async fn export(story: &Story) -> Vec<u8> {
    let bytes = story.gateway.export("story", false).await.expect("exports").bytes;
    opened(&bytes);
    bytes
}

fn save(story: &Story, name: &str, bytes: &[u8]) -> String {
    let path = story.folder().join(name);
    std::fs::write(&path, bytes).expect("writes");
    path.display().to_string()
}

/// The five rows of an office, typed into LibreOffice with a title and merged cells, saved in this form.
fn five_rows(folder: &Path, form: &str, mend: impl Fn(String) -> String) -> Vec<u8> {
    let text = std::fs::read_to_string("tests/data/ledgers/five_rows.fods").expect("the document is there");
    let document = folder.join("台账.fods");
    std::fs::write(&document, mend(text)).expect("writes");
    std::fs::read(libreoffice(&document, form, folder)).expect("LibreOffice has written")
}

/// Puts a cell's text after that of another one in the same row.
fn next_to(text: String, before: &str, cell: &str) -> String {
    let empty = format!("<text:p>{before}</text:p></table:table-cell><table:table-cell/>");
    assert!(text.contains(&empty), "nothing is free beside {before}");
    text.replacen(
        &empty,
        &format!(
            "<text:p>{before}</text:p></table:table-cell><table:table-cell office:value-type=\"string\"><text:p>{cell}</text:p></table:table-cell>"
        ),
        1,
    )
}

const MORE_PEOPLE: &str = "姓名,单位,职务,岗位角色,desk
卫平,青石县/青石镇/青石农贸市场,主任,liaison,weiping
吴十,青石县/白沙乡,乡长,head,wushi
韩松,青石县/县住建局,科长,supervisor,hansong
周九,青石县/云溪街道/云溪加油站,站长,head,zhoujiu
";

#[tokio::test]
async fn five_dirty_rows_are_refused_in_words_mended_and_come_back_filled_in() {
    let mut story = Story::begin().await;
    story.imports(&[("more.csv", MORE_PEOPLE)]).await;
    let folder = story.folder().to_owned();
    let first = five_rows(&folder, "xlsx", |text| text);
    let workbook = read(&story, "台账.xlsx", &first);
    let report = story
        .gateway
        .import("story", &workbook, ImportOptions { dry_run: true, ..ImportOptions::default() })
        .await
        .expect("reads");
    assert_eq!((report.added.len(), report.drafts.len()), (4, 3), "{report:#?}");

    // The copy of his own workbook says in his own language what is missing, on the cells themselves.
    let copy = annotated(&workbook, &report.problems, Locale::ZhCn).expect("writes").expect("it was a file");
    let cells = openpyxl(CELLS, &[&save(&story, "注.xlsx", &copy)]);
    for note in [
        "H6 note FFFFD9A0 '“市场管理办”像是单位而不是人：将交给该单位联络员；最好写明姓名\\n人员表中没有“市场管理办”：请加入人员表后一并导入'",
        "K6 note FFFFD9A0 '人员表中没有“消防队”：请加入人员表后一并导入'",
        "K5 note FFFFD9A0 '还不能交办，缺少：复查人。请补全后重新导入'",
        "K7 note FFFFD9A0 '还不能交办，缺少：复查人。请补全后重新导入'",
    ] {
        assert!(cells.contains(note), "{note}\n{cells}");
    }
    assert!(cells.contains("'A1:L1', 'C4:C5'"), "{cells}");

    // Mended as the notes say, the rows are issued.
    import(&story, "台账.xlsx", &first).await;
    let mended = five_rows(&folder, "xlsx", |text| {
        let text = text.replace("市场管理办", "卫平").replace("消防队", "韩松");
        next_to(next_to(text, "正在整改", "李四"), "基本完成", "李四")
    });
    let report = import(&story, "台账.xlsx", &mended).await;
    assert_eq!((report.changed.len(), report.drafts.len()), (3, 0), "{:#?}", report.problems);
    let again = import(&story, "台账.xlsx", &mended).await;
    assert!(again.is_quiet(), "{again:#?}");

    // One is done and verified; the workbook comes back with two columns filled in, and with nothing else changed.
    story.until("09-22 09:00").await;
    story.says("sunba", "完成").await;
    story.until("09-22 09:20").await;
    let said = story.says("lisi", "合格").await;
    story.until("09-22 09:40").await;
    let exported = export(&story).await;
    let (before, after) = (
        openpyxl(CELLS, &[&save(&story, "前.xlsx", &mended)]),
        openpyxl(CELLS, &[&save(&story, "后.xlsx", &exported)]),
    );
    let changed: Vec<&str> =
        after.lines().take_while(|l| !l.contains("汇总")).filter(|l| !before.lines().any(|b| b == *l)).collect();
    assert_eq!(changed, ["J7 '待复查'"], "{said}\n{after}");
    let again = import(&story, "台账.xlsx", &exported).await;
    assert!(again.is_quiet(), "{again:#?}");
}

#[tokio::test]
async fn an_old_workbook_reads_like_the_new_one() {
    let mut story = Story::begin().await;
    story.imports(&[("more.csv", MORE_PEOPLE)]).await;
    let folder = story.folder().to_owned();
    let new = read(&story, "台账.xlsx", &five_rows(&folder, "xlsx", |text| text));
    let old = five_rows(&folder, "xls:MS Excel 97", |text| text);
    let old = read(&story, "台账.xls", &old);
    assert_eq!(old.sheets[0].kind, SheetKind::Ledger);
    let texts = |book: &Workbook| {
        let rows = book.rows.iter().map(|r| (r.key.clone(), r.due_text.clone(), r.status_text.clone(), r.unit.clone()));
        rows.collect::<Vec<_>>()
    };
    assert_eq!(texts(&old), texts(&new));
    story.gateway.import("story", &old, ImportOptions::default()).await.expect("imports");
    let exported = export(&story).await;
    let again = import(&story, "台账.xlsx", &exported).await;
    assert!(again.is_quiet(), "{again:#?}");
}

/// A workbook with everything that a careless writer loses.
const DECORATED: &str = r#"
import sys, datetime, openpyxl
from openpyxl.comments import Comment
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill, Font, Border, Side
from openpyxl.worksheet.datavalidation import DataValidation
book = openpyxl.Workbook()
sheet = book.active
sheet.title = '隐患 & "清单"'
sheet.append(['隐患编号', '检查时间', '受检单位', '存在问题', '隐患等级', '整改期限', '整改责任人', '整改情况', '完成时间', '复查人', '复查时间', '销号', '县里的列'])
for n in range(1, 4):
    sheet.append([n, datetime.date(2022, 9, 22), '红星花炮厂', f'{n}号工房防静电接地失效', '一般', datetime.datetime(2022, 9, 30), '孙八', None, None, '李四', None, None, f'=LEN("甲乙")*{n}'])
    sheet.cell(n + 1, 1).number_format = '0000'
    sheet.cell(n + 1, 4).font = Font(bold=True)
    sheet.cell(n + 1, 8).border = Border(left=Side(style='thick'))
sheet['H4'] = '=IF(1=1,"未整改","")'
sheet['D2'].comment = Comment('现场照片在王五处', '王五')
sheet.freeze_panes = 'B2'
sheet.auto_filter.ref = 'A1:M4'
sheet.column_dimensions['D'].width = 44
sheet.row_dimensions[3].hidden = True
sheet.conditional_formatting.add('H2:H9', CellIsRule(operator='equal', formula=['"逾期"'], fill=PatternFill('solid', bgColor='FFFF0000')))
rule = DataValidation(type='list', formula1='"已整改,未整改"')
sheet.add_data_validation(rule); rule.add('H2:H9')
chart = BarChart(); chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=4), titles_from_data=True)
sheet.add_chart(chart, 'O2')
other = book.create_sheet('填表说明'); other['A1'] = '每周五前报送'
book.create_sheet('旧').sheet_state = 'hidden'
book.save(sys.argv[1])
"#;

/// What must be there afterwards as before.
const DECORATION: &str = r#"
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
sheet = book.worksheets[0]
print([s.title + s.sheet_state for s in book][:3])
print(sheet.freeze_panes, sheet.auto_filter.ref, sheet.column_dimensions['D'].width, sheet.row_dimensions[3].hidden)
print([(str(r.sqref), [f for x in r.rules for f in x.formula]) for r in sheet.conditional_formatting])
print([(str(v.sqref), v.formula1) for v in sheet.data_validations.dataValidation])
print(len(sheet._charts), repr(sheet['D2'].comment.text), sheet['D2'].font.b, sheet['H2'].border.left.style)
print(sheet['A2'].value, sheet['A2'].number_format, sheet['M2'].value, sheet['H4'].value)
"#;

#[tokio::test]
async fn what_the_office_made_of_its_workbook_stays() {
    let mut story = Story::begin().await;
    let path = story.folder().join("清单.xlsx").display().to_string();
    openpyxl(DECORATED, &[&path]);
    let original = std::fs::read(&path).expect("openpyxl has written");
    let report = import(&story, "清单.xlsx", &original).await;
    assert_eq!((report.added.len(), report.drafts.len()), (3, 1), "{:#?}", report.problems);
    assert_eq!((report.sheets[0].hidden_rows, report.sheets[0].notes), (1, 1));
    let keys: Vec<&str> = report.added.iter().map(|a| a.key.as_str()).collect();
    assert_eq!(keys, ["0001", "0002", "0003"], "numbers keep their leading zeros");
    // openpyxl leaves formulas without a value: nothing is guessed.
    assert!(report.problems.iter().any(|p| p.key() == "formula-uncalculated" && p.place.row == 4));

    story.until("09-22 09:00").await;
    story.says("sunba", "1完成").await;
    story.until("09-22 09:20").await;
    story.says("lisi", "合格").await;
    story.until("09-22 09:40").await;
    let exported = export(&story).await;
    let after = save(&story, "回.xlsx", &exported);
    assert_eq!(openpyxl(DECORATION, &[&path]), openpyxl(DECORATION, &[&after]));
    let cells = openpyxl(CELLS, &[&after]);
    for cell in [
        "H2 '已销号'",
        "I2 datetime.datetime(2022, 9, 22, 0, 0)",
        "J2 '李四'",
        "K2 datetime.datetime(2022, 9, 22, 0, 0)",
        "L2 '是'",
        "H3 '已交办'",
        "# 汇总 visible",
    ] {
        assert!(cells.lines().any(|l| l.starts_with(cell)), "{cell}\n{cells}");
    }
    let again = import(&story, "清单.xlsx", &exported).await;
    assert!(again.is_quiet(), "{again:#?}");
    // LibreOffice opens it and saves it; what it makes of it is still the same ledger.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let saved = libreoffice(Path::new(&after), "xlsx", folder.path());
    let again = import(&story, "清单.xlsx", &std::fs::read(saved).expect("reads")).await;
    let said = |r: &ImportReport| r.changed.iter().flat_map(|c| c.fields.clone()).collect::<Vec<_>>();
    let but_calculated: Vec<_> = said(&again).into_iter().filter(|(field, ..)| field != "县里的列").collect();
    assert!(but_calculated.iter().all(|(field, was, now)| field == "整改情况" && was.is_empty() && now == "未整改"));

    // A second export writes the same sheet of figures anew.
    let twice = openpyxl(CELLS, &[&save(&story, "再.xlsx", &export(&story).await)]);
    assert_eq!(twice.matches("# 汇总").count(), 1);
}

#[tokio::test]
async fn an_old_export_that_comes_back_closes_nothing() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "孙八")]).await;
    story.until("09-22 09:00").await;
    story.says("sunba", "完成").await;
    story.until("09-22 09:20").await;
    story.says("lisi", "合格").await;
    story.until("09-22 09:40").await;
    assert_eq!(story.state("K1").await, "closed");
    let old = story.gateway.export("story", true).await.expect("exports").bytes;
    opened(&old);
    let item = story.item("K1").await;
    let directory = story.gateway.directory().await.expect("reads");
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let reopen = Event::Reopen { reason: "接地又断了".to_owned() };
    let mut work = Work::new(&mut tx, story.gateway.now());
    let done = story.gateway.act(&mut work, &directory, &item, &Origin::rule("test"), &reopen).await.expect("stores");
    assert!(done.is_ok());
    work.settle().await.expect("stores");
    tx.commit().await.expect("commits");
    let state = story.state("K1").await;
    assert_eq!(state, "reopened");
    let report = import(&story, "ledger.xlsx", &old).await;
    assert_eq!(report.changed.len(), 0, "{report:#?}");
    assert_eq!(story.state("K1").await, state);
}

#[tokio::test]
async fn a_ledger_that_names_who_checked_it_is_closed_and_nobody_is_asked() {
    let mut story = Story::begin().await;
    let text = "隐患编号,检查时间,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,复查时间,整改情况
H1,2022-09-01,红星花炮厂,灭火器过期,一般,2022-09-10,孙八,李四,2022-09-09,已销号
H2,2022-09-01,红星花炮厂,线路老化,一般,2022-09-10,孙八,,,已销号
H3,2022-09-01,红星花炮厂,通道堵塞,一般,2022-10-10,孙八,孙八,2022-09-09,复查合格
H4,2022-09-01,红星花炮厂,货物超高,一般,2022-10-10,孙八,李四,,已整改
";
    let report = story.imports(&[("ledger.csv", text)]).await;
    assert_eq!(report.drafts.len(), 2, "without a verifier, or with the fixer as one: {report:#?}");
    story.until("09-22 09:00").await;
    let closed = story.item("H1").await;
    assert_eq!((closed.state.word(), closed.closed_at), ("closed", Some(story::at("09-09 17:30"))));
    assert_eq!(story.state("H4").await, "reported_done", "a claim is verified by somebody else");
    let heard: String = story.heard("lisi").into_iter().map(|(_, text)| text).collect();
    assert!(heard.contains("货物超高") && !heard.contains("灭火器过期"), "{heard}");
    // What the ledger says later counts in the same way, and the verifier it names hears of it.
    let later = text.replace("李四,,已整改", "李四,2022-09-22,已销号");
    story.imports(&[("ledger.csv", &later)]).await;
    story.until("09-22 09:10").await;
    assert_eq!(story.state("H4").await, "closed");
    let heard: String = story.heard("lisi").into_iter().map(|(_, text)| text).collect();
    assert!(heard.contains("台账已记为销号"), "{heard}");
}

#[tokio::test]
async fn a_person_who_was_missing_completes_the_draft_when_he_is_there() {
    let mut story = Story::begin().await;
    let text = ledger(&[row("K1", "一般", "2022-09-30", "卫平")]);
    assert_eq!(story.imports(&[("ledger.csv", &text)]).await.drafts.len(), 1);
    let report = story.imports(&[("people.csv", MORE_PEOPLE), ("ledger.csv", &text)]).await;
    assert_eq!((report.drafts.len(), story.state("K1").await), (0, "assigned"), "{report:#?}");
}

#[tokio::test]
async fn the_same_hazard_in_two_ledgers_is_suspected() {
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "孙八")]))]).await;
    let twin = ledger(&[row("K1", "一般", "2022-09-30", "孙八").replacen("K1,", "Z9,", 1)]);
    let workbook = story.read(&[("other.csv", &twin)]);
    let report = story.gateway.import("other", &workbook, ImportOptions::default()).await.expect("imports");
    let found = report.problems.iter().find(|p| p.key() == "possible-duplicate").expect("suspected");
    assert!(found.about.contains("story/K1"), "{found:?}");
}

#[tokio::test]
async fn tables_and_feeds() {
    let mut story = Story::begin().await;
    let rows = [row("K1", "一般", "2022-09-30", "孙八"), row("K2", "一般", "=HYPERLINK(\"x\")", "孙八")];
    let text = ledger(&rows).replace("防静电接地失效", "=1+1");
    story.imports(&[("ledger.csv", &text)]).await;
    let csv = story.gateway.export_csv("story").await.expect("exports");
    let shown = String::from_utf8_lossy(&csv).into_owned();
    assert!(shown.contains("'=1+1") && !shown.contains(",=1+1"), "{shown}");
    let again = import(&story, "ledger.csv", &csv).await;
    assert!(again.is_quiet(), "{again:#?}");
    let json: serde_json::Value =
        serde_json::from_str(&story.gateway.export_json("story").await.expect("exports")).expect("JSON");
    assert_eq!((&json[0]["key"], &json[0]["people"]["responsible"][0]), (&"story/K1".into(), &"孙八".into()));
    let feeds = story.gateway.export_feeds().await.expect("exports");
    let [feed] = feeds.as_slice() else { panic!("one person has open items: {feeds:?}") };
    assert!(feed.text.contains("DTSTART:20220930T093000Z") && feed.text.contains("BEGIN:VALARM"), "{}", feed.text);
    assert!(story.gateway.export("nothing", false).await.is_err());
}

/// An import, the ledger's way out, and its import: nothing changed.
fn goes_out_and_comes_back(texts: &[(String, String)], csv_form: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let story = Story::begin().await;
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record([
            "检查时间",
            "受检单位",
            "隐患部位",
            "存在问题",
            "隐患等级",
            "整改期限",
            "整改责任人",
            "复查人",
            "整改情况",
            "备注",
        ])
        .expect("writes");
        for (n, (text, note)) in texts.iter().enumerate() {
            let problem = format!("{n}号：{text}");
            out.write_record([
                "2022-09-22",
                "红星花炮厂",
                note,
                &problem,
                "一般",
                "2022-09-30",
                "孙八",
                "李四",
                "",
                note,
            ])
            .expect("writes");
        }
        let file = out.into_inner().expect("written");
        import(&story, "ledger.csv", &file).await;
        let again = import(&story, "ledger.csv", &file).await;
        assert!(again.is_quiet(), "{again:#?}");
        let (name, back) = match csv_form {
            true => ("ledger.csv", story.gateway.export_csv("story").await.expect("exports")),
            false => ("ledger.xlsx", export(&story).await),
        };
        let again = import(&story, name, &back).await;
        assert!(again.is_quiet() && again.missing.is_empty(), "{again:#?}");
    });
}

#[test]
fn apostrophes_come_back_unchanged() {
    for csv_form in [true, false] {
        goes_out_and_comes_back(&[(String::new(), "''".to_owned()), ("'".to_owned(), "'=".to_owned())], csv_form);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is written in the office's cells, the ledger that goes back is the ledger that came.
    #[test]
    fn what_goes_out_comes_back_unchanged(
        texts in prop::collection::vec(("[ -~甲乙丙一二三、，。「」\n]{0,20}", "[=+@'A-Za-z0-9甲\t-]{0,8}"), 1..6),
        csv_form in any::<bool>(),
    ) {
        goes_out_and_comes_back(&texts, csv_form);
    }
}
