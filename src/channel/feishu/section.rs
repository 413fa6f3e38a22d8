//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Feishu, FeishuConfig};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "feishu",
    read: read::<FeishuConfig>,
    guide: Some(Guide {
        steps: &[
            "open.feishu.cn/app → 创建企业自建应用; 添加应用能力 → 机器人. App ID and App Secret stand under 凭证与基础信息.",
            "权限管理: im:message:send_as_bot and im:message.p2p_msg:readonly.",
            "版本管理与发布: 可用范围 is everybody who may be told anything; create a version and have it approved.",
            "事件与回调, when `dutybell serve` runs: 使用长连接接收事件 with im.message.receive_v1, and 使用长连接接收回调 \
             with card.action.trigger; then publish once more.",
        ],
        head: "[feishu]",
        fields: &[
            Field::new("app_id", "App ID (cli_…)", Kind::Text),
            Field::new("app_secret", "App Secret", Kind::Secret),
            Field::new("api_url", "https://open.larksuite.com for Lark (empty: Feishu)", Kind::Optional),
        ],
        tail: "",
        address: "Your mail address at Feishu, or open id (ou_…)",
    }),
};

impl Section for FeishuConfig {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        let feishu = Feishu::new(self, around.clock.clone())?;
        Ok(match around.shared.clone() {
            Some(shared) => Arc::new(feishu.with_shared(shared)),
            None => Arc::new(feishu),
        })
    }

    fn way_in(&self, _code: &str, _site: Option<&str>, _listen: SocketAddr) -> String {
        "they open the office's app in their client and send it there".to_owned()
    }
}
