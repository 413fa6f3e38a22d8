//! Channels against their platforms: real servers, the platforms' own kits, and fakes written from their documentation.

#[path = "../counterparts/fake_dingtalk.rs"]
mod fake_dingtalk;
#[path = "../counterparts/fake_feishu.rs"]
mod fake_feishu;
#[path = "../counterparts/fake_telegram.rs"]
mod fake_telegram;
#[path = "../counterparts/fake_wecom.rs"]
mod fake_wecom;
#[path = "../counterparts/fake_wecom_bot.rs"]
mod fake_wecom_bot;
#[path = "../counterparts/faulty.rs"]
mod faulty;
#[path = "../counterparts/mail_server.rs"]
mod mail_server;
#[path = "../counterparts/matrix.rs"]
mod matrix;
#[path = "../support/office.rs"]
mod office;
#[path = "../counterparts/peer.rs"]
mod peer;
#[path = "../counterparts/smtp_server.rs"]
mod smtp_server;
#[path = "../support/story.rs"]
mod story;

mod channel_setup;
mod contract;
mod dingtalk_channel;
mod dingtalk_peers;
mod feishu_channel;
mod feishu_peers;
mod mail_answers;
mod mail_channel;
mod matrix_channel;
mod matrix_kills;
mod sms_channel;
mod telegram_channel;
mod telegram_peers;
mod webhook_channel;
mod wecom_bot_channel;
mod wecom_bot_peers;
mod wecom_channel;
