//! A ledger as JSON: a list of objects, or a list of lists of which the first is the header.
//!
//! Objects keep the order of their keys, which a map would lose. Whoever fetched the text has limited its length; how
//! many values it makes is limited here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A header and the rows below it.
pub type Table = (Vec<String>, Vec<Vec<String>>);

/// Reads a list of rows. `pointer`: where in the document it stands (RFC 6901), empty for the document itself.
/// `limit`: most cells.
///
/// # Errors
/// One sentence with the place of what cannot be read.
pub fn rows_of_json(text: &[u8], pointer: &str, limit: usize) -> Result<Table, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    // A value of one letter takes many bytes of memory. Commas inside texts count too: twice as many are allowed.
    if text.iter().filter(|b| matches!(b, b',' | b'[' | b'{')).count() > 2 * limit {
        return Err(too_many(limit));
    }
    let document: Node = serde_json::from_slice(text).map_err(|e| format!("it is no JSON: {e}"))?;
    let list = match document.at(pointer) {
        Some(Node::List(list)) => list,
        Some(_) => return Err(format!("at {} stands no list of rows; set rows = \"/…\"", shown(pointer))),
        None => return Err(format!("there is nothing at {}; set rows to where the list stands", shown(pointer))),
    };
    match list.first() {
        Some(Node::List(_)) => lists(list),
        _ => objects(list, limit),
    }
}

fn too_many(limit: usize) -> String {
    format!("more than {limit} cells; ask the other side for less")
}

fn shown(pointer: &str) -> &str {
    if pointer.is_empty() { "the top" } else { pointer }
}

fn lists(list: &[Node]) -> Result<Table, String> {
    let mut rows = list.iter().enumerate().map(|(i, row)| match row {
        Node::List(cells) => Ok(cells.iter().map(Node::cell).collect::<Vec<String>>()),
        _ => Err(format!("row {i} of the list is not a list like the first one")),
    });
    let header = rows.next().transpose()?.unwrap_or_default();
    Ok((header, rows.collect::<Result<_, _>>()?))
}

/// All keys of all objects, in the order in which they come first.
fn objects(list: &[Node], limit: usize) -> Result<Table, String> {
    let mut headers: Vec<String> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut rows = Vec::with_capacity(list.len());
    let mut left = limit;
    for (i, row) in list.iter().enumerate() {
        let Node::Object(fields) = row else { return Err(format!("row {i} of the list is no object")) };
        let mut cells = Vec::new();
        for (key, value) in fields {
            let place = *places.entry(key.as_str()).or_insert_with(|| {
                headers.push(key.clone());
                headers.len() - 1
            });
            if cells.len() <= place {
                cells.resize(place + 1, String::new());
            }
            cells[place] = value.cell();
        }
        // Each row with a key of its own would make a square of the text.
        left = left.checked_sub(cells.len()).ok_or_else(|| too_many(limit))?;
        rows.push(cells);
    }
    Ok((headers, rows))
}

/// A JSON value with its keys in order.
enum Node {
    Null,
    Truth(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    fn at(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |node, step| match node {
            Node::Object(fields) => {
                let key = step.replace("~1", "/").replace("~0", "~");
                fields.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
            }
            Node::List(list) => list.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// As a person would have typed it; a list of names as people write one.
    fn cell(&self) -> String {
        match self {
            Node::Null => String::new(),
            Node::Truth(yes) => if *yes { "是" } else { "否" }.to_owned(),
            Node::Number(n) if n.is_f64() => n.as_f64().unwrap_or_default().to_string(),
            Node::Number(n) => n.to_string(),
            Node::Text(text) => text.clone(),
            Node::List(list) => list.iter().map(Node::cell).collect::<Vec<_>>().join("、"),
            Node::Object(fields) => {
                fields.iter().map(|(k, v)| format!("{k}: {}", v.cell())).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Node, E> {
        Ok(Node::Truth(yes))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Node, E> {
        Ok(Node::Number(n.into()))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Node, E> {
        Ok(Node::Number(n.into()))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Node, E> {
        Ok(serde_json::Number::from_f64(n).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, rows_of_json};

    fn read(text: &str, pointer: &str) -> Result<Table, String> {
        rows_of_json(text.as_bytes(), pointer, 1_000)
    }

    #[test]
    fn objects_and_lists() {
        let (headers, rows) = read(
            r#"{"data": {"a/b": [{"z": 1, "a": "x"}, {"a": null, "m": [ "张三", "李四" ], "z": 1e20}]}}"#,
            "/data/a~1b",
        )
        .expect("reads");
        assert_eq!(headers, ["z", "a", "m"]);
        assert_eq!(rows[0], ["1", "x"]);
        assert_eq!(rows[1], ["100000000000000000000", "", "张三、李四"]);
        let (headers, rows) = read(r#"[["a", "b"], [true, 2.5], ["x", {"k": "v"}]]"#, "").expect("reads");
        assert_eq!(headers, ["a", "b"]);
        assert_eq!(rows, [["是", "2.5"], ["x", "k: v"]]);
        assert_eq!(read("[]", ""), Ok((Vec::new(), Vec::new())));
    }

    #[test]
    fn what_is_no_table_is_said() {
        assert!(read("<html>", "").is_err_and(|e| e.contains("no JSON")));
        assert!(read("{}", "").is_err_and(|e| e.contains("rows = ")));
        assert!(read("{}", "/a").is_err_and(|e| e.contains("nothing at /a")));
        assert!(read("[1]", "").is_err_and(|e| e.contains("row 0")));
        assert!(read("[[1], 2]", "").is_err_and(|e| e.contains("row 1")));
        let deep = "[".repeat(1_000);
        assert!(read(&deep, "").is_err_and(|e| e.contains("no JSON")), "depth is limited");
        let many = format!("[{}1]", "1,".repeat(3_000));
        assert!(read(&many, "").is_err_and(|e| e.contains("1000 cells")));
        let square: Vec<String> = (0..200).map(|n| format!("{{\"k{n}\":1}}")).collect();
        assert!(read(&format!("[{}]", square.join(",")), "").is_err_and(|e| e.contains("1000 cells")));
    }
}
