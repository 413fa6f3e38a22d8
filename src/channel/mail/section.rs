//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::sync::Arc;

use super::{Mail, MailConfig};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "mail",
    read: read::<MailConfig>,
    guide: Some(Guide {
        steps: &[
            "Make a mailbox for the bell, such as bell@example.org, that may send by SMTP with STARTTLS.",
            "Answers by mail are set up afterwards: docs/channels/mail.md.",
        ],
        head: "[mail]",
        fields: &[
            Field::new("from", "Address of the bell (bell@example.org)", Kind::Text),
            Field::new("message_domain", "Its domain (example.org)", Kind::Text),
            Field::new("transport.host", "SMTP server (smtp.example.org)", Kind::Text),
            Field::new("transport.port", "Port (587)", Kind::Number),
            Field::new("transport.user", "Login", Kind::Text),
            Field::new("transport.password", "Password", Kind::Secret),
        ],
        tail: "transport.type = \"smtp\"\ntransport.security = \"starttls\"\n",
        address: "Your mail address",
    }),
};

impl Section for MailConfig {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        let mail = Mail::new(self.clone(), around.clock.clone())?.with_site(around.site.clone());
        Ok(match around.secret.clone().filter(|_| self.wants_secret()) {
            Some(secret) => Arc::new(mail.with_secret(secret)),
            None => Arc::new(mail),
        })
    }

    fn hears_itself(&self) -> bool {
        self.incoming.is_some()
    }

    fn wants_secret(&self) -> bool {
        self.incoming.is_some() && self.token_secret.is_none()
    }
}
