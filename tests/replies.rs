//! What officials write and how it is read: the labelled sample, its siblings, and what must hold for any text.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};
use dutybell::core::reply::{Context, DayView, Reading, read};
use std::collections::BTreeMap;

/// The autumn of 2022: National Day from the first to the seventh, made up for on the eighth and ninth.
struct Autumn;

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

impl DayView for Autumn {
    fn is_workday(&self, d: NaiveDate) -> bool {
        if d >= day(2022, 10, 1) && d <= day(2022, 10, 7) {
            return false;
        }
        d == day(2022, 10, 8) || d == day(2022, 10, 9) || !matches!(d.weekday(), Weekday::Sat | Weekday::Sun)
    }

    fn holiday(&self, name: &str, from: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        [
            ("国庆", day(2022, 10, 1), day(2022, 10, 7)),
            ("元旦", day(2022, 12, 31), day(2023, 1, 2)),
            ("春节", day(2023, 1, 21), day(2023, 1, 27)),
        ]
        .into_iter()
        .find(|(n, first, _)| *first >= from && n.contains(name))
        .map(|(_, first, last)| (first, last))
    }
}

/// Thursday 22 September 2022, ten in the morning, the item due on the 30th.
fn reading(text: &str) -> Reading {
    read(text, &Context { now: now(), due: Some(day(2022, 9, 30)), days: &Autumn })
}

fn now() -> NaiveDateTime {
    day(2022, 9, 22).and_hms_opt(10, 0, 0).unwrap()
}

struct Row {
    text: String,
    intent: String,
    argument: String,
}

fn rows(file: &str) -> Vec<Row> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let content = std::fs::read_to_string(&path).unwrap();
    content
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 5, "five columns: {line}");
            Row { text: cells[0].replace("\\n", "\n"), intent: cells[1 + 1].into(), argument: cells[3].into() }
        })
        .collect()
}

fn claims(label: &str) -> bool {
    label.split('|').any(|l| l == "done")
}

/// Reads a file, prints the confusion table and what differs; returns rows, exact intents, false claims.
fn gate(file: &str) -> (usize, usize, usize) {
    let rows = rows(file);
    let mut table: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut exact, mut arguments, mut false_done) = (0, 0, 0);
    for row in &rows {
        let reading = reading(&row.text);
        let (label, argument) = (reading.label(), reading.argument());
        *table.entry((row.intent.clone(), label.clone())).or_default() += 1;
        let right = label == row.intent;
        exact += usize::from(right);
        arguments += usize::from(right && argument == row.argument);
        let wrongly = label.matches("done").count() > row.intent.matches("done").count() && claims(&label);
        false_done += usize::from(wrongly);
        if !right || argument != row.argument {
            let why: Vec<String> = reading
                .clauses
                .iter()
                .map(|c| format!("[{} -> {}: {}]", c.text, c.reads_as, c.why.join(", ")))
                .collect();
            let mark = if wrongly {
                "FALSE DONE "
            } else if right {
                "  argument "
            } else {
                ""
            };
            println!(
                "{mark}{:?}: {} {} read as {label} {argument}  {}",
                row.text,
                row.intent,
                row.argument,
                why.join(" ")
            );
        }
    }
    println!("\n{file}: label -> read as");
    for ((label, read), n) in &table {
        println!("{} {label:>24} -> {read:<24} {n}", if label == read { " " } else { "!" });
    }
    let share = |n: usize| 100.0 * n as f64 / rows.len() as f64;
    println!(
        "{file}: {} rows, intent exact {exact} ({:.1} %), with argument {arguments} ({:.1} %), false done {false_done}\n",
        rows.len(),
        share(exact),
        share(arguments)
    );
    (rows.len(), exact, false_done)
}

fn passes(file: &str) {
    let (rows, exact, false_done) = gate(file);
    assert_eq!(false_done, 0, "a row that does not claim completion was read as done");
    assert!(exact * 100 >= rows * 95, "{exact} of {rows} exact");
}

#[test]
fn the_labelled_sample_is_read_as_labelled() {
    passes("replies.tsv");
}

#[test]
fn siblings_of_the_sample_are_read_as_labelled() {
    passes("replies_more.tsv");
}

/// Ways to say it is finished, in one clause.
fn claims_of_completion() -> Vec<String> {
    let plain = |row: &Row| row.intent == "done" && !row.text.contains(['\n', '，', ',', '：']);
    rows("replies.tsv").into_iter().filter(plain).map(|row| row.text.trim().to_string()).collect()
}

/// What, put before or behind a claim, takes it back: (before, behind).
const OPERATORS: &[(&str, &str)] = &[
    ("没有", ""),
    ("还没", ""),
    ("尚未", ""),
    ("并未", ""),
    ("不是", ""),
    ("不能算", ""),
    ("从来没说过", ""),
    ("根本没有", ""),
    ("是不是", ""),
    ("", "吗"),
    ("", "了吗？"),
    ("", "没有？"),
    ("", "？"),
    ("难道", "？"),
    ("谁说", ""),
    ("请问", "了没"),
    ("预计明天", ""),
    ("将", ""),
    ("马上就要", ""),
    ("争取下周", ""),
    ("计划月底", ""),
    ("后天", ""),
    ("快要", ""),
    ("好像", ""),
    ("可能", ""),
    ("应该", "了吧"),
    ("大概", ""),
    ("我猜", ""),
    ("基本上", ""),
    ("差不多", ""),
    ("部分", ""),
    ("听说", ""),
    ("据说", ""),
    ("李四说", ""),
    ("他们说", ""),
    ("企业反映", ""),
    ("如果", ""),
    ("等钱到了再", ""),
    ("只要下雨停了就", ""),
    ("", "的话就好了"),
    ("", "才怪"),
    ("", "，骗你的"),
    ("呵呵，", ""),
    ("请", ""),
    ("务必", ""),
    ("你们要", ""),
    ("回复“", "”就行"),
    ("系统显示", ""),
    ("以为", ""),
    ("not ", ""),
    ("it is not ", ""),
    ("never ", ""),
    ("nothing ", ""),
    ("is it ", "?"),
    ("", "?"),
    ("when is it ", "?"),
    ("will be ", ""),
    ("going to be ", ""),
    ("soon ", ""),
    ("", " tomorrow"),
    ("", " by next Monday"),
    ("almost ", ""),
    ("mostly ", ""),
    ("half ", ""),
    ("maybe ", ""),
    ("I think it is ", ""),
    ("probably ", ""),
    ("they say it is ", ""),
    ("Tom told me it was ", ""),
    ("apparently ", ""),
    ("if ", ""),
    ("once it is ", ""),
    ("", " if the money comes"),
    ("", " lol"),
    ("yeah right, ", ""),
    ("please get it ", ""),
    ("must be ", ""),
    ("I wish it was ", ""),
    ("好似", ""),
    ("哼，", ""),
    ("忘了", ""),
    ("误报", ""),
    ("差点就", ""),
    ("勉强", ""),
    ("是否", ""),
    ("待", ""),
    ("有望", ""),
    ("拟", ""),
    ("未能", ""),
    ("难", ""),
    ("不必", ""),
    ("无需", ""),
    ("何时", ""),
    ("谁", ""),
    ("快", ""),
    ("刚要", ""),
    ("正要", ""),
    ("开始", ""),
    ("协助", ""),
    ("督促", ""),
    ("准备", ""),
    ("催他", ""),
    ("希望", ""),
    ("要求", ""),
    ("最好", ""),
    ("早日", ""),
    ("力争", ""),
    ("保证", ""),
    ("承诺", ""),
    ("确保", ""),
    ("就算", ""),
    ("除非", ""),
    ("等到", "再说"),
    ("直到", ""),
    ("", "之前"),
    ("", "的时候告诉我"),
    ("", "与否"),
    ("", "是假的"),
    ("", "了一半"),
    ("", "不了"),
    ("", "一部分"),
    ("", "率"),
    ("", "后再报"),
    ("", "？没有"),
    ("", "，但还差一点"),
    ("", "，不过没弄好"),
    ("", "，只是口头上"),
    ("", "，明天"),
    ("", "，估计"),
    ("", "，大概吧"),
    ("", "，听他说的"),
    ("", "，如果不下雨"),
    ("until ", ""),
    ("unless ", ""),
    ("before it is ", ""),
    ("instead of being ", ""),
    ("far from ", ""),
    ("yet to be ", ""),
    ("to be ", ""),
    ("being ", ""),
    ("not yet ", ""),
    ("hardly ", ""),
    ("as if ", ""),
    ("pretend it is ", ""),
    ("consider it ", ""),
    ("say it is ", ""),
    ("I hope it is ", ""),
    ("I want it ", ""),
    ("need it ", ""),
    ("should be ", ""),
    ("could be ", ""),
    ("can be ", ""),
    ("it would be ", ""),
    ("partly ", ""),
    ("sort of ", ""),
    ("nearly ", ""),
    ("he claims ", ""),
    ("reportedly ", ""),
    ("rumour has it: ", ""),
    ("", " but not really"),
    ("", ", not"),
    ("", "? no"),
    ("", " soon"),
    ("", ", I think"),
    ("", " maybe"),
    ("", ", except it isn't"),
    ("", " in my dreams"),
    ("", ", hopefully"),
    ("", " when the parts arrive"),
    ("", " later today"),
    ("", " 🙄"),
    ("", " 50%"),
    ("", "❌"),
];

#[test]
fn no_claim_survives_a_word_that_takes_it_back() {
    let mut survived = Vec::new();
    for claim in claims_of_completion() {
        let sentence = claim.trim_end_matches(['。', '.', '!', '！', '~', '～']);
        for (before, behind) in OPERATORS {
            let claim = if behind.is_empty() { claim.as_ref() } else { sentence };
            let text = format!("{before}{claim}{behind}");
            if claims(&reading(&text).label()) {
                survived.push(text);
            }
        }
    }
    assert!(survived.is_empty(), "{} read as done:\n{}", survived.len(), survived.join("\n"));
}

#[test]
fn both_scripts_are_read_alike() {
    let table = include_str!("../src/core/reply/scripts.txt");
    let pairs: Vec<char> = table.chars().filter(|c| !c.is_whitespace()).collect();
    for file in ["replies.tsv", "replies_more.tsv"] {
        for row in rows(file) {
            // Every traditional form of each character, one after the other.
            for nth in 0..2 {
                let traditional: String = row
                    .text
                    .chars()
                    .map(|c| pairs.chunks(2).filter(|p| p[1] == c).nth(nth).map_or(c, |p| p[0]))
                    .collect();
                let (a, b) = (reading(&row.text), reading(&traditional));
                assert_eq!((a.label(), a.argument()), (b.label(), b.argument()), "{traditional}");
            }
        }
    }
}

#[test]
fn a_novel_is_cut_and_counts_for_nothing() {
    for seed in [
        "完成。",
        "1完成2在办",
        "not done, ",
        "没有",
        "一",
        "(((((",
        "\n",
        "done if ",
        "除1外",
        "@",
        "yi",
        "9月",
        "> done\n",
        "\"",
    ] {
        let novel = seed.repeat(100_000 / seed.len());
        let begun = std::time::Instant::now();
        let reading = reading(&novel);
        assert!(begun.elapsed().as_secs() < 5, "{seed:?} took {:?}", begun.elapsed());
        assert!(!claims(&reading.label()), "{seed:?}");
        assert!(reading.intents.len() <= 50, "{seed:?}: {} intents", reading.intents.len());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,60}") {
        let reading = reading(&text);
        proptest::prop_assert!(!reading.intents.is_empty());
        reading.argument();
    }

    #[test]
    fn pieces_of_answers_in_any_order_are_read_without_panic(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 1..12)
    ) {
        let reading = reading(&pieces.concat());
        proptest::prop_assert!(!reading.intents.is_empty());
        reading.argument();
    }

    #[test]
    fn a_claim_among_doubts_is_none(
        before in proptest::sample::select(DOUBTS),
        claim in proptest::sample::select(claims_of_completion()),
        between in proptest::sample::select(&["，", " ", "。", "\n"][..]),
    ) {
        let text = format!("{before}{between}{claim}");
        proptest::prop_assert!(!claims(&reading(&text).label()), "{text}");
    }
}

/// Clauses after or before which nothing counts as done.
const DOUBTS: &[&str] = &[
    "如果天气好",
    "听说",
    "李四说",
    "开玩笑的",
    "yeah right",
    "if the parts arrive",
    "they say",
    "要是有钱",
    "假如资金到位",
];

const PIECES: &[&str] = &[
    "完成",
    "已",
    "未",
    "没",
    "1",
    "2、3",
    "第",
    "项",
    "①",
    "A7K2",
    "#",
    "除",
    "外",
    "，",
    "。",
    "\n",
    "?",
    "吗",
    "如果",
    "说",
    "“",
    "”",
    "（",
    ")",
    "延期",
    "3天",
    "9月31日",
    "到",
    "转给",
    "李四",
    "@",
    "done",
    " ",
    "not ",
    "all but ",
    "except ",
    "+3d",
    "80%",
    "9/10",
    "✅",
    "❌",
    "[强]",
    "> ",
    "On Mon X wrote:",
    "yiwancheng",
    "hours",
    "其他",
    "全部",
    "一",
    "百分之",
    "分之",
    "半",
    "下周五",
    "13月45日",
    "25:61",
    "年",
    "月底",
    "-",
    "...",
    "１",
    "🙏",
];
