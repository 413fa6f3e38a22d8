//! Messages as data become text: one place for every dialect's escaping, one for the wording.
//!
//! [`phrases`] is the catalogue (built in, overridable by the office), [`dialect`] writes a message in
//! a channel's markup, [`split`] cuts what is too long at line ends.

pub mod dialect;
pub mod dossier;
pub mod phrases;
pub mod split;

pub use dialect::{Rendered, escape, part, render};
pub use dossier::{Dossier, DossierRow, dossier};
pub use phrases::Phrases;
