//! One message in each dialect. The only place where text meets markup.

use crate::channel::{Button, Dialect};
use crate::core::message::{Action, Line, Message, Press, Table, action};
use crate::core::words::circled;

/// A message ready for a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub buttons: Vec<Vec<Button>>,
}

/// Writes `message` in a dialect; `id` is the message's number, which buttons carry.
pub fn render(message: &Message, id: i64, dialect: Dialect) -> Rendered {
    let carried = |press: &Press| match dialect {
        Dialect::Mail => written(message, press),
        Dialect::Dingtalk => named(message, press),
        _ => Some(action(id, press)),
    };
    let button = |press: &Press| Some(Button { label: clean(&press.label), action: carried(press)? });
    let buttons = message.buttons.iter().map(|row| row.iter().filter_map(button).collect()).collect();
    let (text, html) = match dialect {
        Dialect::Plain | Dialect::Desk | Dialect::Dingtalk => (lines(message, &Plain).join("\n"), None),
        Dialect::TelegramHtml | Dialect::MatrixHtml => (lines(message, &BoldHtml).join("\n"), None),
        Dialect::Mail => (lines(message, &Plain).join("\n"), Some(mail_html(message))),
    };
    Rendered { subject: clean(&message.title), text, html, buttons }
}

/// What a button says where a press is an answer in words: its label without the number, and the item's code.
fn written(message: &Message, press: &Press) -> Option<String> {
    let label = press.label.strip_prefix(&circled(press.line)).unwrap_or(&press.label);
    match press.verb {
        // Reading alone proves nothing; and lists are asked for in words.
        Action::Noted | Action::Help | Action::Status => None,
        Action::Choose | Action::Mean => press.verb.chosen(press.line),
        Action::Confirm | Action::Cancel => Some(clean(label)),
        _ => {
            let code = message.lines().find(|l| l.number == press.line).map(|l| l.code.as_str());
            Some(clean(&format!("{label} {}", code.unwrap_or_default())).trim().to_owned())
        }
    }
}

/// The same where nobody can see which message the words answer: only what names its item. A "yes" or a number would
/// count for whatever was asked last, and not for the message under which it was pressed.
fn named(message: &Message, press: &Press) -> Option<String> {
    let code = message.lines().find(|l| l.number == press.line).map(|l| l.code.as_str())?;
    written(message, press).filter(|words| !code.is_empty() && words.ends_with(code))
}

/// A piece of a rendered text, as [`super::split`] cut it, as a channel sends it: the text, and the markup beside it
/// where the dialect has both.
pub fn part(rendered: &Rendered, piece: &str, dialect: Dialect) -> (String, Option<String>) {
    match dialect {
        // CS-API, "m.room.message msgtypes": `formatted_body` is HTML, in which a line end is a space.
        Dialect::MatrixHtml => (unmarked(piece), Some(piece.replace('\n', "<br>"))),
        _ => (piece.to_owned(), rendered.html.clone()),
    }
}

/// What [`BoldHtml`] wrote, without its markup.
fn unmarked(html: &str) -> String {
    let bare = html.replace("<b>", "").replace("</b>", "");
    bare.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// How a dialect marks things up.
trait Markup {
    fn plain(&self, text: &str) -> String;
    fn bold(&self, text: &str) -> String;
}

struct Plain;
/// `<b>` and escapes: what Telegram's HTML and Matrix's share.
struct BoldHtml;

impl Markup for Plain {
    fn plain(&self, text: &str) -> String {
        clean(text)
    }
    fn bold(&self, text: &str) -> String {
        clean(text)
    }
}

impl Markup for BoldHtml {
    fn plain(&self, text: &str) -> String {
        escape(&clean(text))
    }
    fn bold(&self, text: &str) -> String {
        format!("<b>{}</b>", escape(&clean(text)))
    }
}

/// The message line by line; tags never cross a line end, so that it can be cut between lines.
fn lines(message: &Message, markup: &dyn Markup) -> Vec<String> {
    let mut out = vec![markup.bold(&message.title)];
    out.extend(message.lead.iter().map(|l| markup.plain(l)));
    let many = message.lines().count() > 1;
    let numbered = message.says_numbers();
    for section in &message.sections {
        if many {
            out.push(markup.bold(&section.heading));
        }
        out.extend(section.lines.iter().map(|line| item_line(line, many, numbered, markup)));
    }
    if let Some(table) = &message.table {
        out.push(markup.plain(&table.caption));
        out.extend(table_text(table).iter().map(|l| markup.plain(l)));
        out.extend(table.notes.iter().map(|l| markup.plain(l)));
    }
    out.extend(message.foot.iter().map(|l| markup.plain(l)));
    out
}

fn item_line(line: &Line, many: bool, numbered: bool, markup: &dyn Markup) -> String {
    if many {
        let detail = if line.detail.is_empty() { String::new() } else { format!("　{}", markup.plain(&line.detail)) };
        format!("{}{} {}{detail}", circled(line.number), markup.bold(&line.code), markup.plain(&line.title))
    } else {
        // The title says code and name already.
        let number = if numbered { format!("{} ", circled(line.number)) } else { String::new() };
        format!("{number}{}", markup.plain(&line.detail))
    }
}

/// Rows of a table for chat: the unit, then every figure with its column's name.
fn table_text(table: &Table) -> Vec<String> {
    let row_text = |row: &Vec<String>| {
        let mut cells = row.iter().zip(&table.columns);
        let unit = cells.next().map(|(cell, _)| cell.clone()).unwrap_or_default();
        let rest: Vec<String> = cells
            .filter(|(cell, _)| !matches!(cell.as_str(), "0" | "-"))
            .map(|(cell, column)| format!("{column} {cell}"))
            .collect();
        format!("{unit}：{}", rest.join("，"))
    };
    table.rows.iter().map(row_text).collect()
}

fn mail_html(message: &Message) -> String {
    let e = |t: &str| escape(&clean(t));
    let mut html = String::from(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body style=\"font-family:sans-serif\">",
    );
    html.push_str(&format!("<h3>{}</h3>", e(&message.title)));
    for lead in &message.lead {
        html.push_str(&format!("<p>{}</p>", e(lead)));
    }
    let numbered = message.says_numbers();
    for section in &message.sections {
        html.push_str(&format!("<h4>{}</h4><ul style=\"list-style:none;padding-left:0\">", e(&section.heading)));
        for line in &section.lines {
            html.push_str(&format!(
                "<li>{}<b>{}</b> {}<br><span style=\"color:#555\">{}</span></li>",
                if numbered { format!("{} ", circled(line.number)) } else { String::new() },
                e(&line.code),
                e(&line.title),
                e(&line.detail)
            ));
        }
        html.push_str("</ul>");
    }
    if let Some(table) = &message.table {
        html.push_str(&format!(
            "<table border=\"1\" cellspacing=\"0\" cellpadding=\"4\"><caption>{}</caption><tr>",
            e(&table.caption)
        ));
        table.columns.iter().for_each(|c| html.push_str(&format!("<th>{}</th>", e(c))));
        html.push_str("</tr>");
        for row in &table.rows {
            html.push_str("<tr>");
            row.iter().for_each(|c| html.push_str(&format!("<td>{}</td>", e(c))));
            html.push_str("</tr>");
        }
        html.push_str("</table>");
        table.notes.iter().for_each(|n| html.push_str(&format!("<p>{}</p>", e(n))));
    }
    for foot in &message.foot {
        html.push_str(&format!("<p style=\"color:#555\">{}</p>", e(foot)));
    }
    html.push_str("</body></html>");
    html
}

/// Escapes for HTML, Telegram's subset included (its page names `<`, `>` and `&`).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// Takes out what can lie to the eye: control characters, bidi overrides, zero-width characters; and
/// breaks `@all` forms, so that a title never calls a whole group.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
            '\n' | '\r' | '\t' => out.push(' '),
            '@' => out.push('＠'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::item::ItemId;
    use crate::core::message::Section;
    use crate::core::subject::Subject;

    fn sample() -> Message {
        let line = |number, title: &str| Line {
            number,
            subject: Subject::Item(ItemId(i64::from(number))),
            code: "A7K2".into(),
            title: title.into(),
            detail: "今天17:30到期".into(),
        };
        Message {
            title: "张三，你好".into(),
            sections: vec![Section {
                heading: "今天到期".into(),
                lines: vec![line(1, "<b>x</b> & @all\u{202e}"), line(2, "消防通道")],
            }],
            buttons: vec![vec![Press { label: "①完成".into(), verb: Action::Done, line: 1 }]],
            ..Message::default()
        }
    }

    #[test]
    fn markup_in_titles_stays_text() {
        let telegram = render(&sample(), 7, Dialect::TelegramHtml);
        assert!(telegram.text.contains("&lt;b&gt;x&lt;/b&gt; &amp; ＠all　"), "{}", telegram.text);
        assert_eq!(telegram.buttons[0][0].action, "v1:7:1:done");
        let mail = render(&sample(), 7, Dialect::Mail);
        assert_eq!(mail.buttons[0][0].action, "完成 A7K2");
        assert!(mail.html.is_some_and(|h| !h.contains("<b>x</b>") && h.contains("&lt;b&gt;x")));
        let mut asking = sample();
        asking.buttons.push(vec![Press { label: "是".into(), verb: Action::Confirm, line: 1 }]);
        let dingtalk = render(&asking, 7, Dialect::Dingtalk);
        assert_eq!(dingtalk.text, render(&asking, 7, Dialect::Plain).text);
        assert_eq!(dingtalk.buttons[0][0].action, "完成 A7K2");
        assert_eq!(dingtalk.buttons.concat().len(), 1, "a yes is said in words, to the question that is meant");
        let matrix = render(&sample(), 7, Dialect::MatrixHtml);
        let (text, html) = part(&matrix, &matrix.text, Dialect::MatrixHtml);
        assert_eq!(text, render(&sample(), 7, Dialect::Plain).text, "beside the markup stands the bare text");
        assert!(html.is_some_and(|h| h.contains("<br>") && h.contains("&lt;b&gt;x&lt;/b&gt; &amp; ＠all")));
        assert!(render(&sample(), 7, Dialect::Plain).text.contains("①A7K2 <b>x</b>"));
    }
}
