//! Deadlines: the golden cases, daylight saving, unpublished years, and the text form of spans.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use chrono_tz::{America::New_York, Asia::Shanghai, Australia::Lord_Howe, Europe::Berlin};
use dutybell::core::calendar::Calendar;
use dutybell::core::deadline::{Due, Office, Period, Span, local_to_utc};
use dutybell::gateway::Days;
use dutybell::ledger::{DueContext, read_due};
use proptest::prelude::*;

const CN: &str = include_str!("../../packs/calendars/cn.tsv");

fn cn() -> Calendar {
    Calendar::from_tsv("cn", CN).expect("the calendar pack is readable")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("test date")
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("test time")
}

fn at(zone: Tz, text: &str) -> DateTime<Utc> {
    local_to_utc(zone, local(text))
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("test instant")
}

/// Local cut-off in Shanghai and whether it is provisional.
fn cutoff(due: Due, start: &str) -> (String, bool) {
    let calendar = cn();
    let office = Office::new(&calendar, Shanghai);
    let cutoff = due.cutoff(at(Shanghai, start), &office).expect("a cut-off");
    (office.local(cutoff.at).format("%Y-%m-%d %H:%M:%S").to_string(), cutoff.provisional)
}

#[track_caller]
fn check(due: Due, start: &str, expected: &str) {
    assert_eq!(cutoff(due, start), (expected.to_owned(), false), "{due:?} from {start}");
}

fn within(span: &str) -> Due {
    Due::Within(span.parse().expect("test span"))
}

#[test]
fn golden_cases() {
    let after =
        [("1wd", "10-08"), ("2wd", "10-09"), ("3wd", "10-10"), ("5wd", "10-12"), ("7wd", "10-14"), ("15wd", "10-26")];
    for (span, date) in after {
        check(within(span), "2022-09-30 10:00", &format!("2022-{date} 17:30:00"));
    }
    check(within("-3wd"), "2022-09-30 10:00", "2022-09-27 17:30:00");
    check(within("-3wd"), "2022-10-10 10:00", "2022-09-30 17:30:00");
    check(within("-20wd"), "2022-10-31 10:00", "2022-09-28 17:30:00");
    check(within("-20wd"), "2022-12-30 10:00", "2022-12-02 17:30:00");
    check(within("10wd"), "2022-09-22 10:00", "2022-10-11 17:30:00");
    check(within("3d"), "2022-09-30 10:00", "2022-10-03 17:30:00");
    // A hundred days counted with the first one.
    check(within("99d"), "2022-09-22 00:00", "2022-12-30 17:30:00");
}

#[test]
fn dates_instants_hours_and_months() {
    check(Due::On(day("2022-10-03")), "2022-09-22 10:00", "2022-10-03 17:30:00");
    check(Due::At(utc("2022-10-01T04:00:00Z")), "2022-09-22 10:00", "2022-10-01 12:00:00");
    check(within("4h"), "2022-09-30 16:00", "2022-09-30 20:00:00");
    check(within("15m"), "2022-09-30 23:50", "2022-10-01 00:05:00");
    check(within("1mo"), "2024-01-31 10:00", "2024-02-29 17:30:00");
    check(within("1mo"), "2023-01-31 10:00", "2023-02-28 17:30:00");
    check(within("1y"), "2024-02-29 10:00", "2025-02-28 17:30:00");
    check(within("4y"), "2024-02-29 10:00", "2028-02-29 17:30:00");
    check(within("-3mo"), "2024-05-31 10:00", "2024-02-29 17:30:00");
    let calendar = cn();
    let office = Office::new(&calendar, Shanghai);
    assert_eq!(Due::Ongoing.cutoff(at(Shanghai, "2022-09-22 10:00"), &office), None);
}

#[test]
fn immediate_means_today() {
    check(Due::Immediate, "2022-09-30 08:00", "2022-09-30 17:30:00");
    check(Due::Immediate, "2022-09-30 17:30", "2022-09-30 23:59:59");
    check(Due::Immediate, "2022-09-30 21:00", "2022-09-30 23:59:59");
    check(Due::Immediate, "2022-10-03 10:00", "2022-10-03 23:59:59");
    // A makeup Saturday is a working day.
    check(Due::Immediate, "2022-10-08 10:00", "2022-10-08 17:30:00");
}

#[test]
fn end_of_a_period_is_its_last_working_day() {
    let start = "2022-09-22 10:00";
    check(Due::EndOf(Period::Day), start, "2022-09-22 17:30:00");
    check(Due::EndOf(Period::Week), start, "2022-09-23 17:30:00");
    check(Due::EndOf(Period::Month), start, "2022-09-30 17:30:00");
    check(Due::EndOf(Period::Quarter), start, "2022-09-30 17:30:00");
    check(Due::EndOf(Period::HalfYear), start, "2022-12-30 17:30:00");
    check(Due::EndOf(Period::Year), start, "2022-12-30 17:30:00");
    // The week before the holiday's makeup Sunday runs to that Sunday.
    check(Due::EndOf(Period::Week), "2022-10-08 10:00", "2022-10-09 17:30:00");
    // Given on Saturday, or on Friday evening: the week is not over yet.
    check(Due::EndOf(Period::Week), "2022-09-24 10:00", "2022-09-25 23:59:59");
    check(Due::EndOf(Period::Week), "2022-09-23 18:00", "2022-09-25 23:59:59");
    check(Due::EndOf(Period::Month), "2022-12-31 10:00", "2022-12-31 23:59:59");
    check(Due::EndOf(Period::Month), "2024-02-05 10:00", "2024-02-29 17:30:00");
}

#[test]
fn last_days_of_periods() {
    let d = day("2024-02-29");
    let last = [
        (Period::Day, "2024-02-29"),
        (Period::Week, "2024-03-03"),
        (Period::Month, "2024-02-29"),
        (Period::Quarter, "2024-03-31"),
        (Period::HalfYear, "2024-06-30"),
        (Period::Year, "2024-12-31"),
    ];
    for (period, expected) in last {
        assert_eq!(period.last_day(d), day(expected), "{period:?}");
    }
}

#[test]
fn cutoffs_in_an_unpublished_year_are_provisional() {
    let start = "2026-12-30 10:00";
    assert_eq!(cutoff(within("1wd"), start), ("2026-12-31 17:30:00".to_owned(), false));
    // 1 January rests by law, 2 and 3 are a weekend.
    assert_eq!(cutoff(within("2wd"), start), ("2027-01-04 17:30:00".to_owned(), true));
    assert_eq!(cutoff(within("-2wd"), "2027-01-01 10:00"), ("2026-12-30 17:30:00".to_owned(), false));
    assert_eq!(cutoff(Due::Immediate, "2027-02-01 10:00"), ("2027-02-01 17:30:00".to_owned(), true));
    assert!(cutoff(Due::EndOf(Period::Month), "2027-09-01 10:00").1);
    // What does not depend on the calendar cannot move.
    assert!(!cutoff(Due::On(day("2027-03-01")), start).1);
    assert!(!cutoff(within("90d"), start).1);
    assert!(!cutoff(within("48h"), start).1);
}

#[test]
fn recomputed_when_the_new_calendar_appears() {
    let start = at(Shanghai, "2026-12-31 10:00");
    let before = cn();
    let notice = "2027-01-01\trest\t元旦\t2027\n2027-01-02\trest\t元旦\t2027\n2027-01-03\trest\t元旦\t2027\n2027-01-04\trest\t元旦\t2027\n";
    let after = Calendar::from_tsv("cn", &format!("{CN}{notice}")).expect("readable");
    let due = |calendar| within("1wd").cutoff(start, &Office::new(calendar, Shanghai)).expect("one");
    assert_eq!(due(&before).at, at(Shanghai, "2027-01-04 17:30"));
    assert!(due(&before).provisional);
    assert_eq!(due(&after).at, at(Shanghai, "2027-01-05 17:30"));
    assert!(!due(&after).provisional);
}

#[test]
fn wall_times_in_a_gap_move_to_its_end() {
    assert_eq!(at(New_York, "2024-03-10 02:30"), utc("2024-03-10T07:00:00Z"));
    assert_eq!(at(New_York, "2024-03-10 01:59"), utc("2024-03-10T06:59:00Z"));
    assert_eq!(at(Berlin, "2024-03-31 02:00"), utc("2024-03-31T01:00:00Z"));
    assert_eq!(at(Berlin, "2024-03-31 02:59"), utc("2024-03-31T01:00:00Z"));
    // Lord Howe Island moves its clocks by half an hour.
    assert_eq!(at(Lord_Howe, "2024-10-06 02:15"), utc("2024-10-05T15:30:00Z"));
    // Samoa left out a whole day.
    assert_eq!(at(chrono_tz::Pacific::Apia, "2011-12-30 12:00"), utc("2011-12-30T10:00:00Z"));
}

#[test]
fn of_two_equal_wall_times_the_first_is_taken() {
    assert_eq!(at(New_York, "2024-11-03 01:30"), utc("2024-11-03T05:30:00Z"));
    assert_eq!(at(Berlin, "2024-10-27 02:30"), utc("2024-10-27T00:30:00Z"));
    assert_eq!(at(Lord_Howe, "2024-04-07 01:45"), utc("2024-04-06T14:45:00Z"));
}

#[test]
fn days_keep_the_wall_time_and_hours_run_on_the_clock() {
    let calendar = Calendar::weekdays("plain");
    for (zone, friday) in [(New_York, "2024-03-08 16:00"), (Berlin, "2024-03-29 16:00")] {
        let office = Office::new(&calendar, zone);
        let start = at(zone, friday);
        let wall = |span: Span| office.local(span.after(start, &office)).format("%a %H:%M").to_string();
        assert_eq!(wall(Span::Days(3)), "Mon 16:00");
        assert_eq!(wall(Span::Workdays(1)), "Mon 16:00");
        assert_eq!(wall(Span::Hours(72)), "Mon 17:00");
        let back = Span::Workdays(1).before(Span::Workdays(1).after(start, &office), &office);
        assert_eq!(back, start);
    }
    let office = Office::new(&calendar, New_York);
    let start = at(New_York, "2024-03-09 02:30");
    assert_eq!(Span::Days(1).after(start, &office), utc("2024-03-10T07:00:00Z"));
    // Nothing added to the second of two equal wall times leaves it where it is.
    let second = utc("2024-11-03T06:30:00Z");
    assert_eq!(Span::Days(0).after(second, &office), second);
}

#[test]
fn leap_day_arithmetic() {
    let calendar = cn();
    let office = Office::new(&calendar, Shanghai);
    let leap = at(Shanghai, "2024-02-29 08:15");
    assert_eq!(Span::Months(12).after(leap, &office), at(Shanghai, "2025-02-28 08:15"));
    assert_eq!(Span::Months(12).before(leap, &office), at(Shanghai, "2023-02-28 08:15"));
    assert_eq!(Span::Days(1).after(leap, &office), at(Shanghai, "2024-03-01 08:15"));
}

#[test]
fn spans_are_read_in_three_manners() {
    let cases = [
        ("3wd", Span::Workdays(3)),
        ("-7d", Span::Days(-7)),
        ("+4h", Span::Hours(4)),
        ("15m", Span::Minutes(15)),
        ("2mo", Span::Months(2)),
        ("1y", Span::Months(12)),
        ("2w", Span::Days(14)),
        (" 3 Working Days ", Span::Workdays(3)),
        ("1 month", Span::Months(1)),
        ("3个工作日", Span::Workdays(3)),
        ("３ 个工作日", Span::Workdays(3)),
        ("7天", Span::Days(7)),
        ("15日", Span::Days(15)),
        ("4小时", Span::Hours(4)),
        ("30分钟", Span::Minutes(30)),
        ("2个月", Span::Months(2)),
        ("一年", Span::Months(12)),
        ("两周", Span::Days(14)),
        ("十五天", Span::Days(15)),
        ("二十个工作日", Span::Workdays(20)),
        ("一百零五天", Span::Days(105)),
        ("半年", Span::Months(6)),
        ("半个月", Span::Days(15)),
    ];
    for (text, span) in cases {
        assert_eq!(text.parse(), Ok(span), "{text}");
    }
    for text in ["", "3", "wd", "d3", "3 fortnights", "3wd later", "--3d", "三四天", "十百天", "9999999999d"] {
        let message = text.parse::<Span>().expect_err(text).to_string();
        assert!(message.contains("3wd"), "{message}");
    }
    assert_eq!(Span::Months(24).to_string(), "2y");
    assert_eq!(Span::Months(0).to_string(), "0mo");
}

/// Kind and value of a deadline cell of an item found on a day, by the shipped calendar.
fn cell(text: &str, found_on: &str) -> (&'static str, String) {
    let calendar = cn();
    let reading = read_due(text, &DueContext { found_on: day(found_on), date1904: false, days: &Days(&calendar) });
    (reading.label, reading.value)
}

#[test]
fn every_further_deadline_in_words_is_read_as_labelled_or_asked_about() {
    let mut wrong = Vec::new();
    for line in include_str!("../data/ledger_dates_more.tsv").lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (label, value) = cell(fields[0], "2022-09-22");
        if (label, value.as_str()) != (fields[1], fields[2]) {
            wrong.push(format!("{:?}: {label} {value}, not {} {}", fields[0], fields[1], fields[2]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_holiday_without_a_year_is_the_coming_one_and_one_that_has_passed_is_asked_about() {
    for (text, found_on, kind, value) in [
        ("五一前", "2022-04-15", "date", "2022-04-29"),
        ("端午前", "2022-04-15", "date", "2022-06-02"),
        ("清明前", "2022-04-15", "ambiguous", "2022-04-02 or 2023-04-04"),
        ("中秋前", "2022-09-11", "ambiguous", "2022-09-09 or 2023-09-28"),
        ("中秋后", "2022-09-11", "date", "2022-09-13"),
        ("国庆前", "2022-09-30", "date", "2022-09-30"),
        ("国庆后", "2022-10-03", "date", "2022-10-08"),
        ("before National Day", "2022-10-09", "ambiguous", "2022-09-30 or 2023-09-28"),
        ("元旦前", "2022-01-10", "ambiguous", "2021-12-31 or 2022-12-30"),
        ("春节前", "2022-02-20", "ambiguous", "2022-01-30 or 2023-01-20"),
        ("by Chinese New Year", "2022-12-01", "date", "2023-01-20"),
    ] {
        assert_eq!(cell(text, found_on), (kind, value.to_owned()), "{text} found on {found_on}");
    }
}

#[test]
fn stored_as_text() {
    let cases = [
        (within("3wd"), r#"{"kind":"within","value":"3wd"}"#),
        (Due::On(day("2026-10-01")), r#"{"kind":"on","value":"2026-10-01"}"#),
        (Due::At(utc("2026-10-01T04:00:00Z")), r#"{"kind":"at","value":"2026-10-01T04:00:00Z"}"#),
        (Due::EndOf(Period::HalfYear), r#"{"kind":"end_of","value":"half_year"}"#),
        (Due::Immediate, r#"{"kind":"immediate"}"#),
        (Due::Ongoing, r#"{"kind":"ongoing"}"#),
    ];
    for (due, json) in cases {
        assert_eq!(serde_json::to_string(&due).expect("written"), json);
        assert_eq!(serde_json::from_str::<Due>(json).expect("read"), due);
    }
}

#[test]
fn absurd_spans_stop_at_the_edge() {
    let calendar = cn();
    let office = Office::new(&calendar, Shanghai);
    let start = at(Shanghai, "2026-01-01 10:00");
    let kinds = [Span::Minutes, Span::Hours, Span::Days, Span::Workdays, Span::Months];
    for kind in kinds {
        assert!(kind(i64::MAX).after(start, &office) > start);
        assert!(kind(i64::MIN).after(start, &office) < start);
        assert!(kind(i64::MAX).before(start, &office) < start);
        assert!(Due::Within(kind(i64::MAX)).cutoff(start, &office).is_some());
    }
    assert!(Span::Days(1).after(DateTime::<Utc>::MAX_UTC, &office) < DateTime::<Utc>::MAX_UTC);
    assert!(Due::Immediate.cutoff(DateTime::<Utc>::MIN_UTC, &office).is_some());
}

fn any_span() -> impl Strategy<Value = Span> {
    (0usize..5, -80_000i64..80_000).prop_map(|(kind, n)| match kind {
        0 => Span::Minutes(n),
        1 => Span::Hours(n),
        2 => Span::Days(n),
        3 => Span::Workdays(n % 3000),
        _ => Span::Months(n % 1200),
    })
}

proptest! {
    #[test]
    fn spans_survive_their_text_form(span in any_span()) {
        prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        let json = serde_json::to_string(&span).expect("written");
        prop_assert_eq!(serde_json::from_str::<Span>(&json).expect("read"), span);
    }

    #[test]
    fn no_text_makes_the_span_reader_panic(text in ".{0,20}", zh in "[-+]?[零一二两三十百半0-9]{0,6}[个天月年工作日]{0,4}") {
        let _ = text.parse::<Span>();
        let _ = zh.parse::<Span>();
    }

    #[test]
    fn later_starts_never_have_earlier_cutoffs(
        minute in 0i64..2_500_000, later in 0i64..20_000, span in any_span(), zone in 0usize..4,
    ) {
        let calendar = cn();
        let office = Office::new(&calendar, [Shanghai, New_York, Berlin, Lord_Howe][zone]);
        let start = utc("2021-01-04T00:00:00Z") + chrono::TimeDelta::minutes(minute);
        let due = Due::Within(span);
        let first = due.cutoff(start, &office).expect("one").at;
        let second = due.cutoff(start + chrono::TimeDelta::minutes(later), &office).expect("one").at;
        prop_assert!(first <= second);
    }

    #[test]
    fn open_orders_are_never_overdue_at_once(minute in 0i64..3_000_000, period in 0usize..6) {
        use Period::{Day, HalfYear, Month, Quarter, Week, Year};
        let calendar = cn();
        let office = Office::new(&calendar, Shanghai);
        let start = utc("2021-01-04T00:00:00Z") + chrono::TimeDelta::minutes(minute);
        let period = [Day, Week, Month, Quarter, HalfYear, Year][period];
        prop_assert!(Due::EndOf(period).cutoff(start, &office).expect("one").at > start);
        prop_assert!(Due::Immediate.cutoff(start, &office).expect("one").at > start);
    }
}
