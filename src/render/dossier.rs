//! The dossier of one item: a page that an auditor reads without the program.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

/// What the page shows; every text is escaped by the template.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Dossier {
    pub code: String,
    pub title: String,
    pub zone: String,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    pub rows: Vec<DossierRow>,
    /// What the verification of the chain said.
    pub proof: String,
    /// What the page itself says, by the phrase's name without `dossier_`.
    pub words: std::collections::BTreeMap<&'static str, String>,
    /// In which time zone the times are.
    pub times: String,
    pub head: String,
}

/// One line of what happened.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DossierRow {
    pub at: String,
    /// `decision`, `message`, `attempt`, `notice` or `reply`.
    pub kind: &'static str,
    pub label: String,
    pub who: String,
    pub channel: String,
    pub text: String,
    pub detail: String,
}

/// The page as HTML.
///
/// # Errors
/// When the shipped template does not work; the tests render it.
pub fn dossier(dossier: &Dossier) -> Result<String, minijinja::Error> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.render_str(include_str!("../../templates/dossier.html"), Serde(dossier))
}
