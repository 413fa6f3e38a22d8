//! What in a message is not the writer's own words: quoted lines, mail headers, signatures, bots named.
//!
//! A quoted prompt ("reply DONE to close") must never count as an answer, so everything that can be
//! recognised as quotation is cut before a single word is looked at, and kept for the audit trail.

use super::people;
use crate::patterns::re;

re!(QUOTED_REPLY_BLOCK, r#"(?s)^\s*[「“"『\[].*?[」”"』\]]\s*\n\s*(?:[-—–_=]\s*){3,}(?:\n|$)"#);
re!(
    EVERYTHING_AFTER,
    r"(?im)^[ \t]*(?:on\s.{0,200}wrote\s*:|在.{0,120}写道\s*[::]|-{2,}\s*(?:original message|原始邮件|原始消息|forwarded message|转发邮件|转发的邮件|回复的原邮件|邮件原文|reply above).*|发件人\s*[::].*|寄件者\s*[::].*|from\s*:\s*\S+.*|_{5,}\s*|--\s?|begin forwarded message.*|&gt;.*)$"
);
re!(WRAPPED_ATTRIBUTION, r"(?im)^[ \t]*on\s[^\n]{0,120}\n?[^\n]{0,120}wrote\s*:");
re!(QUOTED_LINE, r"(?m)^[ \t]*[>|》].*$");
re!(FORWARDED_CHAIN, r"//\s*@.*$");
re!(
    SIGNATURE,
    r"(?im)[ \t,,;;。.\-—(]*(?:sent from (?:my|outlook|mail|yahoo|gmail|samsung|wechat|the)\b.*|sent (?:via|with|using) .*|get outlook for .*|(?:发|来)自(?:我的|于)?.{0,12}(?:iphone|ipad|手机|邮箱|企业微信|微信|钉钉|飞书|mail|outlook|android|安卓|华为|小米|客户端|foxmail|手表|mate|荣耀|vivo|oppo|三星).*|发自我的.*|自\s?(?:我的)?\s?(?:iphone|ipad|android).*|从我的.{0,16}发送.*|通过.{0,16}(?:客户端|手机|邮箱)发送.*|使用.{0,10}发送.*)$"
);
re!(BOT_MENTION, r"(?i)@[^\s@,,::]*(?:机器人|bot|助手|助理|dutybell|小助|值班铃|提醒)[^\s@,,::]*[\s,,::]*");
re!(COMMAND_SLASH, r"(?i)^\s*/([a-z]{2,12}|[\p{Han}]{1,6})(?:@\w+)?");
re!(REPLY_PREFIX, r"(?i)^\s*(?:(?:re|fw|fwd|回复|答复)\s*[::]\s*)+");

re!(
    CONTACT,
    r"(?i)[\s,;。.]*(?:联系(?:电话|方式|人)?|电话|手机号?码?|tel(?:ephone)?\.?|phone|mobile|cell|call (?:me|us) (?:at|on))[\s::]*\+?\d[\d\-() ]{5,}\d(?:\s?(?:转|ext\.?)\s?\d+)?"
);
re!(
    CLOSING,
    r"(?i)^\s*(?:此致|敬礼|顺祝.{0,8}|祝好|(?:(?:best|kind|warm) )?regards|best wishes|yours (?:sincerely|faithfully)|sincerely|cheers|br|thanks and regards)\s*[,,.。!]?\s*$"
);
re!(
    ADDRESS,
    r"(?i)\d{5,}|^(?:地址|邮编|传真|邮箱|职务|单位|fax|e-?mail|address)\s*[::]|^\d{4}[年/.-]\d{1,2}[月/.-]\d{1,2}日?$|@|www\.|https?:|(?-u:\b)(?:ltd|inc|co|llc|plc|dept|department|manager|engineer|director|officer|supervisor|foreman|technician|street|road)(?-u:\b)"
);
re!(TWO_NAMES, r"^[A-Z][a-z]+(?: [A-Z]\.?)?(?: [A-Z][a-z'-]+){1,2}$");

/// Most lines of a signature.
const SIGNED: usize = 5;

/// The writer's words and what was cut from around them.
pub(super) struct Stripped {
    pub(super) text: String,
    pub(super) dropped: Vec<String>,
}

re!(FORWARDED, r"(?i)^\s*(?:fwd?|转发|转)\s*[::]");

/// Begins as a forwarded message does: the words may be another's.
pub(super) fn is_forwarded(text: &str) -> bool {
    FORWARDED.is_match(text)
}

/// Cuts quotations, signatures and mentions of the bot.
pub(super) fn strip(text: &str) -> Stripped {
    let mut dropped = Vec::new();
    let mut text = text.to_string();
    for pattern in [&*QUOTED_REPLY_BLOCK] {
        if let Some(found) = pattern.find(&text) {
            let rest = text[found.end()..].to_string();
            if !rest.trim().is_empty() {
                dropped.push(found.as_str().trim().to_string());
                text = rest;
            }
        }
    }
    for pattern in [&*EVERYTHING_AFTER, &*WRAPPED_ATTRIBUTION] {
        if let Some(found) = pattern.find(&text) {
            let from = found.start();
            dropped.push(text[from..].trim().to_string());
            text.truncate(from);
        }
    }
    for pattern in [&*QUOTED_LINE, &*FORWARDED_CHAIN, &*SIGNATURE, &*BOT_MENTION] {
        dropped.extend(pattern.find_iter(&text).map(|m| m.as_str().trim().to_string()).filter(|cut| !cut.is_empty()));
        text = pattern.replace_all(&text, " ").into_owned();
    }
    dropped.extend(CONTACT.find_iter(&text).map(|m| m.as_str().trim().to_string()));
    text = CONTACT.replace_all(&text, "").into_owned();
    text = REPLY_PREFIX.replace(&text, "").into_owned();
    text = COMMAND_SLASH.replace(&text, "$1").into_owned();
    Stripped { text: text.trim().to_string(), dropped }
}

/// Cuts the name under a letter, with what stands below it: post, unit, address. Words that are `known` are no name.
pub(super) fn unsigned(stripped: &mut Stripped, known: impl Fn(&str) -> bool) {
    let lines: Vec<&str> = stripped.text.lines().collect();
    let named = |line: &str| {
        let line = line.split('|').next().unwrap_or_default();
        let line = line.trim_end_matches(|c: char| c.is_ascii_digit() || " -+()".contains(c));
        let whole = people::name_length(line).is_some_and(|length| length == line.len());
        whole || TWO_NAMES.is_match(line) && !line.split(' ').any(|word| known(&word.to_ascii_lowercase()))
    };
    let placed = |line: &str| ADDRESS.is_match(line) || line.split_whitespace().all(people::is_post_or_unit);
    let below = |line: &&str| {
        let line = line.trim();
        line.is_empty() || named(line) || placed(line) || CLOSING.is_match(line)
    };
    let from = lines.len().saturating_sub(SIGNED).max(1);
    let begins = (from..lines.len()).find(|at| {
        let first = lines[*at].trim();
        let begins = named(first) || CLOSING.is_match(first) || lines[at - 1].trim().is_empty() && placed(first);
        !first.is_empty() && begins && lines[at + 1..].iter().all(below)
    });
    let Some(begins) = begins else { return };
    let cut = lines[begins..].join("\n").trim().to_owned();
    let text = lines[..begins].join("\n").trim().to_owned();
    if text.is_empty() {
        return;
    }
    stripped.dropped.push(cut);
    stripped.text = text;
}
