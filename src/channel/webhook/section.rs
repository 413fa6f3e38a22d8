//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::sync::Arc;

use serde::Deserialize;
use toml::Value;

use super::{WebhookConfig, Webhooks};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "webhook",
    read: receivers,
    guide: Some(Guide {
        steps: &[
            "Make an incoming webhook or a group's robot on the platform and copy its address (docs/channels/webhook.md).",
        ],
        head: "[[webhook]]",
        fields: &[
            Field::new("name", "A name of your choice, such as duty-group", Kind::Text),
            Field::new(
                "preset",
                "Kind: standard, slack, mattermost, dingtalk, feishu, wecom, ntfy, apprise",
                Kind::Text,
            ),
            Field::new("hook_url", "Its address", Kind::Secret),
        ],
        tail: "",
        address: "The name you chose",
    }),
};

/// All receivers.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Receivers(Vec<WebhookConfig>);

/// An empty list is none.
fn receivers(given: Option<Value>) -> Result<Option<Arc<dyn Section>>, toml::de::Error> {
    read::<Receivers>(given.filter(|v| v.as_array().is_none_or(|list| !list.is_empty())))
}

impl Section for Receivers {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        Ok(Arc::new(Webhooks::new(&self.0, around.clock.clone())?))
    }
}
