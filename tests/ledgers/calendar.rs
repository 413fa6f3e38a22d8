//! Calendars: the published Chinese years, import, and the laws of counting working days.

use chrono::{Days, NaiveDate, Weekday};
use dutybell::core::calendar::{Calendar, CalendarError};
use proptest::prelude::*;

const CN: &str = include_str!("../../packs/calendars/cn.tsv");

fn cn() -> Calendar {
    Calendar::from_tsv("cn", CN).expect("the calendar pack is readable")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("test date")
}

fn ics(events: &str) -> Result<Calendar, CalendarError> {
    let events = events.replace("EVENT\n", "BEGIN:VEVENT\n").replace("\nEND\n", "\nEND:VEVENT\n");
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n");
    Calendar::from_ics("test", &text.replace('\n', "\r\n"))
}

#[test]
fn working_days_around_national_day_2022() {
    let c = cn();
    assert_eq!(c.add_workdays(day("2022-09-30"), -3), day("2022-09-27"));
    let after = [
        (1, "2022-10-08"),
        (2, "2022-10-09"),
        (3, "2022-10-10"),
        (5, "2022-10-12"),
        (7, "2022-10-14"),
        (15, "2022-10-26"),
    ];
    for (n, date) in after {
        assert_eq!(c.add_workdays(day("2022-09-30"), n), day(date), "{n} working days");
    }
    assert_eq!(c.add_workdays(day("2022-10-10"), -3), day("2022-09-30"));
    assert_eq!(c.add_workdays(day("2022-10-31"), -20), day("2022-09-28"));
    assert_eq!(c.add_workdays(day("2022-12-30"), -20), day("2022-12-02"));
    assert_eq!(c.add_workdays(day("2022-09-22"), 10), day("2022-10-11"));
}

#[test]
fn three_calendar_days_fall_on_a_holiday() {
    let c = cn();
    let due = day("2022-09-30") + Days::new(3);
    assert_eq!(due, day("2022-10-03"));
    assert!(!c.is_workday(due));
    assert_eq!(c.workday_on_or_after(due), day("2022-10-08"));
    assert_eq!(c.workday_on_or_before(due), day("2022-09-30"));
}

#[test]
fn hundred_days_have_69_working_days() {
    let c = cn();
    let last = day("2022-09-22") + Days::new(99);
    assert_eq!(last, day("2022-12-30"));
    assert_eq!(c.workdays_between(day("2022-09-21"), last), 69);
    assert_eq!(c.workdays_between(last, day("2022-09-21")), -69);
}

#[test]
fn working_days_of_whole_years() {
    let c = cn();
    for (year, days) in [(2022, 249), (2024, 251), (2025, 248), (2026, 248)] {
        let before = day(&format!("{}-12-31", year - 1));
        assert_eq!(c.workdays_between(before, day(&format!("{year}-12-31"))), days, "{year}");
    }
}

#[test]
fn makeup_weekends_of_2026() {
    let c = cn();
    let year = day("2026-01-01").iter_days().take(365);
    let found: Vec<String> = year.filter(|d| c.is_makeup_day(*d)).map(|d| d.format("%m-%d").to_string()).collect();
    assert_eq!(found, ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]);
    let bank = c.without_makeup_days();
    assert!(!bank.is_workday(day("2026-01-04")));
    assert!(!bank.is_workday(day("2026-10-01")));
}

#[test]
fn unpublished_years_are_provisional() {
    let c = cn();
    assert_eq!(c.known_until(), Some(day("2026-12-31")));
    assert!(!c.is_provisional(day("2026-12-31")));
    assert!(c.is_provisional(day("2027-01-01")));
    assert!(c.is_provisional(day("2020-12-31")));
    // The days that the law fixes, and the plain weekend rule, until the notice appears.
    assert!(!c.is_workday(day("2027-10-01")));
    assert!(!c.is_workday(day("2027-10-02")));
    assert!(c.is_workday(day("2027-10-04")));

    let plain = Calendar::weekdays("plain");
    assert_eq!(plain.known_until(), None);
    assert!(!plain.is_provisional(day("2090-01-01")));
}

#[test]
fn a_day_set_by_next_years_notice_does_not_publish_its_own_year() {
    let c = Calendar::from_tsv("t", "2022-12-31\trest\t元旦\t2023\n").expect("readable");
    assert!(c.is_provisional(day("2022-06-01")));
    assert!(!c.is_provisional(day("2023-06-01")));
    assert!(!c.is_workday(day("2022-12-31")));
}

#[test]
fn runs_of_rest_days() {
    let c = cn();
    let run = c.rest_run(day("2022-10-03")).expect("a holiday");
    assert_eq!((run.first, run.last), (day("2022-10-01"), day("2022-10-07")));
    assert_eq!((run.name.as_str(), run.days()), ("国庆节", 7));
    assert!(run.contains(day("2022-10-07")) && !run.contains(day("2022-10-08")));

    let weekend = c.rest_run(day("2022-09-25")).expect("a Sunday");
    assert_eq!((weekend.days(), weekend.name.as_str()), (2, ""));
    assert_eq!(c.rest_run(day("2022-10-08")), None);
    // A holiday joined by the weekend after it: Friday 5 April 2024 is part of three days off.
    assert_eq!(c.rest_run(day("2024-04-06")).expect("a holiday").days(), 3);
}

#[test]
fn the_next_long_holiday() {
    let c = cn();
    let run = c.next_long_rest(day("2022-09-22"), 3).expect("found");
    assert_eq!(run.first, day("2022-10-01"));
    assert_eq!(c.add_workdays(run.first, -3), day("2022-09-28"));
    // From inside a holiday it is the one after.
    let later = c.next_long_rest(day("2022-10-02"), 3).expect("found");
    assert_eq!((later.first, later.name.as_str()), (day("2022-12-31"), "元旦"));
    assert_eq!(Calendar::weekdays("plain").next_long_rest(day("2022-09-22"), 3), None);
}

#[test]
fn a_holiday_by_part_of_its_name() {
    let c = cn();
    let run = c.holiday("国庆", day("2025-03-01")).expect("found");
    assert_eq!((run.first, run.last), (day("2025-10-01"), day("2025-10-08")));
    assert_eq!(run.name, "国庆节、中秋节");
    assert_eq!(c.holiday("国庆", run.first).map(|r| r.first), Some(run.first));
    assert_eq!(c.holiday("国庆", day("2025-10-02")).map(|r| r.first), Some(day("2026-10-01")));
    assert_eq!(c.holiday("国庆", day("2027-01-01")), None);
}

#[test]
fn other_weekends_and_extra_layers() {
    let c = Calendar::weekdays("gulf").with_weekend(&[Weekday::Fri, Weekday::Sat]).expect("valid");
    assert!(!c.is_workday(day("2026-10-02")));
    assert!(c.is_workday(day("2026-10-04")));
    let whole_week = [0u8, 1, 2, 3, 4, 5, 6].map(|n| Weekday::try_from(n).expect("weekday"));
    assert!(Calendar::weekdays("never").with_weekend(&whole_week).is_err());

    let extra = Calendar::from_tsv("area", "2026-08-04\trest\t州庆\t2026\n").expect("readable");
    let area = cn().overlaid_with(&extra);
    assert!(!area.is_workday(day("2026-08-04")));
    assert_eq!(area.known_until(), Some(day("2026-12-31")));
}

#[test]
fn table_errors_name_the_line_and_the_remedy() {
    let cases = [
        ("date\tkind\tname\tyear\n2026/10/01\trest\tx\t2026\n", "line 2", "2026-10-01"),
        ("2026-10-01\tholiday\tx\t2026\n", "line 1", "rest or work"),
        ("2026-10-01\n", "line 1", "tabs"),
        ("2026-10-01\trest\tx\t2026\n\n2026-10-01\twork\tx\t2026\n", "line 3", "twice"),
        ("2026-10-01\trest\tx\t2020\n", "line 1", "2020"),
        ("2026-10-01\trest\tx\tsoon\n", "line 1", "not a year"),
        ("# nothing yet\n", "calendar t", "no dates"),
    ];
    for (text, place, remedy) in cases {
        let message = Calendar::from_tsv("t", text).expect_err(text).to_string();
        assert!(message.contains(place) && message.contains(remedy), "{message}");
    }
    let windows = "\u{feff}date\tkind\tname\tyear_of_notice\r\n2026-10-01\trest\t国庆节\t2026\r\n";
    assert!(!Calendar::from_tsv("t", windows).expect("readable").is_workday(day("2026-10-01")));
}

#[test]
fn ics_holidays_and_makeup_days() {
    let c = ics("EVENT\nDTSTART;VALUE=DATE:20261001\nDTEND;VALUE=DATE:20261008\nSUMMARY:国庆节（休）\nEND\n\
         EVENT\nDTSTART;VALUE=DATE:20261010\nSUMMARY:国庆节（班）\nEND\n\
         EVENT\nDTSTART:20260920T000000\nDTEND:20260921T000000\nSUMMARY:补\n 班\nEND\n\
         EVENT\nDTSTART:20260509\nDTEND:20260509\nSUMMARY:Labour Day\nCATEGORIES:OFFICE,WORK\nEND\n\
         EVENT\nDTSTART:20260504\nDURATION:P2D\nSUMMARY:International Workers' Day\nEND\n\
         EVENT\nDTSTART:20260703\nSTATUS:CANCELLED\nSUMMARY:Withdrawn\nEND\n")
    .expect("readable");
    assert_eq!(c.rest_run(day("2026-10-04")).map(|r| (r.first, r.last)), {
        Some((day("2026-10-01"), day("2026-10-07")))
    });
    for makeup in ["2026-10-10", "2026-09-20", "2026-05-09"] {
        assert!(c.is_makeup_day(day(makeup)), "{makeup}");
    }
    assert!(!c.is_workday(day("2026-05-04")) && !c.is_workday(day("2026-05-05")));
    assert!(c.is_workday(day("2026-05-06")) && c.is_workday(day("2026-07-03")));
    assert_eq!(c.known_until(), Some(day("2026-12-31")));
}

#[test]
fn ics_words_that_only_look_like_work() {
    let rest = ["Workers' Day", "Non-working day", "No work", "停班停课", "不上班"];
    let work = ["Makeup day", "Make-up workday", "Working Saturday", "调休上班", "WORK"];
    for (summaries, expected) in [(rest, false), (work, true)] {
        for summary in summaries {
            let text = format!("EVENT\nDTSTART:20260704\nSUMMARY:{summary}\nEND\n");
            let c = ics(&text).expect("readable");
            assert_eq!(c.is_workday(day("2026-07-04")), expected, "{summary}");
        }
    }
}

#[test]
fn ics_with_apple_marks_ignores_observances() {
    let c = ics("EVENT\nDTSTART:20261001\nSUMMARY:国庆节\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY\nEND\n\
         EVENT\nDTSTART:20261010\nSUMMARY:国庆节\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY\nEND\n\
         EVENT\nDTSTART:20260910\nSUMMARY:教师节\nEND\n")
    .expect("readable");
    assert!(!c.is_workday(day("2026-10-01")));
    assert!(c.is_workday(day("2026-10-10")) && c.is_workday(day("2026-09-10")));
}

#[test]
fn ics_yearly_repetition() {
    let c = ics("EVENT\nDTSTART;VALUE=DATE:19910101\nRRULE:FREQ=YEARLY\nSUMMARY:New Year\nEND\n\
         EVENT\nDTSTART:20241128\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\nSUMMARY:Thanksgiving\nEND\n\
         EVENT\nDTSTART:20240527\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\nSUMMARY:Memorial Day\nEND\n\
         EVENT\nDTSTART:20240229\nRRULE:FREQ=YEARLY;COUNT=2\nSUMMARY:Leap Day\nEND\n\
         EVENT\nDTSTART:20240701\nRRULE:FREQ=YEARLY;UNTIL=20250701\nEXDATE:20240701\nSUMMARY:Old\nEND\n")
    .expect("readable");
    for rest in ["2000-01-01", "2099-01-01", "2026-11-26", "2027-05-31", "2024-02-29", "2028-02-29"] {
        assert!(!c.is_workday(day(rest)), "{rest}");
    }
    assert!(!c.is_workday(day("2025-07-01")));
    for work in ["2032-02-27", "2024-07-01", "2026-07-01", "2027-11-24"] {
        assert!(c.is_workday(day(work)), "{work}");
    }
    assert_eq!(c.known_until(), None);
    assert!(!c.is_provisional(day("2090-01-01")));
}

#[test]
fn ics_new_year_alone_does_not_publish_a_year() {
    let c = ics("EVENT\nDTSTART:20260504\nSUMMARY:劳动节\nEND\n\
                 EVENT\nDTSTART:20261231\nDTEND:20270103\nSUMMARY:元旦\nEND\n")
    .expect("readable");
    assert!(!c.is_workday(day("2027-01-01")));
    assert_eq!(c.known_until(), Some(day("2026-12-31")));
}

#[test]
fn ics_errors_name_the_event_and_the_remedy() {
    let cases = [
        ("DTSTART:20260504T090000Z", "time of day"),
        ("DTSTART:20260504T000000Z", "time of day"),
        ("DTSTART:2026-05-04", "20261001"),
        ("DESCRIPTION:none", "DTSTART"),
        ("DTSTART:20260504\nDTEND:20260501", "after the start"),
        ("DTSTART:20260504\nDTEND:20990501", "after the start"),
        ("DTSTART:20260504\nDURATION:PT3H", "P3D"),
        ("DTSTART:20260504\nRRULE:FREQ=WEEKLY", "FREQ=YEARLY"),
        ("DTSTART:20260504\nRRULE:FREQ=YEARLY;BYDAY=1MO", "FREQ=YEARLY"),
        ("DTSTART:20260504\nRRULE:FREQ=YEARLY;INTERVAL=2", "INTERVAL=2"),
        ("DTSTART:20260504\nRDATE:20260505", "one event for each date"),
    ];
    for (lines, remedy) in cases {
        let error = ics(&format!("EVENT\nSUMMARY:Spring outing\n{lines}\nEND\n")).expect_err(lines);
        let message = error.to_string();
        assert!(message.contains("Spring outing") && message.contains(remedy), "{message}");
    }
    assert!(Calendar::from_ics("t", "hello").expect_err("text").to_string().contains(".ics"));
    assert!(Calendar::from_ics("t", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n").is_err());
    assert!(ics("").expect_err("empty").to_string().contains("no all-day events"));
}

#[test]
fn counting_stops_at_the_edge_of_the_handled_years() {
    let c = Calendar::weekdays("plain");
    assert_eq!(c.add_workdays(day("2026-01-01"), i64::MAX), day("9999-12-31"));
    assert_eq!(c.add_workdays(day("2026-01-01"), i64::MIN), day("0001-01-01"));
}

proptest! {
    #[test]
    fn adding_then_counting_gives_the_number_back(offset in 0u64..2900, n in -600i64..600) {
        let c = cn();
        let from = day("2020-01-01") + Days::new(offset);
        let to = c.add_workdays(from, n);
        if n > 0 {
            prop_assert!(c.is_workday(to));
            prop_assert_eq!(c.workdays_between(from, to), n);
        } else if n < 0 {
            // Counting backwards, the reached day is counted and the day of departure is not.
            prop_assert!(c.is_workday(to));
            let after_reached = c.workdays_between(to, from) - i64::from(c.is_workday(from)) + 1;
            prop_assert_eq!(after_reached, -n);
        } else {
            prop_assert_eq!(to, from);
        }
    }

    #[test]
    fn adding_is_monotonic(offset in 0u64..2900, gap in 0u64..60, n in -200i64..200, more in 0i64..20) {
        let c = cn();
        let early = day("2020-01-01") + Days::new(offset);
        let late = early + Days::new(gap);
        prop_assert!(c.add_workdays(early, n) <= c.add_workdays(late, n));
        prop_assert!(c.add_workdays(early, n) <= c.add_workdays(early, n + more));
    }

    #[test]
    fn counting_adds_up(offset in 0u64..2900, a in 0u64..400, b in 0u64..400) {
        let c = cn();
        let first = day("2020-01-01") + Days::new(offset);
        let (second, third) = (first + Days::new(a), first + Days::new(a + b));
        let parts = c.workdays_between(first, second) + c.workdays_between(second, third);
        prop_assert_eq!(c.workdays_between(first, third), parts);
    }

    #[test]
    fn a_run_is_rest_between_working_days(offset in 0u64..2900) {
        let c = cn();
        let d = day("2020-01-01") + Days::new(offset);
        match c.rest_run(d) {
            None => prop_assert!(c.is_workday(d)),
            Some(run) => {
                prop_assert!(run.contains(d));
                prop_assert_eq!(c.workdays_between(run.first - Days::new(1), run.last), 0);
                prop_assert!(c.is_workday(run.first - Days::new(1)));
                prop_assert!(c.is_workday(run.last + Days::new(1)));
            }
        }
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "(?s).{0,200}", line in "[0-9TPDW:;=,-]{0,30}") {
        let _ = Calendar::from_tsv("t", &text);
        let _ = Calendar::from_ics("t", &format!("BEGIN:VCALENDAR\n{text}\nEND:VCALENDAR\n"));
        let _ = ics(&format!("EVENT\nDTSTART:{line}\nRRULE:FREQ=YEARLY;{line}\nEND\n"));
    }
}
