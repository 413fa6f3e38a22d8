//! Who is who: people, posts and units in imports.
