//! What a cell says of a hazard's gravity, and of where its item stands.

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::squash;
use dutybell_core::reply::{self, DayView, IntentKind};

/// How grave a hazard is. Order 16 of the former work-safety administration knows two levels; 较大
/// and the Roman or coloured grades are local levels and kept as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardLevel {
    General,
    /// 较大 and other local levels between the two of the Order.
    Larger,
    Major,
}

impl HazardLevel {
    /// Maps the words found in ledgers; `None` when the word is not known (the row becomes a draft).
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let word = squash(text);
        let word = word.trim_matches(['(', ')']);
        let word = word.strip_suffix("事故隐患").unwrap_or(word);
        let word = word.strip_suffix("隐患").unwrap_or(word);
        Some(match word {
            "一般" | "普通" | "轻微" | "较小" | "低" | "低风险" | "蓝" | "蓝色" | "general" | "minor" | "low"
            | "ordinary" => Self::General,
            "较大" | "中" | "中等" | "橙" | "橙色" | "黄" | "黄色" | "larger" | "medium" | "moderate" | "较重" => {
                Self::Larger
            }
            "重大" | "特大" | "特别重大" | "重特大" | "严重" | "高" | "红" | "红色" | "major" | "high" | "serious"
            | "critical" => Self::Major,
            _ => return None,
        })
    }
}

/// What is written after a check that it did not pass, or when it came back.
const SENT_BACK: [&str; 16] = [
    "不合格",
    "不通过",
    "未通过",
    "不达标",
    "退回",
    "返工",
    "返改",
    "重新整改",
    "重改",
    "反弹",
    "复发",
    "reject",
    "fail",
    "reopen",
    "re-open",
    "rework",
];

/// What the status column claims. The raw words stay with the row; nothing here closes an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusClaim {
    /// 无隐患: a nil report, not an item.
    NothingFound,
    /// Empty, unknown or unclear words.
    #[default]
    Unsaid,
    /// 未整改, 否.
    NotDone,
    /// 正在整改, 基本完成.
    InProgress,
    /// 已整改, √, 是: somebody says so; it still needs a verifier.
    Done,
    /// 已销号, 复查合格: counts only together with a verifier.
    Verified,
}

impl StatusClaim {
    /// Reads a status cell: the usual words of ledgers, and sentences as answers in chat are read, where "done" must
    /// be proven.
    #[must_use]
    pub fn read(text: &str, today: NaiveDate, days: &dyn DayView) -> Self {
        let claim = Self::from_text(text);
        if text.trim().is_empty() || matches!(claim, Self::NothingFound | Self::Verified) {
            return claim;
        }
        let now = today.and_time(NaiveTime::MIN);
        let reading = reply::read(text, &reply::Context::at(now, days));
        let [one] = reading.intents.as_slice() else { return claim };
        match (claim, one.kind) {
            (Self::NotDone, _) if Self::is_sent_back(text) => Self::NotDone,
            (_, IntentKind::Done) => Self::Done,
            (Self::Done | Self::Unsaid, IntentKind::InProgress | IntentKind::Blocked) => Self::InProgress,
            _ => claim,
        }
    }

    fn is_sent_back(text: &str) -> bool {
        let word = squash(text);
        SENT_BACK.iter().any(|w| word.contains(w))
    }

    /// Reads the usual words. Negation, hedges, plans and questions never come out as done.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let word = squash(text);
        let has = |list: &[&str]| list.iter().any(|w| word.contains(w));
        if word.is_empty() {
            Self::Unsaid
        } else if has(&["无隐患", "未发现隐患", "未发现问题", "零报告"]) {
            Self::NothingFound
        } else if matches!(word.as_str(), "否" | "×" | "x" | "✗" | "✘" | "n" | "no" | "open")
            || Self::is_sent_back(text)
        {
            Self::NotDone
        } else if has(&[
            "正在",
            "整改中",
            "进行中",
            "办理中",
            "基本",
            "部分",
            "大部分",
            "即将",
            "计划",
            "预计",
            "逐步",
            "推进",
            "in progress",
            "inprogress",
            "ongoing",
            "partly",
        ]) {
            Self::InProgress
        } else if has(&["未", "没", "不", "无法", "尚", "待", "吗", "?", "拟", "将", "not", "pending"]) {
            Self::NotDone
        } else if has(&["销号", "复查合格", "验收合格", "验收通过", "复查通过", "核查通过", "verified", "closed"])
        {
            Self::Verified
        } else if matches!(
            word.as_str(),
            "是" | "√"
                | "✓"
                | "✔"
                | "☑"
                | "v"
                | "y"
                | "yes"
                | "done"
                | "fixed"
                | "completed"
                | "complete"
                | "完成"
                | "办结"
                | "完毕"
                | "到位"
                | "100%"
        ) || has(&[
            "已整改",
            "已完成",
            "已办结",
            "已改",
            "已落实",
            "已处理",
            "已消除",
            "已闭环",
            "已解决",
            "已到位",
            "整改完成",
            "整改完毕",
            "整改到位",
            "完成整改",
            "当场整改",
            "现场整改",
        ]) {
            Self::Done
        } else {
            Self::Unsaid
        }
    }
}
