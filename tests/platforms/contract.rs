//! What every channel must do, written once ([`checks`]) and run against each platform's counterpart: Telegram's Bot
//! API from its documentation, a real Matrix homeserver, a real SMTP server, a receiver of webhooks, WeCom's
//! server API and its long connection for bots from their documentation.
//!
//! A new channel brings a [`platform::Platform`] and one line at the end of this file. What only one platform has
//! (rooms, webhooks, certificates) stays in that channel's own tests.

mod checks;
#[path = "contract/dingtalk.rs"]
mod dingtalk_platform;
#[path = "contract/feishu.rs"]
mod feishu_platform;
mod fortnight;
#[path = "contract/mail.rs"]
mod mail_platform;
#[path = "contract/mailbox.rs"]
mod mailbox_platform;
#[path = "contract/matrix.rs"]
mod matrix_platform;
mod platform;
#[path = "contract/telegram.rs"]
mod telegram_platform;
#[path = "contract/webhook.rs"]
mod webhook_platform;
#[path = "contract/wecom_bot.rs"]
mod wecom_bot_platform;
#[path = "contract/wecom.rs"]
mod wecom_platform;

/// One module of tests a channel.
macro_rules! channel {
    ($channel:ident, $platform:ty, [$($check:ident,)*]) => {
        mod $channel {
            $(
                #[tokio::test]
                async fn $check() {
                    super::checks::$check(&<$platform>::start().await).await;
                }
            )*
        }
    };
    ($channel:ident, $platform:ty, speaks $(, $more:ident)*) => {
        channel!($channel, $platform, $($more,)* [
            a_message_arrives_as_written,
            long_chinese_texts_are_cut_cleanly_and_all_of_them_arrives,
            no_text_is_taken_for_markup,
            buttons_arrive_or_are_left_out,
            a_sent_message_is_changed_in_place_or_not_at_all,
            who_cannot_be_reached_is_said_to_be_gone,
            a_limit_is_waited_for,
            a_server_that_errs_is_tried_again,
            an_answer_that_was_lost_is_no_failure,
            the_same_key_is_the_same_message,
            a_server_that_is_not_there_took_nothing_and_tells_no_secret,
        ]);
    };
    ($channel:ident, $platform:ty, hears, [$($check:ident,)*]) => {
        channel!($channel, $platform, [
            $($check,)*
            an_answer_names_the_message_that_it_quotes,
            a_tick_or_button_names_its_message,
            identity_is_the_account_and_nothing_else,
            what_was_not_stored_comes_again_and_counts_once,
        ]);
    };
}

channel!(telegram, super::telegram_platform::Telegram, speaks, hears);
channel!(matrix, super::matrix_platform::Matrix, speaks, hears);
// The built-in page has no platform behind it: what it shows is the store, see `desk_browser.rs`.
channel!(mail, super::mail_platform::Mail, speaks);
// Its answers come by another server. NOT APPLICABLE: `a_tick_or_button_names_its_message`, as a mail's buttons are
// letters that are written for the reader.
channel!(
    mail_answers,
    super::mailbox_platform::Mailbox,
    [
        an_answer_names_the_message_that_it_quotes,
        identity_is_the_account_and_nothing_else,
        what_was_not_stored_comes_again_and_counts_once,
    ]
);
channel!(webhook, super::webhook_platform::Webhook, speaks);
channel!(dingtalk, super::dingtalk_platform::Dingtalk<false>, speaks);
// NOT APPLICABLE: `a_tick_or_button_names_its_message`, as a press of DingTalk's buttons is a message in words, which
// name the item (see `dingtalk_channel.rs`).
channel!(
    dingtalk_answers,
    super::dingtalk_platform::Dingtalk<false>,
    [
        an_answer_names_the_message_that_it_quotes,
        identity_is_the_account_and_nothing_else,
        what_was_not_stored_comes_again_and_counts_once,
    ]
);
channel!(dingtalk_cards, super::dingtalk_platform::Dingtalk<true>, speaks, hears);
channel!(wecom, super::wecom_platform::WeCom, speaks);
// NOT APPLICABLE: `an_answer_names_the_message_that_it_quotes`, as WeCom tells no app what a member quotes.
channel!(
    wecom_answers,
    super::wecom_platform::WeCom,
    [
        a_tick_or_button_names_its_message,
        identity_is_the_account_and_nothing_else,
        what_was_not_stored_comes_again_and_counts_once,
    ]
);
channel!(wecom_bot, super::wecom_bot_platform::WeComBot, speaks);
// NOT APPLICABLE: `an_answer_names_the_message_that_it_quotes`, as a quotation carries words and no id.
channel!(
    wecom_bot_answers,
    super::wecom_bot_platform::WeComBot,
    [
        a_tick_or_button_names_its_message,
        identity_is_the_account_and_nothing_else,
        what_was_not_stored_comes_again_and_counts_once,
    ]
);
channel!(feishu, super::feishu_platform::Feishu<true>, speaks, hears);
channel!(
    feishu_connection,
    super::feishu_platform::Feishu<false>,
    hears,
    [a_server_that_is_not_there_took_nothing_and_tells_no_secret,]
);

/// A platform that stays for the whole test.
async fn stays<P: platform::Platform + 'static>(start: impl Future<Output = P>) -> &'static dyn platform::Platform {
    Box::leak(Box::new(start.await))
}

macro_rules! fortnight {
    ($($channel:ident: $platform:ty,)*) => {
        mod the_fortnight {
            $(
                #[tokio::test]
                async fn $channel() {
                    super::fortnight::it_ends_in_the_same_states(super::stays(<$platform>::start()).await).await;
                }
            )*
        }
    };
}

fortnight! {
    telegram: crate::contract::telegram_platform::Telegram,
    matrix: crate::contract::matrix_platform::Matrix,
    mail: crate::contract::mailbox_platform::Mailbox,
    wecom: crate::contract::wecom_platform::WeCom,
    wecom_bot: crate::contract::wecom_bot_platform::WeComBot,
    feishu: crate::contract::feishu_platform::Feishu<true>,
    feishu_connection: crate::contract::feishu_platform::Feishu<false>,
    dingtalk: crate::contract::dingtalk_platform::Dingtalk<false>,
    dingtalk_cards: crate::contract::dingtalk_platform::Dingtalk<true>,
}

#[tokio::test]
async fn three_channels_and_one_truth() {
    fortnight::one_truth(vec![
        stays(telegram_platform::Telegram::start()).await,
        stays(mailbox_platform::Mailbox::start()).await,
        stays(matrix_platform::Matrix::start()).await,
    ])
    .await;
}
