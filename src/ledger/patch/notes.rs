//! Notes on cells (ECMA-376 part 1, 18.7), with the drawing in which spreadsheet programs show them (part 4, VML).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::parts::Parts;
use super::{Cell, Out, escaped, prefix};
use crate::column_letter;
use crate::package::{Package, SheetPart, attribute};

const AUTHOR: &str = "dutybell";

/// Adds notes to a sheet's parts. Gives the relation of its drawing, which the sheet must name.
pub(super) fn add(
    package: &mut Package<'_>,
    parts: &mut Parts,
    sheet: &SheetPart,
    n: usize,
    notes: &BTreeMap<Cell, String>,
) -> Option<String> {
    let relations = package.relations(&sheet.path);
    let there = |kind: &str| relations.iter().find(|r| r.kind == kind).cloned();
    let comments = there("comments");
    let mut left = notes.clone();
    let (path, xml) = match &comments {
        Some(relation) => (relation.target.clone(), extended(&package.text(&relation.target)?, &mut left)),
        None => {
            let path = format!("xl/dutybell-comments{n}.xml");
            parts.relate(package, &sheet.path, "comments", &path);
            parts.declare(&path, "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml");
            let xml = format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><comments xmlns="{}"><authors><author>{AUTHOR}</author></authors><commentList>{}</commentList></comments>"#,
                parts.names.main,
                left.iter().map(|(cell, text)| comment("", *cell, 0, text)).collect::<String>()
            );
            (path, xml)
        }
    };
    parts.put(&path, xml);
    let shapes: String = left.keys().enumerate().map(|(i, cell)| shape(n, i, *cell)).collect();
    match there("vmlDrawing") {
        Some(drawing) => {
            // The last closing tag is the root's.
            let mut vml = package.text(&drawing.target)?;
            let end = vml.rfind("</")?;
            vml.insert_str(end, &shapes);
            parts.put(&drawing.target, vml);
            Some(drawing.id)
        }
        None => {
            let path = format!("xl/drawings/dutybell-notes{n}.vml");
            parts.declare_ending("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing");
            parts.put(
                &path,
                format!(
                    r##"<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>{shapes}</xml>"##
                ),
            );
            Some(parts.relate(package, &sheet.path, "vmlDrawing", &path))
        }
    }
}

fn comment(p: &str, cell: Cell, author: usize, text: &str) -> String {
    format!(
        r#"<{p}comment ref="{}{}" authorId="{author}"><{p}text>{}</{p}text></{p}comment>"#,
        column_letter(cell.1.into()),
        cell.0,
        run(p, text)
    )
}

fn run(p: &str, text: &str) -> String {
    format!(r#"<{p}r><{p}t xml:space="preserve">{}</{p}t></{p}r>"#, escaped(text))
}

/// A hidden box beside the cell; it shows while the pointer is there.
fn shape(sheet: usize, n: usize, (row, column): Cell) -> String {
    let (top, left) = (row.saturating_sub(1), u32::from(column));
    let mut xml = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        xml,
        r##"<v:shape id="_dutybell_{sheet}_{n}" type="#_x0000_t202" style="position:absolute;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:path o:connecttype="none"/><v:textbox/><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{}, 15, {}, 2, {}, 31, {}, 9</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{top}</x:Row><x:Column>{left}</x:Column></x:ClientData></v:shape>"##,
        left + 1,
        top.saturating_sub(1),
        left + 4,
        top + 4
    );
    xml
}

/// Notes that are there, with ours: on a cell that has one, ours stands below it. Takes from `left` what needs no
/// box of its own.
fn extended(xml: &str, left: &mut BTreeMap<Cell, String>) -> String {
    let mut reader = Reader::from_str(xml);
    let mut out = Out::new(xml.len());
    let mut authors = 0;
    let mut here: Option<String> = None;
    let all = left.clone();
    while let Ok(event) = reader.read_event() {
        match &event {
            Event::Eof => break,
            Event::Start(tag) if tag.local_name().as_ref() == "author" => authors += 1,
            Event::End(tag) if tag.local_name().as_ref() == "authors" => {
                let p = prefix(tag.name());
                out.raw(&format!("<{p}author>{AUTHOR}</{p}author>"));
            }
            Event::Start(tag) if tag.local_name().as_ref() == "comment" => {
                let cell = attribute(tag, "ref").and_then(|r| crate::package::position(&r));
                here = cell.and_then(|cell| left.remove(&cell));
            }
            Event::End(tag) if tag.local_name().as_ref() == "text" => {
                if let Some(text) = here.take() {
                    let p = prefix(tag.name());
                    out.raw(&run(&p, &format!("\n{AUTHOR}: {text}")));
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == "commentList" => {
                let p = prefix(tag.name());
                for (cell, text) in all.iter().filter(|(cell, _)| left.contains_key(cell)) {
                    out.raw(&comment(&p, *cell, authors, text));
                }
            }
            _ => {}
        }
        out.put(event);
    }
    out.text()
}
