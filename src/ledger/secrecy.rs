//! Secrecy marks: 秘密, 机密 and 绝密 with a star or a period have no place in this system.
//!
//! The mark follows the national form, level★period (机密★5年), or stands in a column for it. Text that
//! only speaks of secrets (商业秘密, 机密室) is no mark. Called on every cell before anything else is
//! read from it; callers report the mark and never the text around it.

use super::cells;

const LEVELS: [(&str, &str); 6] =
    [("绝密", "绝密"), ("机密", "机密"), ("秘密", "秘密"), ("絕密", "绝密"), ("機密", "机密"), ("祕密", "秘密")];

/// The level, if the text carries a secrecy mark.
#[must_use]
pub fn mark(text: &str) -> Option<&'static str> {
    // Every cell of every file passes here, and hardly any holds this character.
    if !text.contains('密') {
        return None;
    }
    let text = cells::squash(text);
    LEVELS
        .iter()
        .find(|(word, _)| text.match_indices(word).any(|(at, _)| is_mark(&text, at, word)))
        .map(|(_, level)| *level)
}

/// The level of a cell below a header such as 密级 or 是否涉密, where any word but a harmless one counts.
#[must_use]
pub fn mark_in_column(header: &str, text: &str) -> Option<&'static str> {
    if !header.contains(['密', 'c', 'C']) {
        return None;
    }
    let header = cells::squash(header);
    if !["密级", "涉密", "保密", "密級", "classification"].iter().any(|w| header.contains(w)) {
        return None;
    }
    let word = cells::squash(text);
    if let Some((_, level)) = LEVELS.iter().find(|(w, _)| word.contains(w)) {
        return Some(level);
    }
    matches!(
        word.as_str(),
        "是" | "涉密" | "√" | "✓" | "✔" | "有" | "yes" | "y" | "secret" | "confidential" | "topsecret"
    )
    .then_some("涉密")
}

fn is_mark(text: &str, at: usize, word: &str) -> bool {
    let before = &text[..at];
    let after = &text[at + word.len()..];
    let bare = |s: &str| s.chars().all(|c| !c.is_alphanumeric());
    if bare(before) && bare(after) {
        return true;
    }
    if ["密级:", "密级", "密級:", "密級", "密级为", "等级:", "★", "☆", "*"].iter().any(|w| before.ends_with(w))
        && !before.is_empty()
    {
        return true;
    }
    let after = after.trim_start_matches(['(', '[', '【', '·', ':', ',', '-', '、', ')']);
    after.starts_with(['★', '☆', '⭐', '✩', '✭', '*', '※'])
        || ["期限", "保密期", "长期", "長期"].iter().any(|w| after.starts_with(w))
        || starts_with_years(after)
}

/// 5年, 十年, 6个月: a period follows.
fn starts_with_years(text: &str) -> bool {
    let number = text.chars().take_while(|c| cells::numeral(*c).is_some()).count();
    let rest: String = text.chars().skip(number).collect();
    number > 0 && ["年", "个月", "個月"].iter().any(|w| rest.starts_with(w))
}

#[cfg(test)]
mod tests {
    use super::{mark, mark_in_column};

    #[test]
    fn marks_and_talk_about_secrets() {
        for text in [
            "机密★5年",
            "秘密 ★ 长期",
            "绝密",
            "（秘密）",
            "密级：机密",
            "机 密★",
            "秘密（期限一年）",
            "机密*1年",
            "機密★",
            "附件 秘密★1年",
        ] {
            assert!(mark(text).is_some(), "{text}");
        }
        for text in ["商业秘密保护制度未上墙", "机密室门锁损坏", "泄露秘密", "重大隐患", "", "秘密举报箱3年未清理"]
        {
            assert_eq!(mark(text), None, "{text}");
        }
        assert_eq!(mark_in_column("密级", "机密"), Some("机密"));
        assert_eq!(mark_in_column("是否涉密", "是"), Some("涉密"));
        assert_eq!(mark_in_column("是否涉密", "否"), None);
        assert_eq!(mark_in_column("备注", "是"), None);
    }
}
