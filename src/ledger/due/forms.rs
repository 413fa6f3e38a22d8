//! The written forms of points in time in Chinese ledgers: dates with and without year, month ends,
//! quarters, holidays, weekdays, spans, numbers a spreadsheet made of dates.
//!
//! Each form is a pattern and a function that turns its captures into a [`Reading`]; the order of the
//! table is the order of trial. Knows nothing of what stands around the match except [`Spot`].

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex::{Captures, Regex};

use super::digits::*;
use super::feasts::{around_new_year, holiday, some_holiday};
use super::periods::*;
use super::place::{Desk, Reading, doubt};
use dutybell_core::patterns;

/// What surrounds a match.
pub(super) struct Spot<'t> {
    /// The day of the point before, if it is certain.
    pub prev: Option<NaiveDate>,
    /// A 至 or a dash joins this point to the one before.
    pub linked: bool,
    /// The match is the whole cell, so it may have been a number.
    pub whole: bool,
    /// Text since the point before.
    pub before: &'t str,
    /// Text behind the match.
    pub after: &'t str,
}

/// A pattern, anchored at its start, and its meaning. `None` means: not this form after all.
pub(super) struct Form {
    pub pattern: Regex,
    pub read: fn(&Captures<'_>, &Desk<'_>, &Spot<'_>) -> Option<Reading>,
}

/// Compiles a pattern, anchored at its start, with the shorthands `{Y}` (a year) and `{IN}` (within).
/// Words end where ASCII letters end: 1-Nov-22前.
pub(super) fn pattern(text: &str) -> Regex {
    let text = text
        .replace("{Y}", "(?:(?P<y>[0-9]{4}|[0-9]{2})年度?|(?P<ry>今年|本年度?|当年|明年|次年|来年|去年))")
        .replace("{IN}", "(?:之内|以内|内)")
        .replace(r"\b", r"(?-u:\b)");
    patterns::pattern(&format!("^(?:{text})"))
}

pub(super) static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let form = |text, read| Form { pattern: pattern(text), read };
    let mut forms = vec![
        form(r"[0-9]{14}", stamp),
        form(
            r"(?:(?P<y>[0-9]{4})(?P<s1>年|[./\-,、。_\\ ])|(?P<yy>[0-9]{2})年)\s?(?P<m>[0-9]{1,2})(?P<s2>月|[./\-,、。_\\ ])\s?(?P<d>[0-9]{1,2})[日号]?",
            year_month_day,
        ),
        form(r"(?P<a>[0-9]{1,2})(?P<s1>[./\-])(?P<b>[0-9]{1,2})(?P<s2>[./\-])(?P<y>[0-9]{4})", day_month_year),
        form(r"(?P<a>[0-9]{1,2})(?P<s1>[./\-])(?P<b>[0-9]{1,2})(?P<s2>[./\-])(?P<c>[0-9]{1,2})", three_short),
        form(
            r"(?P<a>[0-9]{1,4})(?:\s?[\-~至到]\s?(?P<b>[0-9]{1,4}))?\s?(?P<u>个?工作[日天]|个?自然[日天]|天|个?星期|个?礼拜|周|个月|个季度|个?小时|h(?:ours?|rs?)?|年{IN}|日{IN})",
            span,
        ),
        form(r"(?P<a>[1-9])(?P<u>年)", whole_years),
        form(
            r"{Y}?(?P<m>[0-9]{1,2})月份?(?:(?P<d>[0-9]{1,2})[日号]?|(?P<part>上旬|上中旬|中下旬|中旬|下旬|上半月|下半月|月?底|月?末|最后1[天日]|初|中|{IN}))?",
            month,
        ),
        form(
            r"(?P<rm>本|这1?个?|当|同|下下1?个?|下1?个?|次|上1?个?)月份?(?:(?P<d>[0-9]{1,2})[日号]?|(?P<part>上旬|上中旬|中下旬|中旬|下旬|上半月|下半月|月?底|月?末|最后1[天日]|初|中|{IN}))?",
            relative_month,
        ),
        form(r"月(?P<part>上旬|上中旬|中下旬|中旬|下旬|底|末|终|初|中|{IN})", relative_month),
        form(r"(?P<part>上旬|上中旬|中下旬|中旬|下旬|上半月|下半月)", part_of_this_month),
        form(r"{Y}?第?(?P<q>[1-4])季度?(?:末|底|{IN})?", quarter),
        form(r"(?P<rq>本|这1?个?|当|下1?个?)季度?(?:末|底|{IN})?", relative_quarter),
        form(r"季度?(?:末|底|{IN})", relative_quarter),
        form(r"{Y}?(?P<h>上半年|下半年)(?:末|底|{IN})?", half_year),
        form(
            r"{Y}?(?P<h>元旦|春节|清明|劳动节|端午|中秋|国庆)(?:节|假期|假日|小长假|长假|黄金周|放假|假)*(?:到来|来临)?(?P<edge>结束|收假)?(?P<t>前夕|之前|以前|前|之后|以后|后|期间)?",
            holiday,
        ),
        form(r"(?:双节|两节|节假日|节日|小长假|长假|假期|节)(?P<t>前夕|之前|以前|前|之后|以后|后|期间)", some_holiday),
        form(r"{Y}(?:年?底|年?末|年?终|(?P<before>之前|以前|前)|年?{IN}|(?P<vague>初|中期|中))?", year),
        form(r"年(?:底|末|终|{IN})", year),
        form(r"年(?P<vague>初|中期|中)", year),
        form(r"年(?P<t>前|后)", around_new_year),
        form(r"(?P<w>本|这1?个?|下下1?个?|下1?个?|上1?个?)?(?:周|星期|礼拜)(?P<d>[一二三四五六日天末1-7])", weekday),
        form(r"(?P<w>本|这1?个?|下1?个?)(?:周|星期|礼拜)(?:{IN}|底)?", week),
        form(r"周(?:{IN}|底)", week),
        form(
            r"大后天|后天|今天|今日|本日|今晚|当日|当天|即日|下班前|下班之前|明天|明日|次日|翌日|隔日|第2[天日]",
            relative_day,
        ),
        form(r"(?P<y>[0-9]{4})(?P<s>[./\-])(?P<m>[0-9]{1,2})(?P<end>月?底|月?末)?", year_month),
        form(r"(?P<a>[0-9]{1,2})(?P<s>[./\-,、])(?P<b>[0-9]{1,2})[日号]?", month_day),
        form(r"[0-9]{3,8}(?:\.[0-9]+)?", packed),
        form(r"(?P<d>[0-9]{1,2})(?P<u>[日号])?", day_only),
    ];
    // Lengths before dates: 2-3 days is no day of February.
    let dates = forms.split_off(4);
    forms.extend(super::lengths::forms());
    forms.extend(dates);
    forms.extend(super::feasts::english());
    forms.extend(super::parts::forms());
    forms.extend(super::english::forms());
    forms
});

/// A captured number; the patterns keep it short enough.
pub(super) fn number(c: &Captures<'_>, name: &str) -> Option<u32> {
    c.name(name)?.as_str().parse().ok()
}

pub(super) fn text<'c>(c: &'c Captures<'_>, name: &str) -> &'c str {
    c.name(name).map_or("", |m| m.as_str())
}

/// The match ends in the middle of a number.
pub(super) fn cut_short(c: &Captures<'_>, spot: &Spot<'_>) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    c[0].ends_with(digit) && spot.after.starts_with(digit)
}

pub(super) fn digit_follows(spot: &Spot<'_>) -> bool {
    let mut next = spot.after.chars();
    match next.next() {
        Some(c) if c.is_ascii_digit() => true,
        Some('.' | '/' | '-') => {
            next.next().is_some_and(|c| c.is_ascii_digit())
                && !spot.linked
                && spot.prev.is_none()
                && !spot.after.starts_with('-')
        }
        _ => false,
    }
}

pub(super) fn measure_follows(spot: &Spot<'_>) -> bool {
    spot.after.starts_with(['月', '万', '元', '%', '米', '吨', '个', '条', '户', '家', '项', '处', '人'])
}

pub(super) fn before_follows(spot: &Spot<'_>) -> bool {
    ["前", "之前", "以前"].iter().any(|w| spot.after.starts_with(w))
}

pub(super) fn year_of(c: &Captures<'_>, desk: &Desk<'_>) -> Option<i32> {
    let this = desk.found.year();
    if let Some(y) = number(c, "y").and_then(|y| i32::try_from(y).ok()) {
        return Some(if y < 100 { 2000 + y } else { y });
    }
    match text(c, "ry") {
        "" => None,
        "明年" | "次年" | "来年" => Some(this + 1),
        "去年" => Some(this - 1),
        _ => Some(this),
    }
}

/// 9月前: before September begins, or before it ends?
pub(super) fn before_a_month(end: NaiveDate) -> Reading {
    let begin = end.with_day(1).and_then(|d| d.pred_opt());
    let candidates: Vec<_> = begin.into_iter().chain([end]).collect();
    doubt("before the month begins or before it ends?", &candidates)
}
