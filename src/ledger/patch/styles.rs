//! The styles part: formats that a cell's own is varied to, added behind those that are there.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Out, prefix, without};
use crate::package::attribute;

/// The fill of a marked cell: a light orange on which black text reads well.
const MARK: &str = "FFFFD9A0";
/// Number formats that the standard calls dates (ECMA-376 part 1, 18.8.30), East Asian ones included.
const BUILT_IN_DATES: [u32; 22] =
    [14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60];

/// How a format is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Look {
    /// Shows a day.
    Dated,
    /// Coloured, for cells that need a person.
    Marked,
}

/// The styles of a workbook, and what is added to them.
pub(super) struct Styles {
    xml: String,
    /// Number format of each cell format.
    formats: Vec<u32>,
    fills: usize,
    custom: HashMap<u32, String>,
    added: Vec<(usize, Look)>,
    /// Days count from 1904.
    pub(super) date1904: bool,
}

impl Styles {
    pub(super) fn read(xml: &str, date1904: bool) -> Self {
        let mut styles = Self {
            xml: xml.to_owned(),
            formats: Vec::new(),
            fills: 0,
            custom: HashMap::new(),
            added: Vec::new(),
            date1904,
        };
        let mut reader = Reader::from_str(xml);
        let (mut formats, mut fills, mut codes) = (false, false, false);
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag) | Event::Empty(tag)) => match tag.local_name().as_ref() {
                    "cellXfs" => formats = true,
                    "fills" => fills = true,
                    "xf" if formats => {
                        styles.formats.push(attribute(&tag, "numFmtId").and_then(|n| n.parse().ok()).unwrap_or(0));
                    }
                    "fill" if fills => styles.fills += 1,
                    "numFmts" => codes = true,
                    "numFmt" if codes => {
                        let id = attribute(&tag, "numFmtId").and_then(|n| n.parse().ok());
                        if let (Some(id), Some(code)) = (id, attribute(&tag, "formatCode")) {
                            styles.custom.insert(id, code);
                        }
                    }
                    _ => {}
                },
                Ok(Event::End(tag)) => match tag.local_name().as_ref() {
                    "cellXfs" => formats = false,
                    "fills" => fills = false,
                    "numFmts" => codes = false,
                    _ => {}
                },
                Ok(Event::Eof) | Err(_) => return styles,
                Ok(_) => {}
            }
        }
    }

    /// A format that looks like `base`, varied; where there are no styles, `base` itself.
    pub(super) fn variant(&mut self, base: usize, look: Look) -> usize {
        if self.formats.is_empty() || (look == Look::Marked && self.fills == 0) {
            return base;
        }
        let base = base.min(self.total() - 1);
        if self.added.get(base.wrapping_sub(self.formats.len())).is_some_and(|(_, l)| *l == look) {
            return base;
        }
        let known = self.added.iter().position(|a| *a == (base, look));
        let at = known.unwrap_or_else(|| {
            self.added.push((base, look));
            self.added.len() - 1
        });
        self.formats.len() + at
    }

    /// A format like `base` that shows a day; `None` when the workbook has no styles.
    pub(super) fn dated(&mut self, base: usize) -> Option<usize> {
        if self.formats.is_empty() {
            return None;
        }
        let shows_days = self.formats.get(base).is_some_and(|id| {
            BUILT_IN_DATES.contains(id)
                || self.custom.get(id).is_some_and(|c| c.contains(['y', 'Y', '年']) && c.contains(['d', 'D', '日']))
        });
        Some(if shows_days { base } else { self.variant(base, Look::Dated) })
    }

    fn total(&self) -> usize {
        self.formats.len() + self.added.len()
    }

    /// The part with what was added; `None` when nothing was.
    pub(super) fn written(&self) -> Option<String> {
        if self.added.is_empty() {
            return None;
        }
        let date_format = self.custom.keys().copied().max().unwrap_or(0).max(163) + 1;
        let mut out = Out::new(self.xml.len());
        let mut reader = Reader::from_str(&self.xml);
        let mut copies: Vec<Vec<Event<'static>>> = Vec::new();
        let mut inside = false;
        // An empty list of them is written anew.
        let has_formats = !self.custom.is_empty();
        while let Ok(event) = reader.read_event() {
            let name = match &event {
                Event::Start(tag) | Event::Empty(tag) => tag.local_name().as_ref().to_owned(),
                Event::End(tag) => tag.local_name().as_ref().to_owned(),
                Event::Eof => break,
                _ => String::new(),
            };
            match (&event, name.as_str()) {
                (Event::Start(_) | Event::Empty(_) | Event::End(_), "numFmts") if !has_formats => continue,
                (Event::Start(tag), "styleSheet") if !has_formats => {
                    let p = prefix(tag.name());
                    out.put(event.clone());
                    out.raw(&format!(
                            r#"<{p}numFmts count="1"><{p}numFmt numFmtId="{date_format}" formatCode="yyyy\-mm\-dd"/></{p}numFmts>"#
                        ),
                    );
                    continue;
                }
                (Event::End(tag), "numFmts") => {
                    let p = prefix(tag.name());
                    out.raw(&format!(r#"<{p}numFmt numFmtId="{date_format}" formatCode="yyyy\-mm\-dd"/>"#));
                }
                (Event::End(tag), "fills") => {
                    let p = prefix(tag.name());
                    out.raw(&format!(
                            r#"<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="{MARK}"/><{p}bgColor indexed="64"/></{p}patternFill></{p}fill>"#
                        ),
                    );
                }
                (Event::Start(_), "cellXfs") => inside = true,
                (Event::Start(_) | Event::Empty(_), "xf") if inside => copies.push(vec![event.clone().into_owned()]),
                (Event::End(_), "cellXfs") => {
                    inside = false;
                    for n in 0..self.added.len() {
                        let (base, look) = self.added[n];
                        let copy = self.varied(copies.get(base), look, date_format);
                        copy.iter().for_each(|e| out.put(e.clone()));
                        copies.push(copy);
                    }
                }
                _ if inside => {
                    if let Some(last) = copies.last_mut() {
                        last.push(event.clone().into_owned());
                    }
                }
                _ => {}
            }
            out.put(counted(event, &name, self, has_formats));
        }
        Some(out.text())
    }

    fn varied(&self, base: Option<&Vec<Event<'static>>>, look: Look, date_format: u32) -> Vec<Event<'static>> {
        let mut events = base.cloned().unwrap_or_else(|| vec![Event::Empty(BytesStart::new("xf"))]);
        let fill = self.fills.to_string();
        let format = date_format.to_string();
        let (drop, add): ([&str; 2], [(&str, &str); 2]) = match look {
            Look::Dated => (["numFmtId", "applyNumberFormat"], [("numFmtId", &format), ("applyNumberFormat", "1")]),
            Look::Marked => (["fillId", "applyFill"], [("fillId", &fill), ("applyFill", "1")]),
        };
        if let Some(Event::Start(tag) | Event::Empty(tag)) = events.first_mut() {
            *tag = without(tag, &drop);
            tag.extend_attributes(add);
        }
        // White space between formats was taken along with the one before it.
        let end = match events.first() {
            Some(Event::Start(tag)) => Some(tag.to_end().into_owned()),
            _ => None,
        };
        match end {
            None => events.truncate(1),
            Some(end) => {
                let closes = |e: &Event<'_>| matches!(e, Event::End(tag) if tag.name() == end.name());
                let last = events.iter().position(closes).unwrap_or(events.len() - 1);
                events.truncate(last + 1);
                if !events.last().is_some_and(closes) {
                    events.push(Event::End(end));
                }
            }
        }
        events
    }
}

/// The opening tag of a list that grew says how long it is now.
fn counted<'e>(event: Event<'e>, name: &str, styles: &Styles, has_formats: bool) -> Event<'e> {
    let count = match name {
        "cellXfs" => styles.total(),
        "fills" => styles.fills + 1,
        "numFmts" if has_formats => styles.custom.len() + 1,
        _ => return event,
    };
    let Event::Start(tag) = &event else { return event };
    let mut tag = without(tag, &["count"]);
    tag.push_attribute(("count", count.to_string().as_str()));
    Event::Start(tag)
}
