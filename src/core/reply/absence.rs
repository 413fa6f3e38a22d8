//! Leave, said in one's own words: that somebody speaks of it, and the days that they name.
//!
//! Whether it is noted, and who stands in, is for the caller. A machine's vacation note carries marks of its own and is
//! never taken for somebody's words.

use chrono::{Datelike, NaiveDate};

use super::spans::{self, What};
use super::{Context, Postponement, dates, normalise};
use crate::patterns::re;

re!(
    LEAVE,
    r"(?i)休假|年假|请假|产假|病假|事假|婚假|丧假|探亲假|公休|不在办公室|(?-u:\b)(?:(?:on|taking|take) (?:annual |maternity |sick |paternity |parental |my |a )?(?:leave|vacation)|on holiday|out of (?:the )?office|ooo|away (?:until|from|till))(?-u:\b)"
);
re!(
    MACHINE,
    r"(?i)自动(?:回复|答复|应答)|\[?auto(?:matic)?[- ]?(?:reply|response|answer)|autoreply|limited access|假期内无法|将在.{0,12}(?:返回|回来后)(?:回复|处理)|will (?:respond|reply|get back|return).{0,30}(?:return|back|as soon as)|thank you for your (?:e-?mail|message)|(?:邮件|来信|消息)(?:已收到|我已收到)|do not reply to this|此邮件|系统自动|vacation (?:reply|responder|note)|no longer monitored"
);
re!(TO, r"(?:到|至|直到|截至|截止|-|~|(?-u:\b)(?:until|till|til|through|to|thru))\s*(?:the )?$");
re!(BACK, r"^\s*(?:之前|以前|前|回来|回岗|返岗|上班|销假)|(?-u:\b)(?:back|return(?:ing)?)(?: (?:on|at|in))?\s*$");

re!(FROM_DAY, r"(?:^|[^\d:./])(\d{1,2})(?:st|nd|rd|th)?\s*(?:-|~|到|至|(?-u:\b)(?:to|until|till|through)(?-u:\b))\s*$");
re!(TO_DAY, r"^\s*(?:-|~|到|至)\s*(\d{1,2})(?:[日号]|[\s,，。]|$)");
re!(WEEK, r"^(?:上|下|本|这)+个?(?:周|星期|礼拜)$|^(?:next|this) week$");

/// Days on which somebody says they are away, in the writer's own calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absence {
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day, itself included.
    pub until: Option<NaiveDate>,
}

/// Somebody speaks of leave, and no machine does.
pub(super) fn speaks_of_leave(text: &str) -> bool {
    LEAVE.is_match(text) && !MACHINE.is_match(text)
}

/// The days named in a text about leave.
pub fn absence(text: &str, ctx: &Context) -> Absence {
    let low = normalise::normalise(text).to_ascii_lowercase();
    let (mut days, mut length, mut only_end): (Vec<NaiveDate>, Option<i64>, bool) = (Vec::new(), None, false);
    for span in spans::spans(&low, ctx) {
        let day = match &span.what {
            What::Day(day) => day.next,
            What::Ahead(day) => *day,
            What::Moment(at) => at.date(),
            // 26日至28日: read by itself, the second is a length.
            What::Length(Postponement::Days(n)) if !days.is_empty() && low[..span.end].ends_with(['日', '号']) => {
                let Some(day) = u32::try_from(*n).ok().and_then(|n| days[0].with_day(n)) else { continue };
                day
            }
            What::Length(Postponement::Days(n)) => {
                length = Some(*n);
                continue;
            }
            _ => continue,
        };
        let (before, after) = (&low[..span.start], &low[span.end..]);
        let back = BACK.is_match(after) || BACK.is_match(before);
        // 26-28 Sep: the first day has no month of its own.
        if let (true, Some(c)) = (days.is_empty(), FROM_DAY.captures(before)) {
            days.extend(c[1].parse().ok().and_then(|n| day.with_day(n)).filter(|first| *first <= day));
        }
        if WEEK.is_match(&low[span.start..span.end]) {
            let monday = dates::shift(day, -i64::from(day.weekday().num_days_from_monday()));
            days.extend([monday.max(ctx.now.date()), dates::shift(monday, 6)]);
            continue;
        }
        only_end |= days.is_empty() && (back || TO.is_match(before));
        days.push(if back { dates::shift(day, -1) } else { day });
        // 9月26-28日: nor has the last day.
        if let ([first], Some(c)) = (days.as_slice(), TO_DAY.captures(after)) {
            let last = c[1].parse().ok().and_then(|n| first.with_day(n)).filter(|last| last >= first);
            days.extend(last);
        }
    }
    let today = ctx.now.date();
    let (from, until) = match (days.as_slice(), length) {
        ([], None) => (None, None),
        ([], Some(n)) => (Some(today), Some(dates::shift(today, n.max(1) - 1))),
        ([end], _) if only_end => (Some(today), Some(*end)),
        ([start], Some(n)) => (Some(*start), Some(dates::shift(*start, n.max(1) - 1))),
        ([day], None) => (Some(*day), Some(*day)),
        ([start, end], _) => (Some(*start), Some(ahead_of(*start, *end))),
        (all, _) => (all.iter().min().copied(), all.iter().max().copied()),
    };
    Absence { from, until }
}

/// An end that was named without its month or its week counts from the beginning.
fn ahead_of(start: NaiveDate, end: NaiveDate) -> NaiveDate {
    if end >= start {
        return end;
    }
    let in_month = start.with_day(end.day()).filter(|day| *day >= start && (start - end).num_days() > 6);
    in_month.unwrap_or_else(|| dates::shift(end, 7))
}
