//! Which item an answer means.

use chrono::{DateTime, Utc};
use dutybell::channel::{Content, Inbound, dingtalk, matrix, telegram};
use serde_json::json;

fn instant(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().expect("an instant"))
}

#[test]
fn what_came_in_bears_the_date_of_its_platform() {
    let telegram = json!({ "update_id": 1, "message": {
        "message_id": 5, "date": 1_663_808_400, "text": "1完成", "from": { "id": 7, "is_bot": false },
        "chat": { "id": 7, "type": "private" },
    } });
    let telegram = telegram::parse_update(&telegram).expect("an update").inbound;
    // Telegram counts whole seconds: whatever was sent within it was there.
    assert_eq!(telegram.sent_at, instant("2022-09-22T01:00:00.999Z"));
    let matrix = json!({
        "type": "m.room.message", "event_id": "$1", "sender": "@zhang:example.org", "origin_server_ts": 1_663_808_400_123_i64,
        "content": { "msgtype": "m.text", "body": "1完成" },
    });
    let matrix = matrix::read_event(&matrix, "!room:example.org", true).expect("an update").inbound;
    assert_eq!(matrix.sent_at, instant("2022-09-22T01:00:00.123Z"));
    let dingtalk = json!({
        "msgId": "m1", "conversationType": "1", "senderStaffId": "zhang3", "createAt": 1_663_808_400_123_i64,
        "msgtype": "text", "text": { "content": "1完成" },
    });
    let dingtalk = dingtalk::read_message(&dingtalk).expect("an update").inbound;
    assert_eq!(dingtalk.sent_at, instant("2022-09-22T01:00:00.123Z"));
}

#[test]
fn a_press_has_no_date_of_its_own_the_message_s_is_not_taken() {
    let press = json!({ "update_id": 2, "callback_query": {
        "id": "c", "data": "v1:7:1:done", "from": { "id": 7, "is_bot": false },
        "message": { "message_id": 5, "date": 1_663_808_400, "chat": { "id": 7, "type": "private" } },
    } });
    assert_eq!(telegram::parse_update(&press).expect("an update").inbound.sent_at, None);
}

#[test]
fn what_was_stored_without_a_date_still_reads() {
    let stored = r#"{"sender":"7","chat":"7","private":true,"content":{"type":"text","text":"完成","reply_to":null,"forwarded":false,"message":"5"}}"#;
    let inbound: Inbound = serde_json::from_str(stored).expect("reads");
    assert_eq!(inbound.sent_at, None);
    assert!(matches!(inbound.content, Content::Text { text, .. } if text == "完成"));
}
