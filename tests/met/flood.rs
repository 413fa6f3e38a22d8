//! Limits on what one account may say: nothing is dropped, an emergency never waits.
