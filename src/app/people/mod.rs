//! The register of people: who is meant, and everything that is done to an entry.

mod absence;
mod account;
mod entry;
mod handover;
mod leaving;
mod merge;
mod unlinked;
mod who;

pub use absence::{Absence, Added, absences, add_absence, end_absence};
pub use account::{Code, export, is_reached, link, unlink};
pub use entry::{PostEnded, Renamed, Split, SplitWhat, end_post, rename, split};
pub use handover::{Handover, hand_over};
pub use leaving::{Back, Leaving, offboard, take_back};
pub use merge::{Merged, merge};
pub use unlinked::{Unlinked, unlinked};
pub use who::Register;

pub use crate::gateway::owners::Moved;

use crate::core::org::{Directory, PostId};

/// A post as people say it: its unit and its title.
pub fn post_name(directory: &Directory, post: PostId) -> String {
    let Some(post) = directory.post(post) else { return String::new() };
    format!("{} {}", directory.path(post.unit), post.title)
}
