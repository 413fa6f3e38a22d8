//! Single cells: escapes, telephones, dates, days of other systems, titles.

use chrono::NaiveDate;
use dutybell::core::calendar::Calendar;
use dutybell::gateway::Days;
use dutybell::ledger::{DueContext, read_due};

use super::{hedong, import, import_file, import_text, input, numbered, read, the, told, unnumbered};

#[tokio::test]
async fn the_escapes_of_a_workbook_are_shown_as_what_they_mean() {
    let story = hedong().await;
    let report = import_file(&story, "r07-escapes.xlsx").await;
    let item = the(&story, "配电箱无盖\n第二行_x000D_ & <尖>").await;
    assert!(item.title.starts_with("配电箱无盖 第二行"), "{}", item.title);
    assert_eq!(report.drafts.len(), 0, "何静_x000D_ is 何静: {report:#?}");
    let book = |text: &str| {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let head = ["隐患编号", "检查时间", "受检单位", "存在问题", "隐患等级", "整改期限", "整改责任人", "复查人"];
        let row = ["K1", "2026-11-27", "顺达机械厂", text, "一般", "2026-12-15", "张强", "李梅"];
        for (c, (name, cell)) in (0u16..).zip(head.iter().zip(row)) {
            sheet.write_string(0, c, *name).expect("writes");
            sheet.write_string(1, c, cell).expect("writes");
        }
        book.save_to_buffer().expect("saves")
    };
    // What looks like an escape and was typed so comes back as it was typed.
    for text in ["阀门_x000D_编号", "A_x0041_B", "tank_x12_left", "_x", "a_x005F_b"] {
        assert_eq!(read(&story, "k.xlsx", &book(text)).rows[0].description, text);
    }
}

#[test]
fn the_first_number_of_a_telephone_cell_is_taken() {
    use dutybell::ledger::cells::{Phone, phone};
    for (text, number) in [
        ("139 0000 0007", "13900000007"),
        ("139-0000-0007", "13900000007"),
        ("+86 13900000007", "13900000007"),
        ("008613900000007", "13900000007"),
        ("013900000007", "13900000007"),
        ("13900000007（微信同号）", "13900000007"),
        ("13900000007\n13900000008", "13900000007"),
        ("13900000007/13900000008", "13900000007"),
        ("13900000007 13900000008", "13900000007"),
        ("13900000007,", "13900000007"),
        ("tel:13900000007", "13900000007"),
        ("手机：139 0000 0007，办公 0799-5551201", "13900000007"),
        ("办公室0799-5551201", "0799-5551201"),
        ("'13900000007", "13900000007"),
        ("(0799)5551201", "0799-5551201"),
        ("0799-5551201-8012", "0799-5551201-8012"),
        ("0799-5551201转8012", "0799-5551201-8012"),
        ("5551201", "5551201"),
        ("+44 7700 900001", "+447700900001"),
    ] {
        assert_eq!(phone(text), Some(Phone::Number(number.to_owned())), "{text}");
    }
    assert_eq!(phone("1.39E+10"), Some(Phone::Rounded));
    for text in ["138****0001", "139000", "待补"] {
        assert_eq!(phone(text), Some(Phone::Unusable), "{text}");
    }
}

#[tokio::test]
async fn people_and_ledgers_take_the_first_number_of_a_cell() {
    let story = hedong().await;
    let book = read(&story, "h4.csv", &input("h4-phones.csv"));
    let phones: Vec<Option<&str>> = book.people.iter().map(|p| p.phone.as_deref()).collect();
    let missing: Vec<&str> = book.people.iter().filter(|p| p.phone.is_none()).map(|p| p.name.as_str()).collect();
    assert_eq!(missing, ["电信"], "only the rounded one: {phones:?}");
    let book = read(&story, "r14.xlsx", &input("r14-ids.xlsx"));
    let phone = |n: usize| book.rows[n].assigner[0].phone.as_deref();
    assert_eq!(phone(5), Some("13900000007"), "139 0000 0007");
    assert_eq!(phone(6), Some("13900000007"), "two in a cell");
    assert_eq!(phone(4), Some("13900000007"), "013900000007");
}

#[tokio::test]
async fn two_people_and_two_numbers_pair_up() {
    let story = hedong().await;
    let text = "隐患编号,检查时间,受检单位,存在问题,隐患等级,整改期限,整改责任人,联系电话,复查人\n\
                K1,2026-11-27,顺达机械厂,甲,一般,2026-12-15,张强、何静,139 0000 0007 / 139 0000 0008,李梅\n";
    let book = read(&story, "k.csv", text.as_bytes());
    let phones: Vec<_> = book.rows[0].responsible.iter().map(|p| p.phone.clone().unwrap_or_default()).collect();
    assert_eq!(phones, ["13900000007", "13900000008"]);
}

fn due(text: &str, found: &str) -> (&'static str, String) {
    let calendar = Calendar::from_tsv("cn", include_str!("../../../../packs/calendars/cn.tsv")).expect("reads");
    let days = Days(&calendar);
    let found_on: NaiveDate = found.parse().expect("a day");
    let reading = read_due(text, &DueContext { found_on, date1904: false, days: &days });
    (reading.label, reading.value)
}

#[test]
fn days_as_spreadsheets_show_them_are_days_and_no_spans() {
    for (text, day) in [
        ("15-Dec-26", "2026-12-15"),
        ("1-Jan-27", "2027-01-01"),
        ("15-DEC-2026", "2026-12-15"),
        ("5-Jan-27 17:30", "2027-01-05T17:30"),
        ("Dec-26", "2026-12-31"),
        ("Jan-27", "2027-01-31"),
        ("15 Dec 26", "2026-12-15"),
        ("15/Dec/26", "2026-12-15"),
        ("15-Dec-26 ", "2026-12-15"),
        ("15-December-26", "2026-12-15"),
        ("15Dec26", "2026-12-15"),
    ] {
        assert!(due(text, "2026-11-27").1.starts_with(day), "{text}: {:?}", due(text, "2026-11-27"));
    }
    // A span of days stays one.
    assert!(
        due("15-20 Dec 2026", "2026-11-27").1.starts_with("2026-12-20"),
        "{:?}",
        due("15-20 Dec 2026", "2026-11-27")
    );
    // A year that cannot be meant is no day.
    assert!(!due("15-Dec-19", "2026-11-27").1.starts_with("2026-12-19"), "{:?}", due("15-Dec-19", "2026-11-27"));
}

#[tokio::test]
async fn the_ledger_of_dates_reads_the_short_year_as_a_year() {
    let story = hedong().await;
    import_file(&story, "r01-date-cells.xlsx").await;
    let item = the(&story, "日期形式 t21").await;
    let day = item.current_due.expect("due").with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    assert_eq!(day.to_string(), "2026-12-15");
}

#[tokio::test]
async fn days_that_count_from_1904_are_the_same_days_when_the_ledger_comes_back() {
    let story = hedong().await;
    import(&story, "r02.xls", &input("r02-1904.xls")).await;
    let before = story.gateway.store.items(100).await.expect("reads");
    assert!(!before.is_empty());
    let back = story.gateway.export("story", false).await.expect("exports");
    let report = import(&story, "r02.xlsx", &back.bytes).await;
    assert!(report.is_quiet() && report.missing.is_empty(), "{report:#?}");
    let after = story.gateway.store.items(100).await.expect("reads");
    assert_eq!(before.len(), after.len());
    assert!(before.iter().zip(&after).all(|(a, b)| a.current_due == b.current_due && a.original_due == b.original_due));
    // Nor does another file of the same days, though something else changes in each row.
    let days = super::export_rows(&story).await;
    assert!(days.iter().any(|d| d.starts_with("2026-")) && days.iter().all(|d| d.len() != 5), "{days:?}");
    let written = dutybell::ledger::write::as_xlsx("r02.xls", &input("r02-1904.xls")).expect("writes");
    let (old, new) = (read(&story, "r02.xls", &input("r02-1904.xls")), read(&story, "r02.xlsx", &written));
    assert!(old.rows.iter().zip(&new.rows).all(|(a, b)| a.due.day() == b.due.day() && a.found_on == b.found_on));
    assert!(old.rows.iter().any(|r| r.due.day().is_some()));
}

#[tokio::test]
async fn a_deadline_over_new_year_does_not_end_on_new_years_day_though_no_calendar_is_published() {
    let story = hedong().await;
    let text =
        numbered(&[["K1", "甲", "2026-12-31", "张强", "李梅", ""], ["K2", "乙", "25个工作日", "张强", "李梅", ""]]);
    import_text(&story, &text).await;
    let office = story.gateway.calendars.get("cn");
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    for text in
        ["2027-01-01", "2027-10-01", "2028-05-01", "2029-05-02", "2030-10-02", "2031-10-03", "2028-04-04", "2027-04-05"]
    {
        assert!(!office.is_workday(day(text)), "{text} is a day of rest by law");
        assert!(office.is_provisional(day(text)), "{text} is not announced yet");
    }
    assert!(!office.is_provisional(day("2026-10-01")), "announced");
    assert_eq!(office.add_workdays(day("2026-12-31"), 1), day("2027-01-04"));
    let item = the(&story, "乙").await;
    assert!(item.provisional, "{item:#?}");
    let due = item.current_due.expect("due").with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    assert_eq!(due, day("2027-01-04"), "the first working day of the year is no holiday");
    // An office that follows no law of ours has its own days only.
    assert!(Calendar::weekdays("weekdays").is_workday(day("2027-01-01")));
}

#[test]
fn days_of_a_place_are_added_to_the_countrys_and_not_put_instead_of_them() {
    let cn = || Calendar::from_tsv("cn", include_str!("../../../../packs/calendars/cn.tsv")).expect("reads");
    let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:三月三\r\nDTSTART;VALUE=DATE:20260420\r\nDTEND;VALUE=DATE:20260422\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let local = Calendar::from_ics("广西", ics).expect("reads");
    let both = cn().overlaid_with(&local);
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    assert_eq!(both.name(), "cn");
    assert!(!both.is_workday(day("2026-04-20")) && !both.is_workday(day("2026-10-01")));
    assert!(both.is_workday(day("2026-04-23")));
    assert!(both.is_provisional(day("2028-04-20")), "days of a place publish no year");
    assert_eq!(both.is_provisional(day("2026-06-01")), cn().is_provisional(day("2026-06-01")));
}

#[tokio::test]
async fn a_title_begins_with_the_finding_keeps_words_whole_and_says_the_place_once() {
    let mut story = hedong().await;
    let long =
        "Forklift battery room has no eyewash station and the ventilation fan has been out of order since October";
    let text = unnumbered(&[
        ("城关镇", "河东粮库", "Chlorine store", "Chlorine store vent fan failed", "2026-12-15", "何静"),
        ("城关镇", "河东粮库", "Warehouse", long, "2026-12-15", "何静"),
        ("城关镇", "顺达机械厂", "二车间", "配电箱无护盖", "2026-12-15", "何静"),
        ("城关镇", "顺达机械厂", "二车间", &"危".repeat(90), "2026-12-15", "何静"),
    ]);
    import_text(&story, &text).await;
    let title = the(&story, "Chlorine store vent fan failed").await.title;
    assert!(title.starts_with("Chlorine store vent fan failed"), "{title}");
    assert_eq!(title.matches("Chlorine store").count(), 1, "{title}");
    let title = the(&story, long).await.title;
    let (words, rest) = title.split_once('…').expect("cut, and said so");
    assert!(long.starts_with(words) && long[words.len()..].starts_with(' '), "whole words: {title}");
    assert!(rest.is_empty() || rest.contains("Warehouse") || rest.contains("河东粮库"), "{title}");
    assert!(unicode_width::UnicodeWidthStr::width(title.as_str()) <= 80, "{title}");
    let title = the(&story, "配电箱无护盖").await.title;
    assert!(title.starts_with("配电箱无护盖") && title.contains("顺达机械厂") && title.contains("二车间"), "{title}");
    let title = the(&story, &"危".repeat(90)).await.title;
    assert!(unicode_width::UnicodeWidthStr::width(title.as_str()) <= 80, "{title}");
    story.until_at(super::at("2026-11-30 11:00")).await;
    assert!(told(&story, "hejing").contains("Chlorine store vent fan failed"));
}
