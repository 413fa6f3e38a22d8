//! What of an HTML letter is seen: its text without everything that a program shows to nobody.
//!
//! Comments, the head, style sheets, hidden elements, text without size, out of the picture or in the colour of its
//! ground: whoever reads the letter cannot have meant it. In doubt text is left out; a lost word is asked for again.
//! No style engine: of a style sheet's selectors only the last part counts, which hides rather more than programs do.

mod style;

use std::collections::BTreeMap;

use mail_parser::decoders::html::add_html_token;

use style::{Looks, Rules};

/// Elements of a letter that are looked at.
const MAX_ELEMENTS: usize = 20_000;
/// Elements inside one another.
const MAX_DEPTH: usize = 500;

/// Whose content is no text, or is not shown: passed over up to its end, whatever stands in it.
const RAW: [&str; 7] = ["script", "style", "title", "textarea", "xmp", "noframes", "noembed"];
/// Whose content is shown to nobody, or only after a click.
const UNSEEN: [&str; 18] = [
    "head", "template", "noscript", "object", "iframe", "svg", "math", "audio", "video", "canvas", "select",
    "datalist", "details", "dialog", "map", "del", "strike", "s",
];
/// That have no end.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// That begin a line.
const BLOCKS: [&str; 22] = [
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "tr",
    "table",
    "section",
    "article",
    "header",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "center",
    "blockquote",
    "td",
    "dd",
];

/// A tag in an HTML text.
enum Token<'h> {
    Text(&'h str),
    Open { name: String, attributes: BTreeMap<String, String>, closed: bool },
    Close(String),
}

/// An open element.
struct Element {
    name: String,
    looks: Looks,
    /// Numbers of a list's lines; `None` where it has none.
    count: Option<u32>,
}

/// Text while it is written: white space as programs show it.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A run of text; its references are read, its white space is one space.
    fn text(&mut self, raw: &str) {
        for c in entities(raw).chars() {
            match c.is_ascii_whitespace() {
                true if self.0.is_empty() || self.0.ends_with([' ', '\n']) => {}
                true => self.0.push(' '),
                false => self.0.push(c),
            }
        }
    }

    fn new_line(&mut self) {
        self.0.push('\n');
    }

    /// A block begins or ends: what comes next stands on a line of its own.
    fn block(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with('\n') {
            self.new_line();
        }
    }

    /// A paragraph begins or ends: an empty line before what comes next.
    fn paragraph(&mut self) {
        self.block();
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.new_line();
        }
    }

    fn begin(&mut self, name: &str) {
        match name {
            "br" => self.new_line(),
            "p" | "blockquote" | "hr" => self.paragraph(),
            _ if BLOCKS.contains(&name) => self.block(),
            _ => {}
        }
    }
}

/// The text that is seen, line by line.
pub(super) fn text(html: &str) -> String {
    let rules = Rules::read(html);
    let (mut out, mut open): (Lines, Vec<Element>) = (Lines::default(), Vec::new());
    let (mut rest, mut elements) = (html, 0);
    while let Some((token, after)) = next(rest) {
        rest = after;
        match token {
            Token::Text(text) if around(&open).seen() => out.text(text),
            Token::Text(_) => {}
            Token::Close(name) => {
                // What was left open inside ends with it; an end of nothing that is open ends nothing.
                if let Some(at) = open.iter().rposition(|e| e.name == name) {
                    open.truncate(at);
                }
                if name != "br" {
                    out.begin(&name);
                }
            }
            Token::Open { name, attributes, closed } => {
                elements += 1;
                if elements > MAX_ELEMENTS || open.len() > MAX_DEPTH {
                    break;
                }
                // A line that is not closed ends where the next begins.
                if matches!(name.as_str(), "p" | "li" | "td" | "tr") && open.last().is_some_and(|e| e.name == name) {
                    open.pop();
                }
                let mut looks = around(&open).inside(&name, &attributes, &rules);
                if UNSEEN.contains(&name.as_str()) {
                    looks.hide();
                }
                if looks.seen() {
                    out.begin(&name);
                    let list = open.iter_mut().rev().find(|e| e.name == "ol" || e.name == "ul");
                    if let Some(count) = list.filter(|_| name == "li").and_then(|e| e.count.as_mut()) {
                        out.text(&format!("{count}. "));
                        *count += 1;
                    }
                }
                if RAW.contains(&name.as_str()) {
                    rest = past_end(rest, &name);
                } else if !closed && !VOID.contains(&name.as_str()) {
                    let first = || attributes.get("start").and_then(|n| n.parse().ok()).unwrap_or(1);
                    let count = (name == "ol").then(first);
                    open.push(Element { name, looks, count });
                }
            }
        }
    }
    out.0
}

/// How text looks where the reader stands.
fn around(open: &[Element]) -> Looks {
    open.last().map_or_else(Looks::default, |e| e.looks.clone())
}

/// What comes first in a text, and the rest. Comments and declarations are passed over.
fn next(mut html: &str) -> Option<(Token<'_>, &str)> {
    loop {
        if html.is_empty() {
            return None;
        }
        let Some(tag) = html.strip_prefix('<') else {
            let end = html.find('<').unwrap_or(html.len());
            return Some((Token::Text(&html[..end]), &html[end..]));
        };
        if let Some(comment) = tag.strip_prefix("!--") {
            // `<!-->` and `<!--->` are whole comments.
            let whole = comment.strip_prefix("->").or(comment.strip_prefix('>'));
            html = whole.unwrap_or_else(|| comment.find("-->").map_or("", |end| &comment[end + 3..]));
            continue;
        }
        if tag.starts_with(['!', '?']) {
            html = tag.find('>').map_or("", |end| &tag[end + 1..]);
            continue;
        }
        let (tag, closes) = tag.strip_prefix('/').map_or((tag, false), |tag| (tag, true));
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            // No tag: the sign itself.
            return Some((Token::Text("&lt;"), &html[1..]));
        }
        let length = tag.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<')).unwrap_or(tag.len());
        let name = tag[..length].to_ascii_lowercase();
        let (attributes, closed, rest) = attributes(&tag[length..]);
        let token = if closes { Token::Close(name) } else { Token::Open { name, attributes, closed } };
        return Some((token, rest));
    }
}

/// The attributes of a tag, whether it closes itself, and what comes behind it. The first of a name counts.
fn attributes(mut rest: &str) -> (BTreeMap<String, String>, bool, &str) {
    let mut found = BTreeMap::new();
    let mut closed = false;
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return (found, closed, after);
        }
        if let Some(after) = rest.strip_prefix('/') {
            (closed, rest) = (true, after);
            continue;
        }
        if rest.is_empty() {
            return (found, closed, rest);
        }
        closed = false;
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        // A stray "=" is a name of its own.
        let end = if end == 0 { rest.chars().next().map_or(1, char::len_utf8) } else { end };
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => match after[1..].split_once(quote) {
                    Some((value, rest)) => (value, rest),
                    None => (&after[1..], ""),
                },
                None => after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len())),
            };
        }
        found.entry(name).or_insert_with(|| entities(value));
    }
}

/// Behind the end of an element whose content is no markup.
fn past_end<'h>(html: &'h str, name: &str) -> &'h str {
    let mut from = 0;
    while let Some(at) = html[from..].find("</") {
        let start = from + at + 2;
        if html.as_bytes()[start..].get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes())) {
            return html[start..].find('>').map_or("", |end| &html[start + end + 1..]);
        }
        from = start;
    }
    ""
}

/// A text with its character references read, where they are well formed and known.
pub(super) fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest[1..].bytes().take(12).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        let whole = (1..=10).contains(&name) && rest.as_bytes().get(name + 1) == Some(&b';');
        let end = if whole { name + 2 } else { 1 };
        add_html_token(&mut out, &rest.as_bytes()[..end], false);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{entities, text};

    #[test]
    fn references_are_read_and_other_signs_stay() {
        assert_eq!(entities("a&nbsp;b&#160;c&#xA0;d&lt;e&amp;lt;"), "a\u{a0}b\u{a0}c\u{a0}d<e&lt;");
        for same in ["", "&", "A&B", "R&D; x", "&;", "& nbsp;", "&未知;", "&nosuchthing;"] {
            assert_eq!(entities(same), same);
        }
    }

    #[test]
    fn broken_markup_ends_and_shows_its_words() {
        for html in ["<p>完成", "完成</p></div>", "<p class=>完成", "<p a='b>c'>完成", "<div><p>完成<p>"] {
            assert_eq!(text(html).trim(), "完成", "{html}");
        }
        assert_eq!(text("<!-- 完成").trim(), "");
        assert_eq!(text("a < b").trim(), "a < b");
        assert_eq!(text("<ol><li>甲<li>乙</ol>").split_whitespace().collect::<Vec<_>>(), ["1.", "甲", "2.", "乙"]);
        text(&"<p style='color:red'>x".repeat(60_000));
        text(&"<".repeat(200_000));
        text(&"<style>".repeat(20_000));
    }
}
