//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Deserialize;
use toml::{Table, Value};

use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Section};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor { name: "desk", read: page, guide: None };

/// The built-in chat page.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeskConfig {
    enabled: bool,
}

impl Default for DeskConfig {
    fn default() -> DeskConfig {
        DeskConfig { enabled: true }
    }
}

/// There unless it is switched off.
fn page(given: Option<Value>) -> Result<Option<Arc<dyn Section>>, toml::de::Error> {
    let desk: DeskConfig = given.unwrap_or_else(|| Value::Table(Table::new())).try_into()?;
    Ok(desk.enabled.then(|| Arc::new(desk) as Arc<dyn Section>))
}

impl Section for DeskConfig {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        Ok(Arc::new(around.desk.clone()))
    }

    fn way_in(&self, code: &str, site: Option<&str>, listen: SocketAddr) -> String {
        match site {
            Some(url) => format!("or they open {}/desk?code={code}", url.trim_end_matches('/')),
            None => format!("they open http://{listen}/desk?code={code}"),
        }
    }
}
