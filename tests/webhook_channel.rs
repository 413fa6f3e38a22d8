//! Webhooks: where they may lead, and what is refused before anything is sent. What every channel must do is in
//! `contract.rs`; what each receiver reads is beside the presets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use dutybell::channel::webhook::{Preset, WebhookConfig, Webhooks};
use dutybell::channel::{Channel, Outcome, Outgoing};
use dutybell::net::Lookup;
use secrecy::SecretString;

fn config(url: &str) -> WebhookConfig {
    WebhookConfig {
        name: "office".into(),
        preset: Preset::Standard,
        hook_url: SecretString::from(url),
        secret: None,
        token: None,
        allow_private: Vec::new(),
        ca_file: None,
    }
}

fn hooks(config: WebhookConfig) -> Result<Webhooks, String> {
    Webhooks::new(&[config], Arc::new(|| "2026-09-27T01:00:00Z".parse().expect("an instant")))
}

fn message() -> Outgoing {
    Outgoing {
        key: "m1".into(),
        address: "office".into(),
        subject: "督办".into(),
        text: "完成".into(),
        html: None,
        buttons: Vec::new(),
        reply_to: None,
        thread: Vec::new(),
        urgent: false,
    }
}

/// A name that leads into the inner network, at every second question.
struct Turning(AtomicUsize);

#[async_trait]
impl Lookup for Turning {
    async fn lookup(&self, _: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let inner = self.0.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        Ok(vec![SocketAddr::new(if inner { [169, 254, 169, 254] } else { [10, 0, 0, 7] }.into(), port)])
    }
}

#[tokio::test]
async fn nothing_is_sent_into_the_inner_network_unless_it_is_named() {
    for url in [
        "https://127.0.0.1/hook",
        "https://10.0.0.7/hook",
        "https://[::1]/hook",
        "https://[::ffff:169.254.169.254]/latest",
        "https://2130706433/hook",
        "https://0x7f.1/hook",
    ] {
        let outcome = hooks(config(url)).expect("reads").send(&message()).await;
        assert!(
            matches!(&outcome, Outcome::AddressGone { reason } if reason.contains("allow_private")),
            "{url}: {outcome:?}"
        );
    }
    let turning =
        hooks(config("https://hook.example.org/x")).expect("reads").with_lookup(Arc::new(Turning(AtomicUsize::new(0))));
    for _ in 0..4 {
        let outcome = turning.send(&message()).await;
        assert!(matches!(outcome, Outcome::AddressGone { .. }), "{outcome:?}");
    }
    assert!(turning.check().await.is_err());
}

#[test]
fn the_configuration_is_checked_and_its_secrets_are_not_shown() {
    let refused = |change: &dyn Fn(&mut WebhookConfig)| {
        let mut config = config("https://hook.example.org/T07-secret");
        change(&mut config);
        let said = hooks(config).map(|_| ()).expect_err("is refused");
        assert!(said.contains("[[webhook]] ") && !said.contains("secret-word") && !said.contains("T07"), "{said}");
        said
    };
    let secret = |text: &str| Some(SecretString::from(text));
    assert!(refused(&|c| c.hook_url = SecretString::from("http://hook.example.org/T07")).contains("in the clear"));
    refused(&|c| c.hook_url = SecretString::from("https://u:secret-word@hook.example.org/T07"));
    refused(&|c| c.hook_url = SecretString::from("ftp://hook.example.org/T07"));
    refused(&|c| c.hook_url = SecretString::from("T07"));
    refused(&|c| c.name = "a, b".into());
    refused(&|c| c.secret = secret("secret-word"));
    refused(&|c| (c.preset, c.secret) = (Preset::Slack, secret("secret-word")));
    refused(&|c| c.token = secret("secret-word\n\u{1}"));
    let twice = [config("https://a.example.org/"), config("https://b.example.org/")];
    assert!(Webhooks::new(&twice, Arc::new(|| chrono::DateTime::UNIX_EPOCH)).is_err());
    let shown = format!(
        "{:?} {:?}",
        config("https://hook.example.org/T07-secret"),
        hooks(config("https://hook.example.org/T07-secret"))
    );
    assert!(!shown.contains("T07"), "{shown}");
}
