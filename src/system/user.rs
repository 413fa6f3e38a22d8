//! Who sits at this terminal.

/// The name that the system knows whoever runs this program by: who called `sudo`, else who logged in. `unknown` where the
/// system does not say. It is what the system says, and no proof.
#[must_use]
pub fn user() -> String {
    let said = ["SUDO_USER", "USER", "LOGNAME", "USERNAME"].iter().filter_map(|name| std::env::var(name).ok());
    said.map(|name| name.trim().to_owned()).find(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
