//! What to click on each platform, and which values to paste. The pages under `docs/channels` say more.

/// How a value is asked for and written down.
pub(super) enum Kind {
    Text,
    Number,
    /// May be left empty.
    Optional,
    /// Goes into a file of its own that only its owner can read.
    Secret,
}

/// One value.
pub(super) struct Field {
    /// Its key in the section.
    pub(super) key: &'static str,
    /// The question.
    pub(super) ask: &'static str,
    pub(super) kind: Kind,
}

/// One platform.
pub(super) struct Guide {
    pub(super) name: &'static str,
    pub(super) steps: &'static [&'static str],
    /// The section's first lines.
    pub(super) head: &'static str,
    pub(super) fields: &'static [Field],
    /// Its last lines.
    pub(super) tail: &'static str,
    /// What an address is called there.
    pub(super) address: &'static str,
}

const fn field(key: &'static str, ask: &'static str, kind: Kind) -> Field {
    Field { key, ask, kind }
}

const GUIDES: &[Guide] = &[
    Guide {
        name: "telegram",
        steps: &[
            "In Telegram write /newbot to @BotFather, answer its two questions, and copy the token.",
            "Write any word to the new bot from your own account; your chat id is what @userinfobot tells you.",
        ],
        head: "[telegram]",
        fields: &[
            field("token", "Token (123456:ABC…)", Kind::Secret),
            field("bot_username", "Name of the bot, without @", Kind::Text),
            field("api_url", "Address of a Bot API server of your own (empty: Telegram's)", Kind::Optional),
        ],
        tail: "",
        address: "Your chat id",
    },
    Guide {
        name: "matrix",
        steps: &[
            "On your homeserver make an account for the bell and sign in once to get an access token of its own.",
            "Lift its limits (docs/channels/matrix.md, step 3): an office on a Monday morning needs it.",
        ],
        head: "[matrix]",
        fields: &[
            field("homeserver", "Address of the homeserver (https://matrix.example.org)", Kind::Text),
            field("user_id", "The account (@bell:example.org)", Kind::Text),
            field("access_token", "Access token", Kind::Secret),
        ],
        tail: "",
        address: "Your user id (@name:server)",
    },
    Guide {
        name: "mail",
        steps: &[
            "Make a mailbox for the bell, such as bell@example.org, that may send by SMTP with STARTTLS.",
            "Answers by mail are set up afterwards: docs/channels/mail.md.",
        ],
        head: "[mail]",
        fields: &[
            field("from", "Address of the bell (bell@example.org)", Kind::Text),
            field("message_domain", "Its domain (example.org)", Kind::Text),
            field("transport.host", "SMTP server (smtp.example.org)", Kind::Text),
            field("transport.port", "Port (587)", Kind::Number),
            field("transport.user", "Login", Kind::Text),
            field("transport.password", "Password", Kind::Secret),
        ],
        tail: "transport.type = \"smtp\"\ntransport.security = \"starttls\"\n",
        address: "Your mail address",
    },
    Guide {
        name: "wecom",
        steps: &[
            "work.weixin.qq.com → 应用管理 → 自建 → 创建应用; 可见范围: everybody who may be told anything.",
            "On the app's page copy AgentId and Secret; 企业ID stands under 我的企业.",
            "On the app's page, 接收消息 → 设置API接收: enter https://YOUR-ADDRESS/hook/wecom, let it make Token and \
             EncodingAESKey, copy both, and save when `dutybell serve` runs.",
            "On the app's page, 企业可信IP: the address from which this server goes out.",
        ],
        head: "[wecom]",
        fields: &[
            field("corp_id", "企业ID (ww…)", Kind::Text),
            field("agent_id", "AgentId", Kind::Number),
            field("app_secret", "Secret", Kind::Secret),
            field("callback_token", "Token", Kind::Secret),
            field("aes_key", "EncodingAESKey", Kind::Secret),
            field("api_url", "Server of a WeCom of your own, such as 政务微信 (empty: WeCom's)", Kind::Optional),
        ],
        tail: "",
        address: "Your UserID (账号)",
    },
    Guide {
        name: "wecom_bot",
        steps: &[
            "In WeCom: 工作台 → 智能机器人 → 创建机器人 → 手动创建 → API 模式创建; of its two ways choose 使用长连接.",
            "Copy Bot ID and Secret.",
            "可见范围: everybody who may be told anything. A bot may write only to who has written to it: each of them opens \
             it in WeCom and sends it a word, or the code of `dutybell people link`.",
        ],
        head: "[wecom_bot]",
        fields: &[
            field("bot_id", "Bot ID", Kind::Text),
            field("secret", "Secret", Kind::Secret),
            field("api_url", "Another address than WeCom's own (empty: WeCom's)", Kind::Optional),
        ],
        tail: "",
        address: "Your UserID (账号), with its capitals",
    },
    Guide {
        name: "feishu",
        steps: &[
            "open.feishu.cn/app → 创建企业自建应用; 添加应用能力 → 机器人. App ID and App Secret stand under 凭证与基础信息.",
            "权限管理: im:message:send_as_bot and im:message.p2p_msg:readonly.",
            "版本管理与发布: 可用范围 is everybody who may be told anything; create a version and have it approved.",
            "事件与回调, when `dutybell serve` runs: 使用长连接接收事件 with im.message.receive_v1, and 使用长连接接收回调 \
             with card.action.trigger; then publish once more.",
        ],
        head: "[feishu]",
        fields: &[
            field("app_id", "App ID (cli_…)", Kind::Text),
            field("app_secret", "App Secret", Kind::Secret),
            field("api_url", "https://open.larksuite.com for Lark (empty: Feishu)", Kind::Optional),
        ],
        tail: "",
        address: "Your mail address at Feishu, or open id (ou_…)",
    },
    Guide {
        name: "dingtalk",
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
            field("client_id", "Client ID (AppKey, ding…)", Kind::Text),
            field("client_secret", "Client Secret (AppSecret)", Kind::Secret),
            field("robot_code", "RobotCode (empty: the same as Client ID)", Kind::Optional),
            field("card_template", "Id of the template for cards (….schema; empty: none)", Kind::Optional),
            field("api_url", "Another address than DingTalk's own (empty: DingTalk's)", Kind::Optional),
        ],
        tail: "",
        address: "Your userid (员工UserID)",
    },
    Guide {
        name: "webhook",
        steps: &[
            "Make an incoming webhook or a group's robot on the platform and copy its address (docs/channels/webhook.md).",
        ],
        head: "[[webhook]]",
        fields: &[
            field("name", "A name of your choice, such as duty-group", Kind::Text),
            field("preset", "Kind: standard, slack, mattermost, dingtalk, feishu, wecom, ntfy, apprise", Kind::Text),
            field("hook_url", "Its address", Kind::Secret),
        ],
        tail: "",
        address: "The name you chose",
    },
    Guide {
        name: "sms",
        steps: &[
            "Take the address of the HTTP gateway of whoever sells you short messages, and the names of its fields \
             (docs/channels/sms.md).",
            "The number goes out as phone, the text as content: change [sms.fields] afterwards if it calls them otherwise, \
             and add its key there or in [sms.headers].",
        ],
        head: "[sms]",
        fields: &[
            field("hook_url", "Its address", Kind::Secret),
            field("format", "How it is called: form, json or query (empty: form)", Kind::Optional),
            field("signature", "Signature before the text, without brackets (empty: none)", Kind::Optional),
            field(
                "success",
                "Words of an answer that took the message, a regular expression (empty: any 2xx)",
                Kind::Optional,
            ),
        ],
        tail: "[sms.fields]\nphone = \"{to}\"\ncontent = \"{text}\"\n",
        address: "A telephone number",
    },
];

/// The guide of a channel.
pub(super) fn of(name: &str) -> Option<&'static Guide> {
    GUIDES.iter().find(|g| g.name == name)
}

pub(super) fn names() -> Vec<&'static str> {
    GUIDES.iter().map(|g| g.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::channels::CHANNELS;

    #[test]
    fn every_channel_that_has_to_be_set_up_has_a_guide() {
        let missing: Vec<&str> =
            CHANNELS.iter().map(|c| c.name).filter(|name| *name != "desk" && of(name).is_none()).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
