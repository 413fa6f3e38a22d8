//! What somebody wrote above, between or below the mail that he quotes.
//!
//! Where a quotation begins is told by what programs put there; and, for programs nobody has heard of, by our own
//! first line, which is also our subject. When in doubt text is cut: a lost word is asked for again, a quoted
//! "done" must never count. Pure; a list of forms is in the tests.

use mail_parser::{Message, MessagePart, PartType};

use super::{closing, parts, seen};
use dutybell_core::patterns::re;

/// Longest text that is read, in characters; the grammar cares for short answers.
const MAX_TEXT: usize = 4_000;
/// Parts of a letter's text that are looked at.
const MAX_PARTS: usize = 10;
/// Lines of a text that are looked at.
const MAX_LINES: usize = 2_000;

re!(
    DIVIDER,
    r"(?ix)^\s*[-_—=*]{2,}\s*
      (?:original(?:\s+(?:message|appointment))?|原始邮件|原始郵件|原始邮件信息|邮件原件|郵件原件|原邮件|回复的原邮件|回复的邮件|replied\s+message|reply\s+message
        |forwarded\s+message|forwarded\s+mail|转发邮件信息|转发的邮件|轉寄郵件|转发邮件|轉寄的郵件|邮件转发|引用邮件)
      \s*[-_—=*]*\s*$"
);
re!(FORWARDED, r"(?i)^\s*begin forwarded message\s*[:：]");
// The last line of an attribution; it may have begun on the lines before.
re!(ATTRIBUTION_END, r"(?i)(?:\bwrote|\bschrieb|写道|寫道|写到|來信|编写)\s*[:：]\s*$");
re!(ATTRIBUTION_START, r"(?i)^\s*(?:on\b|at\b|am\b|在|于|於|.{0,60}[于於]\s*\d{4}|\d{4}[-/年.]|.{0,60}<[^<>\s]+@)");
re!(ATTRIBUTION_DATED, r"(?i)^\s*(?:on\b|at\b|am\b|在|于|於|\d{4}[-/年.]|.{0,60}[于於]\s*\d{4})");
re!(
    HEADER_LINE,
    r"(?ix)^\s*\**\s*(?:from|sent|date|to|cc|subject|发件人|发送时间|发送日期|收件人|抄送|主题|日期|时间|寄件者|寄件人|傳送|寄件日期|收件者|主旨|副本
        |差出人|送信者|送信日時|送信日|宛先|件名|日時|보낸\s?사람|보낸\s?날짜|받는\s?사람|제목|참조|날짜
        |von|gesendet|an|betreff|datum|de|envoyé|à|objet|enviado(?:\s+el)?|para|asunto|fecha|da|inviato|a|oggetto|data|van|verzonden|aan|onderwerp
        |от|отправлено|кому|тема|дата)\s*\**\s*[:：]\**"
);
re!(
    HEADER_FIRST,
    r"(?i)^\s*\**\s*(?:from|发件人|寄件者|寄件人|差出人|送信者|보낸\s?사람|von|de|da|van|от)\s*\**\s*[:：]"
);
// NetEase's table of the mail that is answered.
re!(TABLE_FIRST, r"(?i)^\s*\|\s*(?:from|发件人)\s*\|");
re!(RULE, r"^\s*[_]{10,}\s*$");
re!(
    MOBILE,
    r"(?i)^\s*(?:sent from (?:my|mail|outlook|yahoo|samsung)\b.*|get outlook for .*|(?:发自|來自|来自|從我的|从我的|發自).{0,24}|来自.{0,16}邮箱|发自我的.*|获取\s*outlook.*|取得\s*outlook.*)$"
);
re!(REPLY_PREFIX, r"(?i)^\s*(?:(?:re|aw|回复|回覆|答复|答覆)(?:\[\d+\])?\s*[:：]\s*)+");
re!(FORWARD_PREFIX, r"(?i)^\s*(?:(?:re|回复)\s*[:：]\s*)*(?:fw|fwd|wg|转发|轉寄|轉發)\s*[:：]");
// Where HTML mails begin their quotation.
re!(
    HTML_QUOTE,
    r#"(?is)<includetail|<div[^>]*\bid\s*=\s*["']?(?:divrplyfwdmsg|appendonsend|isreplycontent|x_divrplyfwdmsg|replysplit|qqmail_reply)|<div[^>]*\bclass\s*=\s*["']?(?:gmail_quote|yahoo_quoted|moz-cite-prefix)|<hr[^>]*\bid\s*=\s*["']?stopspelling"#
);

re!(BLOCKQUOTE, r"(?i)</?blockquote\b[^>]*>?");
// What programs put into one of two parts only: links, pictures, marks of fat print.
re!(DRESS, r"(?i)<?(?:https?://|mailto:|www\.)[^\s>]*>?|\[(?:cid|image|图片|圖片)[^\]]*\]");

/// The new words of a mail, and whether it only passes another mail on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub text: String,
    pub forwarded: bool,
    /// What its text part says is not what its HTML part shows.
    pub differs: bool,
}

/// Reads what the writer added himself. A mail that is empty but for its subject says its subject, as one that was
/// begun by a button of ours and lost its body.
pub(super) fn new_words(message: &Message<'_>, subject: &str) -> Words {
    let forwarded = FORWARD_PREFIX.is_match(subject);
    let own_line = REPLY_PREFIX.replace(subject, "");
    let words = |bodies: Vec<&MessagePart<'_>>| {
        // Programs cut a text around a picture in its middle: all parts of it are read.
        let texts: Vec<String> = bodies.into_iter().take(MAX_PARTS).filter_map(|part| shown(message, part)).collect();
        above_quote(&texts.join("\n"), &own_line)
    };
    let plain = words(message.text_bodies().collect());
    // One part for both is compared with nothing.
    let html =
        if message.text_body == message.html_body { plain.clone() } else { words(message.html_bodies().collect()) };
    // Some programs leave the text part of a letter in HTML empty.
    let (text, differs) = if plain.is_empty() { (html, false) } else { (plain.clone(), !says_all_of(&plain, &html)) };
    let is_reply = own_line.len() != subject.trim().len() || forwarded;
    // Our own subjects begin with a bracket: they are quotations.
    let says = text.is_empty() && !is_reply && !subject.trim_start().starts_with(['【', '[', '［']);
    let text = if says { subject.trim().to_owned() } else { text };
    Words { text: text.chars().take(MAX_TEXT).collect(), forwarded: forwarded && !text.is_empty(), differs }
}

/// What a part shows to its reader. A text part may hold the references of HTML, where a program made it of one.
fn shown(message: &Message<'_>, part: &MessagePart<'_>) -> Option<String> {
    let text = parts::text(message, part)?;
    Some(match part.body {
        PartType::Html(_) => seen::text(&without_quote(&text)),
        _ => seen::entities(&text),
    })
}

/// The words of the one part hold all that the other shows, in its order and first of all.
fn says_all_of(text: &str, html: &str) -> bool {
    let bare = |text: &str| -> String {
        let text = DRESS.replace_all(text, "");
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (whole, other) = (bare(text), bare(html));
    let lines = |text: &str| text.lines().map(bare).filter(|line| !line.is_empty()).collect::<Vec<String>>();
    // More lines in the text part are read, too.
    whole == other || !other.is_empty() && lines(text).starts_with(&lines(html))
}

/// HTML without what quotes: everything after a known beginning, and every `<blockquote>`. One pass, whatever the
/// letter: a megabyte of tags is no trouble.
fn without_quote(html: &str) -> String {
    let until = HTML_QUOTE.find(html).map_or(html.len(), |found| found.start());
    let html = &html[..until];
    let (mut out, mut depth, mut from) = (String::new(), 0_usize, 0);
    for tag in BLOCKQUOTE.find_iter(html) {
        if depth == 0 {
            out.push_str(&html[from..tag.start()]);
            out.push_str("<br>");
        }
        match tag.as_str().starts_with("</") {
            true => depth = depth.saturating_sub(1),
            false => depth += 1,
        }
        from = tag.end();
    }
    if depth == 0 {
        out.push_str(&html[from..]);
    }
    out
}

/// The lines that are the writer's own. `own_line`: the first line of the mail that he may quote.
fn above_quote(text: &str, own_line: &str) -> String {
    let plain: Vec<String> =
        text.lines().take(MAX_LINES).map(|line| line.replace(['\u{a0}', '\t'], " ").trim().to_owned()).collect();
    let own_line = squeezed(own_line);
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < plain.len() {
        let line = plain[at].as_str();
        let begins_own = own_line.chars().count() >= 6 && squeezed(line).starts_with(&own_line);
        if is_cut(&plain, at) || begins_own {
            break;
        }
        if let Some(after) = attribution(&plain, at) {
            let quotes = plain[after..].iter().find(|line| !line.is_empty()).is_some_and(|l| is_quoted(l));
            // Unmarked text under "… wrote:" cannot be told from an answer below it.
            if !quotes {
                break;
            }
            at = after;
            continue;
        }
        if !is_quoted(line) && !MOBILE.is_match(line) {
            kept.push(line);
        }
        at += 1;
    }
    let paragraphs: Vec<Vec<&str>> =
        kept.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).map(<[&str]>::to_vec).collect();
    closing::without(&paragraphs).concat().join("\n")
}

fn is_quoted(line: &str) -> bool {
    line.starts_with('>') || line.starts_with('＞')
}

/// From here on nothing is the writer's.
fn is_cut(lines: &[String], at: usize) -> bool {
    let line = lines[at].as_str();
    // RFC 3676 section 4.3: the line before a signature.
    if line == "--" || DIVIDER.is_match(line) || FORWARDED.is_match(line) || TABLE_FIRST.is_match(line) {
        return true;
    }
    let heads = |from: usize| {
        lines[from..].iter().filter(|l| !l.is_empty()).take(5).filter(|l| HEADER_LINE.is_match(l)).count()
    };
    if HEADER_FIRST.is_match(line) && heads(at) >= 2 {
        return true;
    }
    RULE.is_match(line) && lines.get(at + 1).is_some() && heads(at + 1) >= 2
}

/// If an attribution ("On …, … wrote:") begins here: the line after it. It may be wrapped over three lines.
fn attribution(lines: &[String], at: usize) -> Option<usize> {
    let first = lines[at].as_str();
    let telling = |line: &str| line.contains('@') || line.chars().any(|c| c.is_ascii_digit());
    if is_quoted(first) || !telling(first) {
        return None;
    }
    if ATTRIBUTION_END.is_match(first) {
        return Some(at + 1);
    }
    if !ATTRIBUTION_START.is_match(first) {
        return None;
    }
    let wrapped = lines[at + 1..].iter().take(2).take_while(|line| !line.is_empty() && !is_quoted(line));
    for (n, line) in wrapped.enumerate() {
        // An attribution of its own: what stands above it is somebody's words.
        if ATTRIBUTION_DATED.is_match(line) && telling(line) {
            return None;
        }
        if ATTRIBUTION_END.is_match(line) {
            return Some(at + n + 2);
        }
    }
    None
}

fn squeezed(line: &str) -> String {
    line.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '@' { '＠' } else { c }).collect()
}

#[cfg(test)]
mod tests;
