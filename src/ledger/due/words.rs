//! The words around points in time: at once, all along, done, not yet known, and those that make a
//! date uncertain.
//!
//! Lists and membership only; `settle` decides what a combination means.

/// What kinds of words a text holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words {
    pub immediate: bool,
    /// The wording of a fix made while the inspectors stood there.
    pub on_the_spot: bool,
    pub ongoing: bool,
    /// 已完成, √: a status in the wrong column.
    pub status: bool,
    /// 待定, 详见附件: says that no day is set.
    pub no_day: bool,
    /// Words that move or weaken a date: 后, 或, 如, 不, 约.
    pub shaky: bool,
    /// 延期至.
    pub moved: bool,
    /// 申请延期: asked for, not granted.
    pub asked: bool,
}

/// 当场, 现场 and 就地 speak of a fix only beside one of these, or alone.
const FIX: [&str; 13] = ["改", "完成", "解决", "处置", "处理", "纠正", "落实", "消除", "清", "拆", "关", "更换", "撤"];

/// 边查边改: fixed during the inspection.
const ON_THE_SPOT: [&str; 10] = [
    "边查边改",
    "即查即改",
    "立查立改",
    "随查随改",
    "边检查边整改",
    "即查即纠",
    "现查现改",
    "当面整改",
    "on the spot",
    "on-the-spot",
];

const IMMEDIATE: [&str; 23] = [
    "立马",
    "火速",
    "第1时间",
    "第一时间",
    "立即",
    "立刻",
    "即刻",
    "马上",
    "立行立改",
    "立整立改",
    "即知即改",
    "立改",
    "即改",
    "即时",
    "即行",
    "随即",
    "当即",
    "即日整改",
    "immediate",
    "at once",
    "right away",
    "straight away",
    "forthwith",
];

const ONGOING: [&str; 42] = [
    "长期",
    "常年",
    "持续",
    "常态",
    "经常",
    "定期",
    "日常",
    "坚持",
    "一直",
    "永久",
    "永远",
    "长效",
    "动态",
    "不间断",
    "常抓",
    "全年",
    "始终",
    "每天",
    "每日",
    "每周",
    "每月",
    "每季",
    "每年",
    "每半",
    "贯穿",
    "全过程",
    "全天候",
    "时刻",
    "ongoing",
    "continuous",
    "continual",
    "permanent",
    "regular",
    "routine",
    "long-term",
    "long term",
    "daily",
    "weekly",
    "fortnightly",
    "monthly",
    "quarterly",
    "yearly",
];

/// A point beside one of these is an occasion, not a deadline.
const REPEATED: [&str; 18] = [
    "每天",
    "每日",
    "每周",
    "每月",
    "每季",
    "每年",
    "每半",
    "every",
    "each ",
    "once a",
    "twice a",
    "per ",
    "daily",
    "weekly",
    "fortnightly",
    "monthly",
    "quarterly",
    "yearly",
];

const STATUS: [&str; 45] = [
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
    "已于",
    "已按",
    "已全部",
    "整改完成",
    "整改完毕",
    "整改到位",
    "完成整改",
    "完成",
    "完毕",
    "办结",
    "销号",
    "合格",
    "闭环",
    "√",
    "✓",
    "✔",
    "正在",
    "整改中",
    "进行中",
    "未整改",
    "未完成",
    "基本",
    "done",
    "completed",
    "closed",
    "fixed",
    "finished",
    "in progress",
];

const NO_DAY: [&str; 44] = [
    "待定",
    "未定",
    "另定",
    "另行",
    "待确",
    "待通知",
    "暂无",
    "暂未",
    "没有",
    "不限",
    "视情",
    "视具体",
    "按计划",
    "按方案",
    "按要求",
    "按期",
    "按时",
    "按照",
    "根据",
    "详见",
    "见附",
    "见备",
    "见方案",
    "限期",
    "尽快",
    "尽早",
    "抓紧",
    "近期",
    "近日",
    "短期",
    "适时",
    "及时",
    "择期",
    "逐步",
    "分步",
    "分期",
    "分批",
    "tbd",
    "tba",
    "to be",
    "pending",
    "asap",
    "as soon as",
    "unknown",
];

const SHAKY: [&str; 73] = [
    "mid",
    "early",
    "late",
    "后",
    "起",
    "开始",
    "或",
    "若",
    "如",
    "待",
    "视",
    "不",
    "未",
    "无法",
    "没",
    "难",
    "非",
    "约",
    "大概",
    "可能",
    "暂",
    "申请",
    "拟",
    "上报",
    "报送",
    "提交",
    "启动",
    "开工",
    "动工",
    "进场",
    "?",
    "每",
    "再",
    "收到",
    "接到",
    "下达",
    "送达",
    "批准",
    "初",
    "after",
    "from",
    "not",
    "about",
    "around",
    "approx",
    "roughly",
    "maybe",
    "probably",
    "perhaps",
    "possibly",
    "tentativ",
    "at least",
    "more than",
    "unless",
    "depending",
    "subject to",
    "receipt",
    "receiv",
    "approv",
    " ago",
    "overdue",
    "or so",
    "or more",
    "or less",
    "aiming",
    "hoping",
    "hope",
    "expect",
    "half",
    "week of",
    "commencing",
    "w/c",
    "through",
];

/// Phrases in which a shaky word is harmless; removed before looking.
const HARMLESS: [&str; 29] = [
    "at the latest",
    "at latest",
    "latest by",
    "不得晚于",
    "不得迟于",
    "不得超过",
    "不晚于",
    "不迟于",
    "不超过",
    "no later than",
    "not later than",
    "如期",
    "不间断",
    "未完成",
    "未整改",
    "尚未",
    "自发现之日起",
    "自检查之日起",
    "发现之日起",
    "检查之日起",
    "自即日起",
    "即日起",
    "从即日起",
    "经批准",
    "同意",
    "非煤",
    "最后",
    "前后",
    "整改后复查",
];

const MOVED: [&str; 14] = [
    "延期至",
    "延期到",
    "延长至",
    "延长到",
    "顺延至",
    "顺延到",
    "推迟至",
    "推迟到",
    "延后至",
    "调整为",
    "调整至",
    "变更为",
    "改为",
    "extended to",
];

pub(super) fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|w| text.contains(w))
}

impl Words {
    /// Looks through the words of a cell; points in time have been cut out.
    pub(super) fn of(text: &str) -> Self {
        let mut steady = text.to_owned();
        for phrase in HARMLESS {
            steady = steady.replace(phrase, " ");
        }
        let moved = has(text, &MOVED) || text.contains("延至") || text.contains("延期");
        Self {
            immediate: has(text, &IMMEDIATE),
            on_the_spot: has(text, &ON_THE_SPOT) || in_place_fix(text),
            ongoing: has(text, &ONGOING),
            status: has(text, &STATUS),
            no_day: has(text, &NO_DAY),
            shaky: has(&steady, &SHAKY),
            moved,
            asked: moved && (text.contains("申请") || text.contains("拟") || text.contains("请求")),
        }
    }
}

fn in_place_fix(text: &str) -> bool {
    let place = ["当场", "现场", "就地"];
    has(text, &place) && (has(text, &FIX) || place.contains(&text))
}

/// True when the text speaks of repetition.
pub(super) fn repeated(text: &str) -> bool {
    has(text, &REPEATED)
}

/// True when the words before a point move the deadline to it.
pub(super) fn moves_to(before: &str) -> bool {
    let before = before.trim_end_matches([' ', ':', '(']);
    MOVED.iter().any(|w| before.ends_with(w))
        || ["延期", "延长", "顺延", "推迟", "延至", "延到", "改至", "改到", "展期至", "延"]
            .iter()
            .any(|w| before.ends_with(w))
}

/// True when the words behind a first point make it the day of discovery.
pub(super) fn tells_discovery(words: &str) -> bool {
    has(words, &["检查", "发现", "排查", "登记", "交办", "下发", "巡查"])
}

/// A claim that something has been done. 完成 beside a date is no claim: 9月30日前完成.
pub(super) fn claims_done(text: &str) -> bool {
    has(text, &["已", "√", "✓", "✔", "reported", "notified", "informed", "issued", "submitted", "escalated"])
}

/// Phrases that leave nothing to remark on beside a date.
pub(super) fn is_plain(text: &str) -> bool {
    let mut rest = text.to_owned();
    for phrase in HARMLESS.iter().chain(&MOVED).chain(&FILLERS) {
        rest = rest.replace(phrase, "");
    }
    rest.chars().all(|c| !c.is_alphanumeric())
}

const FILLERS: [&str; 47] = [
    "整改", "完成", "完毕", "到位", "落实", "办结", "销号", "治理", "限期", "限于", "限", "要求", "务必", "必须", "应",
    "于", "在", "截至", "截止", "最迟", "最晚", "力争", "确保", "争取", "期限", "时间", "时限", "全部", "全面", "彻底",
    "并", "之", "前", "内", "by", "before", "within", "due", "on", "until", "至", "到", "延期", "延至", "含", "上午",
    "为",
];
