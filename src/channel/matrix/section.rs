//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Matrix, MatrixConfig};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "matrix",
    read: read::<MatrixConfig>,
    guide: Some(Guide {
        steps: &[
            "On your homeserver make an account for the bell and sign in once to get an access token of its own.",
            "Lift its limits (docs/channels/matrix.md, step 3): an office on a Monday morning needs it.",
        ],
        head: "[matrix]",
        fields: &[
            Field::new("homeserver", "Address of the homeserver (https://matrix.example.org)", Kind::Text),
            Field::new("user_id", "The account (@bell:example.org)", Kind::Text),
            Field::new("access_token", "Access token", Kind::Secret),
        ],
        tail: "",
        address: "Your user id (@name:server)",
    }),
};

impl Section for MatrixConfig {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        let _ = around;
        Ok(Arc::new(Matrix::new(self.clone())?))
    }

    fn way_in(&self, _code: &str, _site: Option<&str>, _listen: SocketAddr) -> String {
        format!("they open a chat with {}, without encryption, and send it there", self.user_id)
    }
}
