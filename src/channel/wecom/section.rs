//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{WeCom, WeComConfig};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "wecom",
    read: read::<WeComConfig>,
    guide: Some(Guide {
        steps: &[
            "work.weixin.qq.com → 应用管理 → 自建 → 创建应用; 可见范围: everybody who may be told anything.",
            "On the app's page copy AgentId and Secret; 企业ID stands under 我的企业.",
            "On the app's page, 接收消息 → 设置API接收: enter https://YOUR-ADDRESS/hook/wecom, let it make Token and \
             EncodingAESKey, copy both, and save when `dutybell serve` runs.",
            "On the app's page, 企业可信IP: the address from which this server goes out.",
        ],
        head: "[wecom]",
        fields: &[
            Field::new("corp_id", "企业ID (ww…)", Kind::Text),
            Field::new("agent_id", "AgentId", Kind::Number),
            Field::new("app_secret", "Secret", Kind::Secret),
            Field::new("callback_token", "Token", Kind::Secret),
            Field::new("aes_key", "EncodingAESKey", Kind::Secret),
            Field::new("api_url", "Server of a WeCom of your own, such as 政务微信 (empty: WeCom's)", Kind::Optional),
        ],
        tail: "",
        address: "Your UserID (账号)",
    }),
};

impl Section for WeComConfig {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        let wecom = WeCom::new(self.clone(), around.clock.clone())?;
        Ok(match around.shared.clone() {
            Some(shared) => Arc::new(wecom.with_shared(shared)),
            None => Arc::new(wecom),
        })
    }

    fn way_in(&self, _code: &str, _site: Option<&str>, _listen: SocketAddr) -> String {
        "they open the office's app in their client and send it there".to_owned()
    }
}
