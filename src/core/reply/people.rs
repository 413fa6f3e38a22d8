//! Persons and units named in a reply.
//!
//! A target is a unit if it ends like one (局, 大队, brigade), else a person. The caller resolves names to accounts.

use crate::patterns::re;

re!(
    UNIT_ZH,
    r"(?:局|大队|支队|中队|总队|队|办公室|办|厅|科|处|室|股|站|所|中心|公司|安委会|委员会|委|政府|镇|乡|街道|村|社区|部门|部|单位|院|学校|厂|集团|矿|消防|公安|交警|应急|住建|城管|安监|组|企业|项目部|物业)$"
);
re!(
    UNIT_EN,
    r"(?i)\b(?:brigade|dep(?:artmen)?t|bureau|office|team|unit|company|authority|council|county|agency|committee|police|ministry|division|section|contractor|group|services?|city|town|village|district|station)\b"
);
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文靳阎柯祝翁樊兰聂焦柳甘鲁欧葛凌霍盛屈詹苗邢裴涂庞岳骆俞倪瞿阮桂麦辛符喻柴尤殷卓冉滕佘";
const NOT_NAMES: &[&str] = &[
    "任务", "方案", "方面", "高空", "高压", "金属", "石油", "石化", "江边", "文件", "文书", "于是", "于今", "高处",
    "黄线", "白天", "马上", "马路", "龙头", "方便", "万事", "金额", "易燃", "易爆", "向上", "段落", "何时", "常规",
    "常态", "雷管", "钟点", "毛病", "任何", "严重", "严格", "程序", "严禁", "田间", "叶片", "余下", "余项", "范围",
    "路口", "陆续", "高度", "石头", "汤锅", "武装", "周边", "周五", "周一", "周二", "周三", "周四", "周六", "周日",
    "周末", "马达", "林地", "林区", "车间", "江堤", "金工", "钱款", "万一", "康复", "文字", "文明", "白色", "黄色",
    "高温", "高层", "常见", "任意", "方向", "夏季", "秦岭", "顾客", "温度", "曾经", "史料", "向您", "向你", "高质",
    "万元", "莫催", "莫急",
];

/// True if the words name an organisation.
pub(super) fn is_unit(name: &str) -> bool {
    UNIT_ZH.is_match(name) || UNIT_EN.is_match(name)
}

/// True if a word below a name tells the post or the unit: 厂长, 顺达机械厂.
pub(super) fn is_post_or_unit(word: &str) -> bool {
    UNIT_ZH.is_match(word) || TITLES.iter().any(|title| word.ends_with(title))
}

/// True if a name as it stands beside an @ is a person's or a unit's.
pub fn is_somebody(name: &str) -> bool {
    is_person(name) || is_unit(name)
}

/// True if the words look like a Chinese personal name or a title with a surname.
pub(super) fn is_person(name: &str) -> bool {
    let count = name.chars().count();
    let name = name.trim_start_matches(['老', '小']);
    (2..=5).contains(&count)
        && name.starts_with(|c| SURNAMES.contains(c))
        && !NOT_NAMES.iter().any(|n| name.starts_with(n))
        && (count <= 3 || name.ends_with(['长', '任', '记', '总', '理', '员']))
}

/// What no name has behind its surname.
const PARTICLES: &str = "的了在说已把来去也就和吗呢吧么啊";
/// What stands behind a name of two, and begins what is said of it.
const AFTER_NAMES: &str = "负跟那批验办弄修接延代做看查签审牵给问";

/// Bytes of the personal name that a text begins with: 李四, 老陈, 王师傅, 张局.
pub(super) fn name_length(rest: &str) -> Option<usize> {
    let mut chars = rest.chars();
    let first = chars.next()?;
    let second = chars.next()?;
    let bytes = |n: usize| rest.chars().take(n).map(char::len_utf8).sum::<usize>();
    if matches!(first, '老' | '小' | '阿') && SURNAMES.contains(second) {
        return Some(bytes(2));
    }
    if !SURNAMES.contains(first) || !is_han(second) {
        return None;
    }
    let titled = TITLES.iter().find(|title| rest[first.len_utf8()..].starts_with(**title));
    if let Some(title) = titled {
        return Some(first.len_utf8() + title.len());
    }
    let third = chars.next().filter(|c| is_han(*c) && !PARTICLES.contains(*c) && !AFTER_NAMES.contains(*c));
    if NOT_NAMES.iter().any(|n| rest.starts_with(n)) || PARTICLES.contains(second) {
        return None;
    }
    Some(bytes(if third.is_some() { 3 } else { 2 }))
}

const TITLES: &[&str] = &[
    "局长", "主任", "科长", "队长", "书记", "县长", "镇长", "主席", "处长", "站长", "所长", "经理", "师傅", "老师",
    "校长", "村长", "支书", "主管", "班长", "组长", "厂长", "总工", "总", "工", "局", "科", "处", "队", "姐", "哥",
    "叔", "姨",
];

/// A Chinese character of the common block.
pub(super) fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}
