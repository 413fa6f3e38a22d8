//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{WeComBot, WeComBotConfig};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "wecom_bot",
    read: read::<WeComBotConfig>,
    guide: Some(Guide {
        steps: &[
            "In WeCom: 工作台 → 智能机器人 → 创建机器人 → 手动创建 → API 模式创建; of its two ways choose 使用长连接.",
            "Copy Bot ID and Secret.",
            "可见范围: everybody who may be told anything. A bot may write only to who has written to it: each of them opens \
             it in WeCom and sends it a word, or the code of `dutybell people link`.",
        ],
        head: "[wecom_bot]",
        fields: &[
            Field::new("bot_id", "Bot ID", Kind::Text),
            Field::new("secret", "Secret", Kind::Secret),
            Field::new("api_url", "Another address than WeCom's own (empty: WeCom's)", Kind::Optional),
        ],
        tail: "",
        address: "Your UserID (账号), with its capitals",
    }),
};

impl Section for WeComBotConfig {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        Ok(Arc::new(WeComBot::new(self.clone())?.with_lease(around.lease)))
    }

    fn way_in(&self, _code: &str, _site: Option<&str>, _listen: SocketAddr) -> String {
        "they open the bot in WeCom and send it there".to_owned()
    }
}
