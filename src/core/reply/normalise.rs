//! One spelling for what people type: width, script, quotes, invisible characters, emoji.
//!
//! Full width becomes half width, the traditional characters the grammar looks for become simplified,
//! zero-width and bidi controls vanish (they are used to hide words), chat emoji codes become emoji.
//! Names keep their case. Called once at the top of `read`; knows nothing about meaning.

/// Longest text that is read, in bytes. A longer one is cut: nobody reports completion in a novel.
pub(super) const MAX_BYTES: usize = 4096;

/// Traditional and simplified, pair by pair: all characters of Big5 whose simplified form stands in
/// GB 2312, one form each (著 is 着, 乾 is 干, 覆 is 复: the readings these sentences need).
const SCRIPTS: &str = include_str!("scripts.txt");

/// Emoji codes that chat programs send as text.
const EMOJI_CODES: &[(&str, &str)] = &[
    ("[ok]", "👌"),
    ("[强]", "👍"),
    ("[赞]", "👍"),
    ("[抱拳]", "🙏"),
    ("[合十]", "🙏"),
    ("[握手]", "🤝"),
    ("[敬礼]", "🫡"),
    ("[鼓掌]", "👏"),
    ("[加油]", "💪"),
    ("[奋斗]", "💪"),
    ("[好的]", "👌"),
    ("[收到]", "👌"),
    ("[胜利]", "👍"),
    ("[耶]", "👍"),
    ("[thumbsup]", "👍"),
    ("[+1]", "👍"),
    ("[get]", "👌"),
    ("[点赞]", "👍"),
    ("[ok手势]", "👌"),
    ("[完成]", "✅"),
    ("[done]", "✅"),
    ("[打勾]", "✅"),
    ("[对勾]", "✅"),
    ("[勾]", "✅"),
    ("[checkmark]", "✅"),
    ("[勾选]", "✅"),
    ("[笑哭]", "😂"),
    ("[捂脸]", "😂"),
    ("[破涕为笑]", "😂"),
    ("[偷笑]", "😏"),
    ("[奸笑]", "😏"),
    ("[旺柴]", "😏"),
    ("[doge]", "😏"),
    ("[白眼]", "🙄"),
    ("[弱]", "👎"),
    ("[叉]", "❌"),
    ("[玫瑰]", "🌹"),
    ("[微笑]", "🙂"),
];

/// The text in one spelling.
pub(super) fn normalise(raw: &str) -> String {
    let cut = floor_boundary(raw, MAX_BYTES);
    // Some gateways and spreadsheets hand line breaks over as the two characters `\n`.
    let text = cut.replace("\\n", "\n").replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if let Some(c) = one_char(c) {
            out.push(simplified(c));
        }
    }
    emoji_codes(out)
}

/// Largest cut not beyond `limit` that does not split a character.
fn floor_boundary(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn one_char(c: char) -> Option<char> {
    Some(match c {
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{00ad}'
        | '\u{034f}'
        | '\u{180e}'
        | '\u{20e3}'
        | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0000}'..='\u{e007f}' => return None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{00a0}' | '\u{2000}'..='\u{200a}' | '\t' => ' ',
        '\n' => '\n',
        c if c.is_control() => ' ',
        '’' | '‘' | '´' | '`' => '\'',
        '“' | '”' | '「' | '」' | '『' | '』' => '"',
        '【' => '[',
        '】' => ']',
        '—' | '–' | '−' | '‐' | '‑' | '﹣' => '-',
        '〜' => '~',
        '｡' => '。',
        '､' => '、',
        '⒈'..='⒛' => char::from_u32(c as u32 - '⒈' as u32 + '①' as u32).unwrap_or(c),
        '⑴'..='⒇' => char::from_u32(c as u32 - '⑴' as u32 + '①' as u32).unwrap_or(c),
        '㈠'..='㈩' => char::from_u32(c as u32 - '㈠' as u32 + '①' as u32).unwrap_or(c),
        '❶'..='❿' => char::from_u32(c as u32 - '❶' as u32 + '①' as u32).unwrap_or(c),
        '✔' | '☑' | '√' | '✓' | '🗹' => '✅',
        '✘' | '✗' | '✖' | '❎' => '❌',
        '🆗' => '👌',
        c => c,
    })
}

pub(crate) fn simplified(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    TABLE.get(&c).copied().unwrap_or(c)
}

static TABLE: std::sync::LazyLock<std::collections::HashMap<char, char>> = std::sync::LazyLock::new(|| {
    let pairs: Vec<char> = SCRIPTS.chars().filter(|c| !c.is_whitespace()).collect();
    pairs.chunks_exact(2).map(|p| (p[0], p[1])).collect()
});

fn emoji_codes(text: String) -> String {
    if !text.contains('[') {
        return text;
    }
    let mut text = text;
    for (code, emoji) in EMOJI_CODES {
        while let Some(at) = find_ignoring_case(&text, code) {
            text.replace_range(at..at + code.len(), emoji);
        }
    }
    text
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(needle)
}
