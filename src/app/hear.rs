//! A platform's call to us: proven by its channel, stored, and only then confirmed.

use super::{Gateway, Result};
use crate::channel::{Call, Called};
use crate::store::inbox;

/// What a call came to.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// Stored; the platform is answered with this text.
    Stored { answer: String },
    /// It is not proven to come from the platform; nothing in it is believed.
    Refused { reason: &'static str },
    /// No channel in use is called by that name.
    NotHere,
}

/// Hears a call for the channel of a name.
///
/// # Errors
/// When it could not be stored: the platform must not be told that it was.
pub async fn call(gateway: &Gateway, name: &str, call: &Call<'_>) -> Result<Heard> {
    let Some(channel) = gateway.channel(name) else { return Ok(Heard::NotHere) };
    match channel.called(call) {
        Called::NotHere => Ok(Heard::NotHere),
        Called::Refused { reason } => {
            gateway.refused_calls.refused(name);
            Ok(Heard::Refused { reason })
        }
        Called::Heard { updates, answer } => {
            if !updates.is_empty() {
                inbox::receive(&gateway.store, name, &channel.account(), &updates, gateway.now()).await?;
                gateway.bell.notify_waiters();
            }
            Ok(Heard::Stored { answer })
        }
    }
}
