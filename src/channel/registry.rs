//! Which channels there are, a line each. What the program knows of one before it is built is the [`Descriptor`] in its
//! folder; what lists of people call it stands in [`dutybell_core::channels`], under the same name.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use toml::Value;

use crate::access::Shared;
use crate::desk::Desk;
use crate::{Channel, Clock};

/// All channels; of several in use the first is offered first.
pub const REGISTRY: [&Descriptor; 10] = [
    &crate::telegram::section::DESCRIPTOR,
    &crate::matrix::section::DESCRIPTOR,
    &crate::wecom::section::DESCRIPTOR,
    &crate::wecom_bot::section::DESCRIPTOR,
    &crate::feishu::section::DESCRIPTOR,
    &crate::dingtalk::section::DESCRIPTOR,
    &crate::desk::section::DESCRIPTOR,
    &crate::mail::section::DESCRIPTOR,
    &crate::sms::section::DESCRIPTOR,
    &crate::webhook::section::DESCRIPTOR,
];

/// Why a channel cannot be built; names the setting, never a secret.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A section as it was read; `None`: the channel is not used.
pub type Read = Result<Option<Arc<dyn Section>>, toml::de::Error>;

/// One channel.
#[derive(Debug)]
pub struct Descriptor {
    /// As the configuration and contact points call it.
    pub name: &'static str,
    /// Reads its section of the configuration, if there is one.
    pub read: fn(Option<Value>) -> Read,
    /// How it is set up; `None`: there is nothing to do.
    pub guide: Option<Guide>,
}

/// Reads a section as what it is.
///
/// # Errors
/// Serde's: a key that is unknown or missing, a wrong type.
pub fn read<S: Section + DeserializeOwned + 'static>(given: Option<Value>) -> Read {
    given.map(|value| Ok(Arc::new(value.try_into::<S>()?) as Arc<dyn Section>)).transpose()
}

/// What the office gives to every channel.
pub struct Around {
    pub clock: Clock,
    /// Where access tokens are kept for all gateways.
    pub shared: Option<Arc<dyn Shared>>,
    /// A gateway that was not heard of for so long counts as dead.
    pub lease: Duration,
    /// Address of our own web server, as people reach it.
    pub site: Option<String>,
    /// Kept by the office for whoever wants one; see [`Section::wants_secret`].
    pub secret: Option<SecretString>,
    /// The built-in page's bell; its pages listen to the same.
    pub desk: Desk,
}

/// A channel's section of the configuration.
pub trait Section: std::fmt::Debug + Send + Sync {
    /// What types alone cannot say. `site`: the office's own web server.
    ///
    /// # Errors
    /// The text names the section and the key.
    fn check(&self, site: Option<&str>) -> Result<(), String> {
        let _ = site;
        Ok(())
    }

    /// Whether what it sends to itself comes back.
    fn hears_itself(&self) -> bool {
        false
    }

    /// Whether it signs with a secret that the section does not name: the office then makes one and keeps it.
    fn wants_secret(&self) -> bool {
        false
    }

    /// Builds the channel. Checks everything that can be checked without its platform, and calls nobody.
    ///
    /// # Errors
    /// A fault in the section.
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault>;

    /// Where a person takes the code that links their account. `site`, `listen`: our own web server, as people and as
    /// this machine call it.
    fn way_in(&self, code: &str, site: Option<&str>, listen: SocketAddr) -> String {
        let _ = (code, site, listen);
        "they send it there".to_owned()
    }
}

/// What to click on the platform, and which values to paste. The pages under `docs/channels` say more.
#[derive(Debug)]
pub struct Guide {
    pub steps: &'static [&'static str],
    /// The section's first lines.
    pub head: &'static str,
    pub fields: &'static [Field],
    /// Its last lines.
    pub tail: &'static str,
    /// What an address is called there.
    pub address: &'static str,
}

/// One value of a section.
#[derive(Debug)]
pub struct Field {
    /// Its key in the section.
    pub key: &'static str,
    /// The question.
    pub ask: &'static str,
    pub kind: Kind,
}

impl Field {
    pub(crate) const fn new(key: &'static str, ask: &'static str, kind: Kind) -> Field {
        Field { key, ask, kind }
    }
}

/// How a value is asked for and written down.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    Number,
    /// May be left empty.
    Optional,
    /// Goes into a file of its own that only its owner can read.
    Secret,
    /// The platform's own word: it becomes a key of the table, with this value.
    Named(&'static str),
    /// Such a word and then its value; may be left empty.
    Pair,
}

/// The descriptor of a channel.
#[must_use]
pub fn of(name: &str) -> Option<&'static Descriptor> {
    REGISTRY.into_iter().find(|channel| channel.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dutybell_core::channels::CHANNELS;

    #[test]
    fn the_registry_and_the_core_name_the_same_channels_in_the_same_order() {
        let described = REGISTRY.map(|channel| channel.name);
        assert_eq!(described.to_vec(), CHANNELS.iter().map(|c| c.name).collect::<Vec<_>>());
    }

    #[test]
    fn every_channel_that_has_to_be_set_up_has_a_guide_to_its_own_section() {
        for channel in REGISTRY.into_iter().filter(|channel| channel.name != "desk") {
            let guide = channel.guide.as_ref().unwrap_or_else(|| panic!("{} has no guide", channel.name));
            assert_eq!(guide.head.trim_matches(['[', ']']), channel.name);
            assert!(!guide.steps.is_empty() && !guide.fields.is_empty() && !guide.address.is_empty());
        }
    }
}
