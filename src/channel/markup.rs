//! Plain words where a platform reads Markdown and documents no escapes (DingTalk, WeCom): what could be markup becomes its
//! wide twin.

/// A plain text as Markdown that shows the same.
pub(super) fn markdown(text: &str) -> String {
    let line = |line: &str| {
        let line = inert(line.trim_start_matches([' ', '\t']));
        // Lists, rules and headings that underline the line before begin with these.
        let begins = |c: char| matches!(c, '-' | '+' | '=');
        let digits = line.chars().take_while(char::is_ascii_digit).count();
        match (line.chars().next(), line[digits..].chars().next()) {
            (Some(first), _) if begins(first) => format!("{}{}", wide(first), &line[1..]),
            (Some(_), Some(dot @ ('.' | ')'))) if digits > 0 => {
                format!("{}{}{}", &line[..digits], wide(dot), &line[digits + 1..])
            }
            _ => line,
        }
    };
    // Two spaces make a line end one that is seen.
    text.split('\n').map(line).collect::<Vec<_>>().join("  \n")
}

/// Words within a line.
pub(super) fn inert(text: &str) -> String {
    text.chars().map(|c| if "*_#[]()<>`~|\\!&".contains(c) { wide(c) } else { c }).collect()
}

/// The same sign in the width of a Chinese character (Unicode, "Halfwidth and Fullwidth Forms").
fn wide(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        let shown = markdown("# *甲* [点](https://x.example) <b>\n- 乙\n12. 丙\n===\n    丁 `&lt;`\n3天 1.5米 a-b");
        let lines: Vec<&str> = shown.split("  \n").collect();
        assert_eq!(lines[0], "＃ ＊甲＊ ［点］（https://x.example） ＜b＞");
        assert_eq!(lines[1..], ["－ 乙", "12． 丙", "＝==", "丁 ｀＆lt;｀", "3天 1.5米 a-b"]);
    }
}
