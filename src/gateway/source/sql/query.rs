//! The text of a query: one statement that reads.
//!
//! The first of three fences. What this reader could misjudge (dollar quotes, backslashes in strings, nested
//! comments: each engine has its own) it refuses too much of, never too little, or the engine refuses when it
//! prepares the statement; SQLite, which would run several, has none of these.

/// Words with which MySQL and MariaDB write files from a SELECT; a read-only transaction does not stop them. Looked
/// for everywhere, as the rules of quoting are not theirs here.
const FILE_WORDS: [&str; 2] = ["outfile", "dumpfile"];

/// Is it one SELECT or WITH statement?
///
/// # Errors
/// One sentence with what to write instead.
pub fn check_query(query: &str) -> Result<(), String> {
    let bare = without_texts(query)?;
    let (first, rest) = bare.split_once(';').unwrap_or((&bare, ""));
    if !rest.replace(';', " ").trim().is_empty() {
        return Err("the query has more than one statement; keep one SELECT (put a semicolon in a text into a \
                    view on the other side)"
            .to_owned());
    }
    let word: String = first
        .trim_start_matches(|c: char| c.is_whitespace() || c == '(')
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    if !["select", "with"].contains(&word.to_ascii_lowercase().as_str()) {
        return Err("the query must begin with SELECT or WITH; a source only reads".to_owned());
    }
    let lower = query.to_ascii_lowercase();
    if let Some(word) = FILE_WORDS.iter().find(|w| lower.contains(**w)) {
        return Err(format!("the query contains {}, which writes files; a source only reads", word.to_uppercase()));
    }
    Ok(())
}

/// The query with columns and rows bounded where they arise: at most one row and one character more than is taken, so
/// that what is too much is seen without being sent. `cell` writes a column, whose name is given, so bounded.
pub(super) fn bounded(query: &str, columns: usize, rows: usize, cell: impl Fn(&str) -> String) -> String {
    let names: Vec<String> = (1..=columns).map(|n| format!("c{n}")).collect();
    let cells: Vec<String> = names.iter().map(|name| cell(name)).collect();
    // The line's end closes a comment that the query may end with.
    format!(
        "WITH q ({}) AS (\n{}\n) SELECT {} FROM q LIMIT {}",
        names.join(", "),
        one_statement(query),
        cells.join(", "),
        rows + 1
    )
}

/// The statement without the semicolon behind it, and what follows that.
fn one_statement(query: &str) -> &str {
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        match end_of(rest, c) {
            Ok((_, false)) if c == ';' => return &query[..query.len() - rest.len()],
            Ok((Some(end), _)) => rest = &rest[end..],
            // Refused when the source was made.
            Ok((None, _)) | Err(_) => return query,
        }
    }
    query
}

/// The query with a space for every text, quoted name and comment.
fn without_texts(query: &str) -> Result<String, String> {
    let mut bare = String::new();
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        let (end, skipped) = end_of(rest, c)?;
        let Some(end) = end else {
            return Err(format!("the query has an opening {c} without its end"));
        };
        bare.push_str(if skipped { " " } else { &rest[..end] });
        rest = &rest[end..];
    }
    Ok(bare)
}

/// Where the text, quoted name, comment or sign ends that begins with `c`, and whether it is one of the first three.
fn end_of(rest: &str, c: char) -> Result<(Option<usize>, bool), String> {
    Ok({
        match c {
            '\'' | '"' | '`' => (rest[1..].find(c).map(|i| i + 2), true),
            '[' => (rest.find(']').map(|i| i + 1), true),
            '-' if rest.starts_with("--") => (Some(rest.find('\n').map_or(rest.len(), |i| i + 1)), true),
            // MySQL runs what stands in these.
            '/' if rest.starts_with("/*!") || rest.starts_with("/*M!") => {
                return Err("the query has a comment that MySQL would run (/*!); take it out".to_owned());
            }
            '/' if rest.starts_with("/*") => (rest[2..].find("*/").map(|i| i + 4), true),
            _ => (Some(c.len_utf8()), false),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{bounded, check_query};

    #[test]
    fn one_statement_that_reads() {
        for good in [
            "SELECT 1",
            "  select a, 'x;y' AS \"b;c\" FROM t WHERE d <> '--' ;  ",
            "WITH x AS (SELECT 1) SELECT * FROM x; -- the end; really",
            "/* all; of it */ SELECT 1",
            "-- first\n(SELECT 1) UNION (SELECT 2)",
            "SELECT 'it''s; fine'",
            "SELECT [a;b] FROM t",
        ] {
            assert_eq!(check_query(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_follows_the_statement_is_left_out_of_the_bounded_one() {
        for query in ["SELECT ';' AS a -- ; b", "SELECT ';' AS a -- ; b\n; -- the end", "SELECT ';' AS a -- ; b\n;  "] {
            let text = bounded(query, 1, 9, |c| format!("left({c}, 3)"));
            assert!(text.starts_with("WITH q (c1) AS (\nSELECT ';' AS a -- ; b\n"), "{text}");
            assert!(text.ends_with(") SELECT left(c1, 3) FROM q LIMIT 10"), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (bad, why) in [
            ("UPDATE t SET a = 1", "SELECT or WITH"),
            ("", "SELECT or WITH"),
            ("DELETE FROM t", "SELECT or WITH"),
            ("SELECTED", "SELECT or WITH"),
            ("EXPLAIN ANALYZE DELETE FROM t", "SELECT or WITH"),
            ("PRAGMA writable_schema = 1", "SELECT or WITH"),
            ("SELECT 1; DELETE FROM t", "more than one"),
            ("SELECT 1;;DELETE FROM t", "more than one"),
            ("SELECT 'a'';'; DELETE FROM t", "more than one"),
            ("SELECT 1 /* ; */; DELETE FROM t -- ;", "more than one"),
            ("SELECT /* /* */ 1; DELETE FROM t", "more than one"),
            ("SELECT '", "without its end"),
            ("SELECT 1 /* x", "without its end"),
            ("SELECT 1 /*! ; DELETE FROM t */", "MySQL"),
            ("SELECT a FROM t INTO OutFile '/tmp/x'", "OUTFILE"),
            ("SELECT '\\'' INTO DUMPFILE '/tmp/x' -- '", "DUMPFILE"),
        ] {
            let refusal = check_query(bad).expect_err(bad);
            assert!(refusal.contains(why), "{bad}: {refusal}");
        }
    }
}
