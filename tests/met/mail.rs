//! Letters as mail programs write them.
