//! What the program knows of this channel before it is built: its section, how it is set up, how it is built.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Dingtalk, DingtalkConfig};
use crate::Channel;
use crate::registry::{Around, Descriptor, Fault, Field, Guide, Kind, Section, read};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    name: "dingtalk",
    read: read::<DingtalkConfig>,
    guide: Some(Guide {
        steps: &[
            "open-dev.dingtalk.com → 应用开发 → 企业内部应用 → 创建应用; copy Client ID and Client Secret (凭证与基础信息).",
            "添加应用能力 → 机器人: switch it on, 消息接收模式: Stream 模式.",
            "权限管理: apply for 企业内机器人发送消息权限 (qyapi_robot_sendmsg).",
            "版本管理与发布: publish; 可见范围: everybody who is to be reached.",
            "For cards whose buttons answer by themselves (optional): 开放能力 → 卡片平台 → 新建模板 with the variables title, \
             text and buttons (按钮组), published; and the permission Card.Instance.Write (docs/channels/dingtalk.md).",
        ],
        head: "[dingtalk]",
        fields: &[
            Field::new("client_id", "Client ID (AppKey, ding…)", Kind::Text),
            Field::new("client_secret", "Client Secret (AppSecret)", Kind::Secret),
            Field::new("robot_code", "RobotCode (empty: the same as Client ID)", Kind::Optional),
            Field::new("card_template", "Id of the template for cards (….schema; empty: none)", Kind::Optional),
            Field::new("api_url", "Another address than DingTalk's own (empty: DingTalk's)", Kind::Optional),
        ],
        tail: "",
        address: "Your userid (员工UserID)",
    }),
};

impl Section for DingtalkConfig {
    fn build(&self, around: &Around) -> Result<Arc<dyn Channel>, Fault> {
        let dingtalk = Dingtalk::new(self.clone(), around.clock.clone())?.with_lease(around.lease);
        Ok(match around.shared.clone() {
            Some(shared) => Arc::new(dingtalk.with_shared(shared)),
            None => Arc::new(dingtalk),
        })
    }

    fn way_in(&self, _code: &str, _site: Option<&str>, _listen: SocketAddr) -> String {
        "they open the office's app in their client and send it there".to_owned()
    }
}
