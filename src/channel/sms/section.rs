//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::sync::Arc;

use super::{Sms, SmsConfig};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "sms",
    read: read::<SmsConfig>,
    guide: Some(Guide {
        steps: &[
            "Take the address of the HTTP gateway of whoever sells you short messages, and the names of its fields \
             (docs/channels/sms.md).",
            "Its key goes into a field or into a header, as it asks; it stands in the configuration then, which only its \
             owner should be able to read (chmod 600). More fields can be added afterwards in [sms.fields].",
        ],
        head: "[sms]",
        fields: &[
            Field::new("hook_url", "Its address", Kind::Secret),
            Field::new("format", "How it is called: form, json or query (empty: form)", Kind::Optional),
            Field::new("signature", "Signature before the text, without brackets (empty: none)", Kind::Optional),
            Field::new(
                "success",
                "Words of an answer that took the message, a regular expression (empty: any 2xx)",
                Kind::Optional,
            ),
            Field::new("fields", "What it calls the field of the number (phone, mobile, to …)", Kind::Named("{to}")),
            Field::new("fields", "What it calls the field of the text (content, text, msg …)", Kind::Named("{text}")),
            Field::new("fields", "What it calls the field of your key (empty: none)", Kind::Pair),
            Field::new("headers", "Name of the header for your key, such as Authorization (empty: none)", Kind::Pair),
        ],
        tail: "",
        address: "A telephone number",
    }),
};

impl Section for SmsConfig {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        Ok(Arc::new(Sms::new(self.clone(), around.clock.clone())?))
    }
}
