//! What columns are called: the canonical Chinese name, other names seen in public ledgers and forms,
//! and English ones.
//!
//! Data only. One name may stand under several keys (编号 is a running number, or the item's number
//! when 序号 is there as well): the first key that is still free takes it.

use serde::{Deserialize, Serialize};

use dutybell_core::channels;
use dutybell_core::org::Locale;
use dutybell_core::words;

/// The meaning of a column, in ledgers, lists of people and lists of units. Its word (`found_on`, `due`) is what
/// `--map` and configurations say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    Seq,
    Code,
    List,
    FoundOn,
    County,
    Town,
    Unit,
    Industry,
    Place,
    Description,
    Severity,
    Basis,
    Measures,
    Funds,
    Interim,
    Due,
    ResponsibleUnit,
    Responsible,
    Phone,
    Leader,
    SuperviseUnit,
    Supervisor,
    Assigner,
    Cc,
    Inspectors,
    Status,
    DoneOn,
    Verifier,
    VerifiedOn,
    Closed,
    Tags,
    Note,
    PersonNo,
    Name,
    EnglishName,
    UnitPath,
    Title,
    Role,
    Locale,
    Zone,
    Channels,
    Telegram,
    Matrix,
    WeCom,
    WeComBot,
    Feishu,
    DingTalk,
    Mail,
    Desk,
    Quiet,
    Deputy,
    UnitName,
    Parent,
    Level,
    Calendar,
}

impl Key {
    /// `due`, `responsible`, ….
    #[must_use]
    pub fn word(self) -> String {
        // A unit variant always serialises to its name.
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The columns of accounts, each with its channel.
    pub const ACCOUNTS: [(&str, Key); 8] = [
        ("desk", Key::Desk),
        ("mail", Key::Mail),
        ("telegram", Key::Telegram),
        ("matrix", Key::Matrix),
        ("wecom", Key::WeCom),
        ("wecom_bot", Key::WeComBot),
        ("feishu", Key::Feishu),
        ("dingtalk", Key::DingTalk),
    ];

    /// The columns that say how an item ended: an export may fill them in.
    pub const RESULTS: [Key; 5] = [Key::Status, Key::DoneOn, Key::Verifier, Key::VerifiedOn, Key::Closed];

    /// Columns that an export may write into.
    pub(crate) fn is_filled(self) -> bool {
        Self::RESULTS.contains(&self) || matches!(self, Self::Responsible | Self::Due | Self::Phone)
    }

    /// The column's proper name, as a header shows it.
    #[must_use]
    pub fn canonical(self) -> &'static str {
        let words = [LEDGER, PEOPLE, UNITS].into_iter().flatten();
        words.into_iter().find(|w| w.key == self).map_or("", |w| w.canonical)
    }

    /// The column's English name; its word where it has none of its own.
    #[must_use]
    pub fn english(self) -> String {
        match self {
            Self::PersonNo => "register no".to_owned(),
            Self::UnitPath => "unit".to_owned(),
            Self::UnitName => "name".to_owned(),
            Self::Title => "post".to_owned(),
            Self::Zone => "time zone".to_owned(),
            Self::Quiet => "quiet hours".to_owned(),
            Self::Locale => "language".to_owned(),
            Self::Mail => "email".to_owned(),
            other => match Self::ACCOUNTS.into_iter().find(|(_, key)| *key == other) {
                Some((channel, _)) => channel.to_owned(),
                None => other.word().replace('_', " "),
            },
        }
    }

    /// The column's name as a reader of this language knows it.
    #[must_use]
    pub fn name(self, locale: Locale) -> &'static str {
        let word = LEDGER.iter().find(|w| w.key == self);
        let english = || word.and_then(|w| w.aliases.iter().find(|a| a.is_ascii())).copied();
        match locale {
            Locale::ZhCn | Locale::ZhHant => self.canonical(),
            Locale::En => english().unwrap_or_else(|| self.canonical()),
        }
    }

    /// Columns by their proper names, as a reader of this language knows them; the office's own stay as they are.
    #[must_use]
    pub fn in_words(proper: &[String], locale: Locale) -> String {
        let known = |name: &&String| LEDGER.iter().find(|w| w.canonical == name.as_str()).map(|w| w.key.name(locale));
        let names: Vec<&str> = proper.iter().map(|name| known(&name).unwrap_or(name)).collect();
        words::list(locale, &names)
    }

    /// Columns by which an item is closed or counts as done: a guess there could silence a hazard.
    pub(crate) fn closes(self) -> bool {
        Self::RESULTS.contains(&self)
    }

    /// True for ledger columns that name people.
    pub(crate) fn is_person(self) -> bool {
        matches!(
            self,
            Self::Responsible
                | Self::Leader
                | Self::Verifier
                | Self::Assigner
                | Self::Supervisor
                | Self::Cc
                | Self::Inspectors
        )
    }
}

/// A column and its names.
pub(crate) struct Word {
    pub key: Key,
    pub canonical: &'static str,
    pub aliases: &'static [&'static str],
}

impl Word {
    /// All its names, the canonical one last; a column of accounts is also called whatever lists call its channel.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let channel = Key::ACCOUNTS.iter().find(|(_, key)| *key == self.key).and_then(|(name, _)| channels::of(name));
        let spelt = channel.into_iter().flat_map(|c| c.spellings.iter().copied().chain([c.name]));
        self.aliases.iter().copied().chain(spelt).chain([self.canonical])
    }
}

const fn word(key: Key, canonical: &'static str, aliases: &'static [&'static str]) -> Word {
    Word { key, canonical, aliases }
}

#[rustfmt::skip] // one column a line; the first English name is the one that is shown
pub(crate) const LEDGER: &[Word] = &[
    word(Key::Seq, "序号", &["编号", "No.", "no", "序", "#", "item no.", "s/n", "sr. no.", "serial no.", "line", "row"]),
    word(Key::Code, "隐患编号", &["台账编号", "问题编号", "编号", "Item ID", "id", "code", "item code", "ref", "ref.", "ref no.",
        "ref #", "reference", "reference no.", "reference number", "action no.", "action id", "action ref", "action number",
        "finding no.", "finding id", "issue no.", "issue id", "hazard id", "hazard no.", "nc no.", "ncr no.", "car no.",
        "capa no.", "ticket", "ticket no.", "问题序号", "隐患序号"]),
    word(Key::List, "清单名称", &["清单", "问题清单", "台账名称", "List", "register"]),
    word(Key::FoundOn, "检查时间", &["排查时间", "发现时间", "检查日期", "登记日期", "排查日期", "发现日期",
        "登记时间", "Found on", "found", "date found", "inspection date", "date raised", "raised", "raised on",
        "date identified", "identified", "identified on", "date reported", "reported on", "reported", "date opened",
        "opened", "opened on", "open date", "date logged", "logged", "logged on", "date of inspection",
        "date of observation", "observed on", "observation date", "audit date", "date of audit", "issue date",
        "date issued", "date observed", "discovered", "date discovered", "discovered on", "created", "created on",
        "date created", "检查日", "排查日", "上报日期", "录入日期"]),
    word(Key::County, "县市区", &["县区", "所在县", "区县", "县(市、区)", "县(市区)", "County", "district"]),
    word(Key::Town, "乡镇街道", &["属地", "所属乡镇", "镇(街)", "乡镇", "镇街", "乡镇(街道)", "所在乡镇",
        "Township", "town"]),
    word(Key::Unit, "受检单位", &["被检查单位", "被检单位", "企业名称", "单位名称", "隐患单位",
        "企业(单位)名称", "被检查部门", "场所名称", "Unit", "unit inspected", "enterprise", "site", "site name", "plant",
        "facility", "premises", "department", "dept", "dept.", "business unit", "company", "works", "factory",
        "organisation", "organization"]),
    word(Key::Industry, "行业领域", &["行业", "类别", "行业类别", "所属行业", "Industry", "sector", "category"]),
    word(Key::Place, "隐患部位", &["地点", "具体位置", "隐患地点", "部位", "位置", "隐患所在区域", "Location",
        "place", "area", "area/location", "location/area", "zone", "area / zone", "building", "work area", "workplace",
        "equipment", "exact location", "room"]),
    word(Key::Description, "存在问题", &["隐患内容", "隐患描述", "问题描述", "隐患名称", "存在的问题",
        "隐患情况", "主要问题", "问题隐患", "存在隐患", "事故隐患", "隐患及问题", "存在问题及隐患", "Finding", "hazard",
        "hazard / finding", "description", "issue", "observation", "hazard description", "description of hazard",
        "finding description", "description of finding", "issue description", "description of issue",
        "problem", "problem description", "non-conformity", "nonconformity", "non-conformance", "nonconformance",
        "deficiency", "defect", "concern", "unsafe condition", "observations", "findings", "hazard identified"]),
    word(Key::Severity, "隐患等级", &["级别", "隐患级别", "等级", "隐患类型等级", "Severity", "level", "grade", "risk",
        "risk level", "risk rating", "risk class", "risk category", "priority", "rating", "criticality", "classification",
        "class"]),
    word(Key::Basis, "判定依据", &["依据", "违反条款", "法规依据", "Basis", "legal basis", "regulation", "standard", "clause",
        "legal reference"]),
    word(Key::Measures, "整改措施", &["治理措施", "整改要求", "处理意见", "整改意见", "整改建议",
        "Corrective action", "rectification measures", "measures", "action", "actions", "action required",
        "actions required", "required action", "recommended action", "recommendation", "recommendations",
        "proposed action", "action to be taken", "remedial action", "corrective actions", "action plan", "capa",
        "mitigation"]),
    word(Key::Funds, "整改资金", &["整改资金(万元)", "资金", "投入", "治理资金", "Funds", "funds (10k cny)", "cost", "budget"]),
    word(Key::Interim, "防控措施", &["防控措施/应急预案", "应急预案", "临时措施", "管控措施", "防范措施",
        "Interim measures", "interim measures / plan", "interim", "interim controls", "temporary measures",
        "interim action", "immediate action", "containment"]),
    word(Key::Due, "整改期限", &["整改时限", "完成时限", "要求完成时间", "整改时间", "治理期限", "治理时限",
        "限期", "期限", "时限", "整改截止时间", "截止日期", "计划完成时间", "到期时间", "到期日", "到期日期", "截止时间",
        "截止日", "最后期限", "应完成时间", "计划完成日期", "要求完成日期", "限期整改时间", "整改截止日期",
        "Due date", "due", "deadline", "due by", "due on", "target date", "target", "target completion",
        "target completion date", "target close date", "target closure date", "planned completion date",
        "planned completion", "complete by", "completed by date", "required by", "required date", "required completion date",
        "by when", "expiry", "expiry date", "expires", "expires on", "action due", "action due date",
        "date due", "completion due", "end date"]),
    word(Key::ResponsibleUnit, "责任单位", &["治理责任单位", "责任部门", "整改单位", "整改责任单位",
        "Responsible unit", "responsible body", "responsible department", "responsible dept", "owner department",
        "action department"]),
    word(Key::Responsible, "整改责任人", &["责任人", "负责人", "联系人", "整改负责人", "治理责任人",
        "Responsible person", "responsible", "owner", "action owner", "person responsible", "responsible party",
        "assigned to", "assignee", "action by", "who", "action assigned to", "task owner", "issue owner",
        "action taker", "responsibility", "allocated to", "actionee", "lead"]),
    word(Key::Phone, "联系电话", &["电话", "手机", "联系方式", "手机号", "手机号码", "电话号码", "Phone",
        "mobile", "telephone", "tel", "tel.", "phone no.", "phone number", "contact no.", "contact number",
        "mobile no.", "mobile number"]),
    word(Key::Leader, "责任领导", &["包保领导", "督办领导", "分管领导", "挂牌领导", "包联领导", "挂点领导",
        "Responsible leader", "leader", "escalate to", "escalation", "escalation to", "sponsor", "manager",
        "line manager", "senior manager", "accountable", "accountable person", "responsible manager"]),
    word(Key::SuperviseUnit, "监管部门", &["督办单位", "行业主管部门", "牵头单位", "监管单位", "监管责任部门",
        "协调督办单位", "监管科室", "主管部门", "Supervising department", "supervising body", "regulator", "authority"]),
    word(Key::Supervisor, "督办人", &["监管责任人", "督办责任人", "监管人", "Supervisor"]),
    word(Key::Assigner, "交办人", &["交办单位", "Assigner", "assigned by", "raised by", "issued by", "opened by", "logged by",
        "created by", "requested by", "originator", "initiator"]),
    word(Key::Cc, "抄送", &["抄送人", "抄送单位", "Cc", "copy to", "copied to"]),
    word(Key::Inspectors, "检查人员", &["排查人", "带队领导", "检查组", "检查人", "排查人员", "Inspectors",
        "inspected by", "inspector", "auditor", "auditors", "audited by", "found by", "identified by", "observed by",
        "observer", "reported by", "reporter"]),
    word(Key::Status, "整改情况", &["整改完成情况", "进展", "整改进度", "是否完成", "是否整改到位", "整改状态",
        "整改进展", "状态", "是否整改", "目前进展", "进展情况", "是否完成整改", "完成情况", "落实情况", "Status", "progress",
        "current status", "action status", "open/closed", "open / closed", "progress update", "completion status"]),
    word(Key::DoneOn, "完成时间", &["整改完成时间", "实际完成日期", "实际完成时间", "完成日期", "Completed on",
        "done on", "date completed", "completion date", "actual completion date", "actual completion", "actual date",
        "date done", "completed date", "date of completion", "date fixed"]),
    word(Key::Verifier, "复查人", &["验收人", "验收人员", "核查人", "复查人员", "销号人", "Verified by",
        "verifier", "checked by", "verification by", "closed out by", "close-out verified by", "accepted by",
        "to be verified by"]),
    word(Key::VerifiedOn, "复查时间", &["验收时间", "复查日期", "验收日期", "核查时间", "Verified on", "date verified",
        "verification date", "checked on", "date checked"]),
    word(Key::Closed, "是否销号", &["销号", "销号时间", "销号情况", "Closed", "date closed", "closed date", "closed on",
        "close-out date", "closeout date", "date of closure", "closed out"]),
    word(Key::Tags, "标签", &["专项", "专题专项", "Tags", "tag", "campaign"]),
    word(Key::Note, "备注", &["说明", "Note", "notes", "remarks", "remark", "comments", "comment"]),
];

#[rustfmt::skip] // one column a line
pub(crate) const PEOPLE: &[Word] = &[
    word(Key::PersonNo, "登记号", &["register no", "register no.", "register number"]),
    word(Key::Name, "姓名", &["人员姓名", "人员", "名字", "name", "full name", "employee", "employee name", "person"]),
    word(Key::EnglishName, "英文名", &["英文姓名", "拼音", "姓名拼音", "english name"]),
    word(Key::UnitPath, "单位", &["所在单位", "工作单位", "单位名称", "所属单位", "部门", "所在部门", "科室", "unit", "organisation",
        "organization", "department", "dept", "dept.", "division", "office", "company", "site"]),
    word(Key::Title, "职务", &["职位", "职务职称", "岗位", "岗位名称", "title", "post", "post title", "job title", "position",
        "job", "job role"]),
    word(Key::Role, "岗位角色", &["角色", "责任角色", "role", "post role", "duty role"]),
    word(Key::Phone, "电话", &["联系电话", "手机", "手机号", "手机号码", "移动电话", "电话号码", "phone", "mobile", "phone number",
        "mobile number", "mobile phone", "cell", "cell phone", "telephone", "tel", "tel.", "contact number"]),
    word(Key::Locale, "语言", &["locale", "language"]),
    word(Key::Zone, "时区", &["zone", "time zone", "timezone"]),
    word(Key::Channels, "渠道", &["联系方式", "首选渠道", "通知渠道", "channels", "channel"]),
    // Columns of accounts are called as their channels are, too.
    word(Key::Telegram, "telegram", &[]),
    word(Key::Matrix, "matrix", &["matrix id"]),
    word(Key::WeCom, "企业微信", &["企业微信账号", "企微账号"]),
    word(Key::WeComBot, "企业微信机器人", &["wecom bot"]),
    word(Key::Feishu, "飞书", &["飞书账号"]),
    word(Key::DingTalk, "钉钉", &["钉钉账号"]),
    word(Key::Mail, "邮箱", &["email address", "e-mail address", "mail address", "邮箱地址", "电子邮箱", "电子邮件", "电子邮箱地址"]),
    word(Key::Desk, "desk", &["登录名", "login", "user name", "username"]),
    word(Key::Quiet, "休息时段", &["免打扰", "免打扰时段", "休息时间", "免打扰时间", "quiet", "quiet hours", "rest hours",
        "do not disturb"]),
    word(Key::Deputy, "代理人", &["b岗", "ab岗", "代理", "deputy", "stand-in"]),
    word(Key::Seq, "序号", &["no.", "no", "#", "编号"]),
    word(Key::Note, "备注", &["说明", "note", "notes", "remarks", "comments"]),
];

#[rustfmt::skip] // one column a line
pub(crate) const UNITS: &[Word] = &[
    word(Key::UnitName, "名称", &["单位名称", "单位", "机构名称", "name", "unit", "unit name"]),
    word(Key::Parent, "上级", &["上级单位", "所属单位", "上级名称", "上级部门", "parent", "parent unit", "above"]),
    word(Key::Level, "层级", &["级别", "单位层级", "单位类型", "类型", "level", "type"]),
    word(Key::Calendar, "日历", &["工作日历", "calendar"]),
    word(Key::Phone, "电话", &["联系电话", "值班电话", "phone", "telephone", "phone number"]),
    word(Key::Seq, "序号", &["no.", "no", "#", "编号"]),
    word(Key::Note, "备注", &["说明", "note", "notes", "remarks", "comments"]),
];
