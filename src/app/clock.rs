//! Whether the machine's clock is believed, and accepting it.

use super::{Gateway, Result};

pub use crate::gateway::trust::Doubt;

/// Why the clock is not believed; `None`: it is.
///
/// # Errors
/// When the database does not answer.
pub async fn doubt(gateway: &Gateway) -> Result<Option<Doubt>> {
    Ok(gateway.clock_doubt().await?)
}

/// The clock is right: the office goes on by it.
///
/// # Errors
/// When the database does not answer.
pub async fn accept(gateway: &Gateway) -> Result<()> {
    Ok(gateway.accept_clock().await?)
}
