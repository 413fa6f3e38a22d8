//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::net::SocketAddr;
use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;

use super::{Telegram, TelegramConfig};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "telegram",
    read: read::<TelegramSettings>,
    guide: Some(Guide {
        steps: &[
            "In Telegram write /newbot to @BotFather, answer its two questions, and copy the token.",
            "Write any word to the new bot from your own account; your chat id is what @userinfobot tells you.",
        ],
        head: "[telegram]",
        fields: &[
            Field::new("token", "Token (123456:ABC…)", Kind::Secret),
            Field::new("bot_username", "Name of the bot, without @", Kind::Text),
            Field::new("api_url", "Address of a Bot API server of your own (empty: Telegram's)", Kind::Optional),
        ],
        tail: "",
        address: "Your chat id",
    }),
};

/// A Telegram bot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TelegramSettings {
    /// As BotFather gave it; better in `token_file`.
    token: SecretString,
    /// Another Bot API server than Telegram's own.
    #[serde(default)]
    api_url: Option<String>,
    /// Name of the bot without `@`, for links that open a chat with it.
    #[serde(default)]
    bot_username: Option<String>,
    #[serde(default)]
    mode: TelegramMode,
    /// Secret that Telegram sends with each webhook call: 1 to 256 of A-Z, a-z, 0-9, `_`, `-`.
    #[serde(default)]
    webhook_secret: Option<SecretString>,
}

/// How updates come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TelegramMode {
    /// Asked for by long polling: needs no open port.
    #[default]
    Poll,
    /// Brought by Telegram to `[web] public_url`.
    Webhook,
}

impl Section for TelegramSettings {
    fn check(&self, site: Option<&str>) -> Result<(), String> {
        let reached = self.webhook_secret.is_some() && site.is_some_and(|url| url.starts_with("https://"));
        if self.mode == TelegramMode::Webhook && !reached {
            return Err("[telegram] mode = \"webhook\" needs webhook_secret and an https [web] public_url".to_owned());
        }
        Ok(())
    }

    fn build(&self, _around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        let telegram = Telegram::new(TelegramConfig {
            token: self.token.clone(),
            api_url: self.api_url.clone(),
            bot_username: self.bot_username.clone(),
        })?;
        // That a webhook has a secret was checked with the configuration.
        let secret = self.webhook_secret.clone().filter(|_| self.mode == TelegramMode::Webhook);
        Ok(Arc::new(match secret {
            Some(secret) => telegram.with_webhook(secret),
            None => telegram,
        }))
    }

    fn way_in(&self, code: &str, _site: Option<&str>, _listen: SocketAddr) -> String {
        match &self.bot_username {
            Some(bot) => format!("or they open https://t.me/{bot}?start={code}"),
            None => "they send it to the bot; with [telegram] bot_username set, a link is shown here".to_owned(),
        }
    }
}
