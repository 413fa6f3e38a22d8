//! What two offices met in a month of their own: who hears what, and what figures count.

mod confirmed;
mod given_back;
mod handed_on;
mod languages;
mod rates;
mod reopened;
mod restored;
mod unopened;

use crate::met::callers::{HOST, code, of, since, who};
use crate::story::Story;

fn heard<const N: usize>(story: &Story, logins: [&str; N]) -> [usize; N] {
    logins.map(|login| story.heard(login).len())
}
