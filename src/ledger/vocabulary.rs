//! What columns are called: the canonical Chinese name, other names seen in public ledgers and forms,
//! and English ones.
//!
//! Data only. One name may stand under several keys (编号 is a running number, or the item's number
//! when 序号 is there as well): the first key that is still free takes it.

use serde::{Deserialize, Serialize};

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

    /// The columns that say how an item ended: an export may fill them in.
    pub(crate) const RESULTS: [Key; 5] = [Key::Status, Key::DoneOn, Key::Verifier, Key::VerifiedOn, Key::Closed];

    /// Columns that an export may write into.
    pub(crate) fn is_filled(self) -> bool {
        Self::RESULTS.contains(&self) || matches!(self, Self::Responsible | Self::Due | Self::Phone)
    }

    /// The column's proper name, as a header shows it.
    #[must_use]
    pub fn canonical(self) -> &'static str {
        LEDGER.iter().find(|w| w.key == self).map_or("", |w| w.canonical)
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

const fn word(key: Key, canonical: &'static str, aliases: &'static [&'static str]) -> Word {
    Word { key, canonical, aliases }
}

#[rustfmt::skip] // one column a line
pub(crate) const LEDGER: &[Word] = &[
    word(Key::Seq, "序号", &["编号", "no.", "no", "序", "#", "item no."]),
    word(Key::Code, "隐患编号", &["台账编号", "问题编号", "编号", "item id", "id", "code", "item code"]),
    word(Key::List, "清单名称", &["清单", "问题清单", "台账名称", "list"]),
    word(Key::FoundOn, "检查时间", &["排查时间", "发现时间", "检查日期", "登记日期", "排查日期", "发现日期",
        "登记时间", "found on", "found", "date found", "inspection date"]),
    word(Key::County, "县市区", &["县区", "所在县", "区县", "县(市、区)", "县(市区)", "county"]),
    word(Key::Town, "乡镇街道", &["属地", "所属乡镇", "镇(街)", "乡镇", "镇街", "乡镇(街道)", "所在乡镇",
        "township", "town"]),
    word(Key::Unit, "受检单位", &["被检查单位", "被检单位", "企业名称", "单位名称", "隐患单位",
        "企业(单位)名称", "被检查部门", "场所名称", "unit inspected", "unit", "enterprise", "site"]),
    word(Key::Industry, "行业领域", &["行业", "类别", "行业类别", "所属行业", "industry", "sector"]),
    word(Key::Place, "隐患部位", &["地点", "具体位置", "隐患地点", "部位", "位置", "隐患所在区域", "location",
        "place"]),
    word(Key::Description, "存在问题", &["隐患内容", "隐患描述", "问题描述", "隐患名称", "存在的问题",
        "隐患情况", "主要问题", "问题隐患", "存在隐患", "事故隐患", "隐患及问题", "存在问题及隐患", "hazard",
        "finding", "hazard / finding", "description", "issue"]),
    word(Key::Severity, "隐患等级", &["级别", "隐患级别", "等级", "隐患类型等级", "severity", "level", "grade"]),
    word(Key::Basis, "判定依据", &["依据", "违反条款", "法规依据", "basis", "legal basis"]),
    word(Key::Measures, "整改措施", &["治理措施", "整改要求", "处理意见", "整改意见", "整改建议",
        "rectification measures", "measures", "action", "corrective action"]),
    word(Key::Funds, "整改资金", &["整改资金(万元)", "资金", "投入", "治理资金", "funds (10k cny)", "funds"]),
    word(Key::Interim, "防控措施", &["防控措施/应急预案", "应急预案", "临时措施", "管控措施", "防范措施",
        "interim measures / plan", "interim measures", "interim"]),
    word(Key::Due, "整改期限", &["整改时限", "完成时限", "要求完成时间", "整改时间", "治理期限", "治理时限",
        "限期", "期限", "时限", "整改截止时间", "截止日期", "计划完成时间", "due", "due date", "deadline"]),
    word(Key::ResponsibleUnit, "责任单位", &["治理责任单位", "责任部门", "整改单位", "整改责任单位",
        "responsible body", "responsible unit"]),
    word(Key::Responsible, "整改责任人", &["责任人", "负责人", "联系人", "整改负责人", "治理责任人",
        "responsible person", "responsible", "owner"]),
    word(Key::Phone, "联系电话", &["电话", "手机", "联系方式", "手机号", "手机号码", "电话号码", "phone",
        "mobile"]),
    word(Key::Leader, "责任领导", &["包保领导", "督办领导", "分管领导", "挂牌领导", "包联领导", "挂点领导",
        "responsible leader", "leader"]),
    word(Key::SuperviseUnit, "监管部门", &["督办单位", "行业主管部门", "牵头单位", "监管单位", "监管责任部门",
        "协调督办单位", "supervising department", "supervising body"]),
    word(Key::Supervisor, "督办人", &["监管责任人", "督办责任人", "监管人", "supervisor"]),
    word(Key::Assigner, "交办人", &["交办单位", "assigner", "assigned by"]),
    word(Key::Cc, "抄送", &["抄送人", "抄送单位", "cc"]),
    word(Key::Inspectors, "检查人员", &["排查人", "带队领导", "检查组", "检查人", "排查人员", "inspectors",
        "inspected by"]),
    word(Key::Status, "整改情况", &["整改完成情况", "进展", "整改进度", "是否完成", "是否整改到位", "整改状态",
        "整改进展", "状态", "是否整改", "status", "progress"]),
    word(Key::DoneOn, "完成时间", &["整改完成时间", "实际完成日期", "实际完成时间", "完成日期", "completed on",
        "done on"]),
    word(Key::Verifier, "复查人", &["验收人", "验收人员", "核查人", "复查人员", "销号人", "verified by",
        "verifier"]),
    word(Key::VerifiedOn, "复查时间", &["验收时间", "复查日期", "验收日期", "核查时间", "verified on"]),
    word(Key::Closed, "是否销号", &["销号", "销号时间", "销号情况", "closed"]),
    word(Key::Tags, "标签", &["专项", "专题专项", "tags"]),
    word(Key::Note, "备注", &["说明", "note", "notes", "remarks"]),
];

#[rustfmt::skip] // one column a line
pub(crate) const PEOPLE: &[Word] = &[
    word(Key::Name, "姓名", &["人员姓名", "人员", "name", "full name"]),
    word(Key::EnglishName, "英文名", &["英文姓名", "拼音", "english name"]),
    word(Key::UnitPath, "单位", &["所在单位", "工作单位", "单位名称", "部门", "unit", "organisation",
        "department"]),
    word(Key::Title, "职务", &["职位", "职务职称", "岗位", "title", "post", "post title"]),
    word(Key::Role, "岗位角色", &["角色", "责任角色", "role", "post role"]),
    word(Key::Phone, "电话", &["联系电话", "手机", "手机号", "手机号码", "电话号码", "phone", "mobile"]),
    word(Key::Locale, "语言", &["locale", "language"]),
    word(Key::Zone, "时区", &["zone", "time zone", "timezone"]),
    word(Key::Channels, "渠道", &["联系方式", "首选渠道", "通知渠道", "channels", "channel"]),
    word(Key::Telegram, "telegram", &["tg", "电报"]),
    word(Key::Matrix, "matrix", &["element", "matrix id"]),
    word(Key::WeCom, "企业微信", &["wecom", "企业微信账号", "企微", "企微账号"]),
    word(Key::WeComBot, "企业微信机器人", &["wecom_bot", "wecom bot", "企微机器人"]),
    word(Key::Feishu, "飞书", &["feishu", "lark", "飞书账号"]),
    word(Key::DingTalk, "钉钉", &["dingtalk", "钉钉账号"]),
    word(Key::Mail, "邮箱", &["mail", "email", "e-mail", "邮件", "电子邮箱", "电子邮件"]),
    word(Key::Desk, "desk", &["工作台", "登录名", "login"]),
    word(Key::Quiet, "休息时段", &["免打扰", "免打扰时段", "quiet", "quiet hours"]),
    word(Key::Deputy, "代理人", &["b岗", "ab岗", "代理", "deputy", "stand-in"]),
    word(Key::Note, "备注", &["说明", "note", "notes"]),
];

#[rustfmt::skip] // one column a line
pub(crate) const UNITS: &[Word] = &[
    word(Key::UnitName, "名称", &["单位名称", "单位", "机构名称", "name", "unit"]),
    word(Key::Parent, "上级", &["上级单位", "所属单位", "上级名称", "parent"]),
    word(Key::Level, "层级", &["级别", "单位层级", "level"]),
    word(Key::Calendar, "日历", &["工作日历", "calendar"]),
    word(Key::Phone, "电话", &["联系电话", "值班电话", "phone"]),
    word(Key::Note, "备注", &["说明", "note", "notes"]),
];
