//! Short messages: what the gateway is sent, what may be said in so little room, and what it may cost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use chrono::{DateTime, Duration, Utc};
use dutybell::channel::sms::{Sms, SmsConfig, SmsFormat};
use dutybell::channel::{Channel, Outcome, Outgoing};
use dutybell::core::policy::Urgency;
use secrecy::SecretString;

const KEY: &str = "key-of_no_real_gateway";

/// Method, query, type, authorization and body of each call; what is answered next.
#[derive(Default)]
struct Inner {
    calls: Vec<[String; 5]>,
    answer: Option<(u16, &'static str)>,
}

/// A gateway as small sellers have them: `phone`, `content` and a key; `{"code":0}` when it took the message.
#[derive(Clone, Default)]
struct Gateway(Arc<Mutex<Inner>>);

async fn called(State(gateway): State<Gateway>, request: Request) -> (StatusCode, &'static str) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 16).await.expect("reads");
    let header = |name: &str| parts.headers.get(name).map_or(String::new(), |v| v.to_str().expect("text").to_owned());
    let mut inner = gateway.0.lock().expect("no panic in tests");
    inner.calls.push([
        parts.method.to_string(),
        parts.uri.query().unwrap_or_default().to_owned(),
        header("content-type"),
        header("authorization"),
        String::from_utf8(body.to_vec()).expect("text"),
    ]);
    let (status, text) = inner.answer.take().unwrap_or((200, "{\"code\":0}"));
    (StatusCode::from_u16(status).expect("a status"), text)
}

impl Gateway {
    async fn start() -> (Gateway, u16) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let gateway = Gateway::default();
        let router = Router::new().fallback(called).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (gateway, port)
    }

    fn calls(&self) -> Vec<[String; 5]> {
        self.0.lock().expect("no panic in tests").calls.clone()
    }

    fn will(&self, status: u16, text: &'static str) {
        self.0.lock().expect("no panic in tests").answer = Some((status, text));
    }
}

fn config(port: u16) -> SmsConfig {
    let fields = [("phone", "{to}"), ("content", "{text}"), ("id", "{id}"), ("key", KEY)];
    SmsConfig {
        hook_url: SecretString::from(format!("http://127.0.0.1:{port}/send")),
        format: SmsFormat::Form,
        fields: fields.map(|(k, v)| (k.to_owned(), SecretString::from(v))).into(),
        headers: BTreeMap::from([("Authorization".to_owned(), SecretString::from("Basic Zm9v"))]),
        success: Some(r#""code"\s*:\s*0\b"#.to_owned()),
        gone: Some("invalid phone".to_owned()),
        signature: Some("青石安委办".to_owned()),
        max_parts: 2,
        per_day: 3,
        routine: false,
        allow_private: vec!["127.0.0.1".to_owned()],
        ca_file: None,
    }
}

type Now = Arc<Mutex<DateTime<Utc>>>;

fn sms(config: SmsConfig) -> (Sms, Now) {
    let now: Now = Arc::new(Mutex::new("2022-09-27T01:00:00Z".parse().expect("an instant")));
    let clock = now.clone();
    (Sms::new(config, Arc::new(move || *clock.lock().expect("no panic"))).expect("right"), now)
}

fn message(to: &str, text: &str) -> Outgoing {
    Outgoing {
        key: "m7".to_owned(),
        address: to.to_owned(),
        subject: String::new(),
        text: text.to_owned(),
        urgent: true,
        ..Outgoing::default()
    }
}

fn taken(outcome: &Outcome) -> bool {
    *outcome == Outcome::Accepted { platform_id: Some("m7".to_owned()) }
}

/// The fields of a form or query.
fn read(text: &str) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://localhost/?{text}")).expect("an address");
    url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
}

#[tokio::test]
async fn each_form_carries_the_same_words() {
    let (gateway, port) = Gateway::start().await;
    let text = "【逾期】A7K2 静电接地\n{id} & 100% <b>\"完成\"</b>";
    for format in [SmsFormat::Form, SmsFormat::Query, SmsFormat::Json] {
        let (sms, _) = sms(SmsConfig { format, ..config(port) });
        assert!(taken(&sms.send(&message("138 0013-8000", text)).await));
    }
    let calls = gateway.calls();
    let json: BTreeMap<String, String> = serde_json::from_str(&calls[2][4]).expect("JSON");
    for fields in [read(&calls[0][4]), read(&calls[1][1]), json] {
        assert_eq!(fields["content"], format!("【青石安委办】{text}"), "filled in once, and nothing in it");
        assert_eq!(
            (fields["phone"].as_str(), fields["id"].as_str(), fields["key"].as_str()),
            ("13800138000", "m7", KEY)
        );
    }
    assert_eq!([&calls[0][0], &calls[1][0], &calls[2][0]], ["POST", "GET", "POST"]);
    assert!(calls.iter().all(|c| c[3] == "Basic Zm9v"));
}

#[tokio::test]
async fn a_long_text_is_cut_to_what_is_paid_for() {
    let (gateway, port) = Gateway::start().await;
    let (sms, now) = sms(config(port));
    let said = |n: usize| read(&gateway.calls()[n][4])["content"].clone();
    let units = |t: &str| t.encode_utf16().count();
    assert!(taken(&sms.send(&message("13800138000", &"督😀".repeat(200))).await));
    let text = said(0);
    assert!(text.starts_with("【青石安委办】督😀") && text.ends_with('…') && units(&text) <= 134, "{text}");
    assert!(units(&text) > 130, "and no shorter than it must be");
    let lines = format!("【逾期】A7K2 静电接地\n{}\n{}", "甲".repeat(100), "乙".repeat(60));
    assert!(taken(&sms.send(&message("13800138000", &lines)).await));
    assert!(said(1).ends_with("甲…"), "a line that is hardly begun is left out: {}", said(1));
    // As much as fits is whole.
    assert!(taken(&sms.send(&message("13800138000", &"督".repeat(127))).await));
    assert!(said(2).ends_with('督') && units(&said(2)) == 134);
    *now.lock().expect("no panic") += Duration::days(2);
    let (one, _) = self::sms(SmsConfig { max_parts: 1, signature: None, ..config(port) });
    assert!(taken(&one.send(&message("13800138000", &"督".repeat(71))).await));
    assert_eq!(units(&said(3)), 70);
}

#[tokio::test]
async fn a_day_has_an_end_and_only_urgent_words_cost_money() {
    let (gateway, port) = Gateway::start().await;
    let (sms, now) = sms(config(port));
    for _ in 0..3 {
        assert!(taken(&sms.send(&message("13800138000", "逾期")).await));
    }
    let over = sms.send(&message("13800138000", "逾期")).await;
    assert!(matches!(&over, Outcome::Transient { reason } if reason.contains("per_day")), "{over:?}");
    assert_eq!(gateway.calls().len(), 3);
    *now.lock().expect("no panic") += Duration::hours(25);
    assert!(taken(&sms.send(&message("13800138000", "逾期")).await));
    let carried = |sms: &Sms| {
        [Urgency::Emergency, Urgency::Escalation, Urgency::Routine, Urgency::Summary]
            .map(|urgency| sms.carries(urgency))
    };
    assert_eq!(carried(&sms), [true, true, false, false]);
    assert_eq!(carried(&self::sms(SmsConfig { routine: true, ..config(port) }).0), [true; 4]);
}

#[tokio::test]
async fn what_the_gateway_says_is_understood_and_not_repeated() {
    let (gateway, port) = Gateway::start().await;
    let (sms, _) = sms(SmsConfig { per_day: 99, ..config(port) });
    let mut said = Vec::new();
    for (status, text, expected) in [
        (200, "{\"code\":7,\"msg\":\"no credit for key-of_no_real_gateway\"}", "Transient"),
        (200, "{\"code\":9,\"msg\":\"invalid phone\"}", "AddressGone"),
        (403, "", "Transient"),
        (500, "", "Transient"),
        (429, "", "RetryAfter"),
        (400, "", "Refused"),
    ] {
        gateway.will(status, text);
        let outcome = format!("{:?}", sms.send(&message("13800138000", "逾期")).await);
        assert!(outcome.starts_with(expected), "{status} {text}: {outcome}");
        said.push(outcome);
    }
    for address in ["", "zhangsan", "12", "+86138001380001234", "138001380a0"] {
        let outcome = sms.send(&message(address, "逾期")).await;
        assert!(matches!(outcome, Outcome::AddressGone { .. }), "{address}: {outcome:?}");
    }
    let (nowhere, _) = self::sms(config(9));
    let lost = nowhere.send(&message("13800138000", "逾期")).await;
    assert!(matches!(lost, Outcome::Transient { .. }), "{lost:?}");
    said.push(format!("{lost:?} {:?} {:?} {sms:?}", nowhere.check().await, sms.check().await.expect("there")));
    assert!(!said.concat().contains(KEY) && !said.concat().contains("/send"), "{said:?}");
}

#[test]
fn mistakes_are_named() {
    let clock = || Arc::new(|| DateTime::<Utc>::UNIX_EPOCH);
    for (change, word) in [
        (&(|c: &mut SmsConfig| c.hook_url = "http://10.0.0.1/send".into()) as &dyn Fn(&mut SmsConfig), "allow_private"),
        (&|c| drop(c.fields.remove("phone")), "{to}"),
        (&|c| drop(c.fields.remove("content")), "{text}"),
        (&|c| c.success = Some("(".to_owned()), "success"),
        (&|c| c.max_parts = 0, "max_parts"),
        (&|c| drop(c.headers.insert("a b".to_owned(), "x".into())), "headers"),
    ] {
        let mut config = config(9);
        change(&mut config);
        let error = Sms::new(config, clock()).expect_err("wrong");
        assert!(error.starts_with("[sms]") && error.contains(word), "{error}");
    }
}
