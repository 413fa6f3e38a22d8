//! Cutting long texts at line ends, so that no markup is torn.

/// Cuts `text` into parts of at most `limit` UTF-16 units (how Telegram counts), between lines where
/// it can; a single longer line is cut between characters outside of tags and entities.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let units = |t: &str| t.encode_utf16().count();
    if units(text) <= limit {
        return vec![text.to_owned()];
    }
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    for line in text.split('\n') {
        let joined = if part.is_empty() { units(line) } else { units(&part) + 1 + units(line) };
        if joined <= limit {
            if !part.is_empty() {
                part.push('\n');
            }
            part.push_str(line);
            continue;
        }
        if !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        let mut pieces = split_line(line, limit);
        part = pieces.pop().unwrap_or_default();
        parts.extend(pieces);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// Cuts one line; an HTML tag or entity stays whole, and a bold span is closed and opened again.
fn split_line(line: &str, limit: usize) -> Vec<String> {
    const CLOSE: &str = "</b>";
    const OPEN: &str = "<b>";
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut count = 0;
    let mut bold = false;
    for atom in atoms(line) {
        let size = atom.encode_utf16().count();
        if count + size + CLOSE.len() > limit && count > 0 {
            if bold {
                piece.push_str(CLOSE);
            }
            pieces.push(std::mem::take(&mut piece));
            count = 0;
            if bold {
                piece.push_str(OPEN);
                count = OPEN.len();
            }
        }
        match atom {
            OPEN => bold = true,
            CLOSE => bold = false,
            _ => {}
        }
        piece.push_str(atom);
        count += size;
    }
    pieces.push(piece);
    pieces
}

/// Characters, with tags and entities kept in one piece.
fn atoms(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match first {
            '<' => rest.find('>').filter(|e| *e <= 4).map(|e| e + 1),
            '&' => rest.find(';').filter(|e| *e <= 6).map(|e| e + 1),
            _ => None,
        };
        let (atom, after) = rest.split_at(end.unwrap_or(first.len_utf8()));
        rest = after;
        Some(atom)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fit_and_add_up() {
        let text = (1..200).map(|n| format!("<b>第{n}行</b> 隐患 &amp; 整改")).collect::<Vec<_>>().join("\n");
        let parts = split(&text, 400);
        assert!(parts.iter().all(|p| p.encode_utf16().count() <= 400));
        assert_eq!(parts.join("\n"), text);
    }

    #[test]
    fn one_endless_line_is_cut_outside_of_markup() {
        let text = format!("<b>{}</b>", "安&amp;😀".repeat(300));
        let parts = split(&text, 100);
        assert!(parts.len() > 1);
        for part in &parts {
            assert!(part.encode_utf16().count() <= 100);
            assert_eq!(part.matches("<b>").count(), part.matches("</b>").count(), "{part}");
        }
    }
}
