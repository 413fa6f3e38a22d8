//! Patterns that are part of this program: compiled once, on first use.

use regex::Regex;

/// Compiles a pattern that is part of this program.
///
/// A pattern that does not compile is a mistake in the source, found by the first test that uses it; it is
/// replaced by one that never matches, so that no text can bring the gateway down.
pub fn pattern(source: &str) -> Regex {
    Regex::new(source).unwrap_or_else(|error| {
        debug_assert!(false, "pattern {source}: {error}");
        never()
    })
}

fn never() -> Regex {
    Regex::new(r"[^\s\S]").expect("compiles") // an empty class, a constant; see the test below
}

/// Declares a compiled pattern that is built on first use.
#[macro_export]
macro_rules! re {
    ($name:ident, $source:expr) => {
        pub(super) static $name: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| $crate::patterns::pattern($source));
    };
}

#[doc(inline)]
pub use crate::re;

#[cfg(test)]
mod tests {
    #[test]
    fn the_pattern_for_mistakes_never_matches() {
        assert!(!super::never().is_match("x\n "));
    }
}
