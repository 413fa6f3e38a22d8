//! What two offices met in a month of their own: who hears what, and what figures count.

#[path = "offices/confirmed.rs"]
mod confirmed;
#[path = "offices/given_back.rs"]
mod given_back;
#[path = "offices/handed_on.rs"]
mod handed_on;
#[path = "offices/languages.rs"]
mod languages;
#[path = "offices/rates.rs"]
mod rates;
#[path = "offices/reopened.rs"]
mod reopened;
#[path = "offices/restored.rs"]
mod restored;
#[path = "offices/unopened.rs"]
mod unopened;

use crate::callers::{HOST, code, of, since, who};
use crate::story::Story;

fn heard<const N: usize>(story: &Story, logins: [&str; N]) -> [usize; N] {
    logins.map(|login| story.heard(login).len())
}
