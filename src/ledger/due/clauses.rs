//! A cell that tells what has been done and then sets a day: 9.20已报，9.28完成.
//!
//! Knows where clauses end and which claims leave the work to do; `settle` reads the rest as a deadline.

use super::place::{Desk, Reading, days_of};
use super::scan::{Point, Scan};
use super::words;

const SEPARATORS: [char; 7] = [',', ';', '。', '、', '(', ')', '\n'];

/// Words of one clause and the points in time that it names.
#[derive(Default)]
struct Clause {
    words: String,
    points: Vec<Point>,
}

impl Clause {
    fn claims(&self) -> bool {
        words::claims_done(&self.words)
    }
}

/// What is left of a cell when the clauses that tell of the past are set aside.
pub(super) enum Told {
    /// A deadline beside a report that something was begun, notified or ordered.
    Deadline(Scan),
    /// A day that could be the deadline; the words do not say so for certain.
    Perhaps(Vec<chrono::NaiveDate>),
    /// A status and nothing else.
    Status,
}

/// Parts a cell with a claim into the claim and the rest.
pub(super) fn told(scan: Scan, desk: &Desk<'_>) -> Told {
    if desk.past() {
        return Told::Status;
    }
    let (claims, rest): (Vec<Clause>, Vec<Clause>) = split(scan).into_iter().partition(Clause::claims);
    let mut rest = rest.into_iter();
    let Some(mut plan) = rest.find(|clause| !clause.points.is_empty()) else {
        return Told::Status;
    };
    let others = rest.any(|clause| !clause.points.is_empty());
    let days: Vec<_> =
        plan.points.iter().flat_map(|p| days_of(&p.reading, desk)).filter(|d| *d >= desk.found).collect();
    let finished = claims.iter().any(|clause| claims_finished(&clause.words));
    let (Some(point), false, Some(last)) = (plan.points.pop(), others, days.last().copied()) else {
        return Told::Perhaps(days);
    };
    let set = point.until || sets_a_day(&plan.words);
    if finished && !set {
        return Told::Status;
    }
    let earlier = claims
        .iter()
        .flat_map(|clause| &clause.points)
        .all(|p| days_of(&p.reading, desk).iter().min().is_some_and(|d| *d <= last));
    let sure = !matches!(point.reading, Reading::Doubt { .. } | Reading::Bad(_)) && plan.points.is_empty();
    let begun = claims.iter().all(|clause| claims_begun(&clause.words));
    if set && sure && earlier && begun && !finished && !denies(&plan.words) {
        return Told::Deadline(Scan { points: vec![point], tail: plan.words });
    }
    Told::Perhaps(days)
}

/// The clauses of a cell. Without a sign between them a claim goes with the day before it.
fn split(scan: Scan) -> Vec<Clause> {
    let mut clauses = vec![Clause::default()];
    let add = |words: &str, point: Option<Point>, clauses: &mut Vec<Clause>| {
        for (i, piece) in words.split(SEPARATORS).enumerate() {
            if i > 0 {
                clauses.push(Clause::default());
            }
            if let Some(clause) = clauses.last_mut() {
                clause.words.push_str(piece);
            }
        }
        let claim = words.trim_start_matches(' ').starts_with('已') && !words.contains(SEPARATORS);
        if point.is_some() && claim && clauses.last().is_some_and(|clause| !clause.points.is_empty()) {
            clauses.push(Clause::default());
        }
        if let (Some(clause), Some(point)) = (clauses.last_mut(), point) {
            clause.points.push(point);
        }
    };
    for mut point in scan.points {
        let before = std::mem::take(&mut point.before);
        add(&before, Some(point), &mut clauses);
    }
    add(&scan.tail, None, &mut clauses);
    clauses
}

/// A claim that the matter itself is settled; what follows it is a check and no deadline.
fn claims_finished(text: &str) -> bool {
    words::has(text, &FINISHED)
}

/// A claim that leaves the work to do: reported, notified, ordered, begun.
fn claims_begun(text: &str) -> bool {
    words::has(text, &BEGUN)
}

/// Words that make the day beside them the end of a term.
fn sets_a_day(text: &str) -> bool {
    words::has(text, &SETS_A_DAY)
}

/// Words by which a day has not been kept, or need not be.
fn denies(text: &str) -> bool {
    words::has(text, &["未", "没", "无法", "不能", "not "])
}

const FINISHED: [&str; 22] = [
    "√",
    "✓",
    "✔",
    "已整改",
    "已完成",
    "已办结",
    "已销号",
    "已处理",
    "已落实",
    "已拆除",
    "已清理",
    "已闭环",
    "已改",
    "已解决",
    "已消除",
    "已到位",
    "已关闭",
    "已停用",
    "已更换",
    "已修复",
    "已全部",
    "已处置",
];

const BEGUN: [&str; 62] = [
    "报",
    "告知",
    "通知",
    "下发",
    "下达",
    "交办",
    "转办",
    "移交",
    "移送",
    "函告",
    "约谈",
    "立案",
    "申请",
    "请示",
    "采购",
    "订购",
    "订货",
    "下单",
    "招标",
    "立项",
    "制定",
    "编制",
    "排查",
    "检查",
    "发现",
    "登记",
    "录入",
    "停产",
    "停业",
    "查封",
    "警示",
    "联系",
    "安排",
    "部署",
    "开工",
    "启动",
    "动工",
    "进场",
    "开始",
    "责令",
    "督促",
    "催办",
    "提醒",
    "签收",
    "收到",
    "发函",
    "发文",
    "送达",
    "转交",
    "约见",
    "勘查",
    "设计",
    "委托",
    "研究",
    "备料",
    "report",
    "notified",
    "informed",
    "issued",
    "submitted",
    "ordered",
    "escalated",
];

const SETS_A_DAY: [&str; 18] = [
    "完成", "完毕", "整改", "到位", "落实", "办结", "销号", "期限", "限期", "截止", "by ", "before ", "due",
    "deadline", "complete", "finish", "fix", "rectif",
];
