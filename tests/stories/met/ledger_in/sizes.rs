//! Files and queries that would fill the memory.

use std::time::Instant;

use dutybell::gateway::Days;
use dutybell::gateway::source::{Asked, Content, Fetch, Fetched, SqlSettings, SqlSource};
use dutybell::ledger::{LedgerError, Limits, ReadContext, read_bytes};

use super::hedong;

#[tokio::test]
async fn an_unclosed_quote_is_refused_at_the_cell_limit_at_once_and_named() {
    let story = hedong().await;
    let days = Days(story.gateway.calendars.get("cn"));
    let today = "2026-11-30".parse().expect("a day");
    let head = "隐患编号,检查时间,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人\n";
    let line = "K1,2026-11-27,顺达机械厂,甲,一般,2026-12-15,张强,李梅\n";
    let text = format!("{head}{line}K2,2026-11-27,顺达机械厂,\"乙,一般,2026-12-15,张强,李梅\n{}", line.repeat(500_000));
    let begun = Instant::now();
    let refused = read_bytes("ledger.csv", text.as_bytes(), &ReadContext::new(today, &days)).expect_err("refused");
    let LedgerError::CellTooLarge { place, .. } = &refused else { panic!("{refused}") };
    assert_eq!((place.row, place.column.as_deref()), (3, Some("D")), "{refused}");
    // Far from the minute that it took; no figure of this machine.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    for locale in [dutybell::core::org::Locale::En, dutybell::core::org::Locale::ZhCn] {
        assert!(refused.in_words(locale).contains('3'), "{}", refused.in_words(locale));
    }
}

#[tokio::test]
async fn a_workbooks_cell_beyond_the_limit_is_refused_and_a_long_finding_is_not() {
    let story = hedong().await;
    let days = Days(story.gateway.calendars.get("cn"));
    let today = "2026-11-30".parse().expect("a day");
    let text = |finding: &str| {
        format!(
            "隐患编号,检查时间,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人\n\
             K1,2026-11-27,顺达机械厂,{finding},一般,2026-12-15,张强,李梅\n"
        )
    };
    // As much as a cell of a spreadsheet can hold.
    let fits = read_bytes("a.csv", text(&"危".repeat(32_767)).as_bytes(), &ReadContext::new(today, &days));
    assert!(fits.is_ok());
    let more = read_bytes("a.csv", text(&"危".repeat(40_000)).as_bytes(), &ReadContext::new(today, &days));
    assert!(matches!(more, Err(LedgerError::CellTooLarge { .. })));
}

async fn fetched(query: &str, limits: Limits) -> Result<usize, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("other.db");
    std::fs::write(&path, "").expect("writes");
    let settings: SqlSettings =
        toml::from_str(&format!("url = \"sqlite:{}\"\nquery = {query:?}\ntimeout_seconds = 20", path.display()))
            .expect("settings");
    let source = SqlSource::new(&settings).expect("a source");
    let asked = Asked { now: super::at("2026-11-30 09:00"), zone: chrono_tz::Asia::Shanghai, limits, remembered: None };
    match source.fetch(&asked, None).await {
        Ok(Fetched::Delivery(d)) => match d.content {
            Content::Table { rows, .. } => Ok(rows.len()),
            _ => Err("no table".to_owned()),
        },
        Ok(_) => Err("nothing".to_owned()),
        Err(trouble) => Err(trouble.text),
    }
}

#[tokio::test]
async fn a_query_with_an_endless_cell_is_refused_and_names_its_column() {
    let refused = fetched("SELECT 1 AS id, printf('%.*c', 300000000, 'x') AS 存在问题", Limits::default()).await;
    assert!(refused.as_ref().is_err_and(|e| e.contains("cell") && e.contains("存在问题")), "{refused:?}");
    let refused = fetched("SELECT hex(zeroblob(60000)) AS a;  -- all", Limits::default()).await;
    assert!(refused.as_ref().is_err_and(|e| e.contains("cell of column a ")), "{refused:?}");
}

#[tokio::test]
async fn a_query_without_an_end_is_refused_at_the_limit_of_rows() {
    let endless = "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT a FROM n";
    let refused = fetched(endless, Limits::default()).await;
    assert!(refused.as_ref().is_err_and(|e| e.contains("rows")), "{refused:?}");
    assert_eq!(fetched("SELECT 1 AS a UNION ALL SELECT 2", Limits::default()).await, Ok(2));
}
