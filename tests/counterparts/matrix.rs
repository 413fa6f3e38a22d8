//! A real homeserver (Synapse) for the tests of one program, and the people who have accounts on it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dutybell::channel::matrix::{Matrix, MatrixConfig};
use reqwest::{Client, Method, Url};
use secrecy::SecretString;
use serde_json::{Value, json};

/// The running homeserver; its script ends it when this program is gone.
pub struct Homeserver {
    _script: Child,
    pub port: u16,
    admin: String,
}

static HOMESERVER: OnceLock<Homeserver> = OnceLock::new();
static COUNT: AtomicU64 = AtomicU64::new(0);

/// The homeserver of this program, started by the first who asks.
///
/// # Panics
/// When it is not installed: `./test.sh --install-only` does that.
pub fn homeserver() -> &'static Homeserver {
    HOMESERVER.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut script = Command::new(root.join("target/synapse-venv/bin/python"))
            .arg(root.join("tests/counterparts/synapse.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Synapse is there; run ./test.sh --install-only");
        let mut line = String::new();
        BufReader::new(script.stdout.take().expect("piped")).read_line(&mut line).expect("reads");
        let told: Value = serde_json::from_str(&line).expect("the homeserver starts");
        let port = told["port"].as_u64().and_then(|p| u16::try_from(p).ok()).expect("a port");
        Homeserver { _script: script, port, admin: told["admin"].as_str().expect("a token").to_owned() }
    })
}

impl Homeserver {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A new account; `name` is made its own by a number.
    pub async fn person(&self, name: &str) -> Account {
        let name = format!("{name}{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let nobody = Account { id: String::new(), token: String::new(), base: self.url(), client: Client::new() };
        let body = json!({ "username": name, "password": "test-only", "auth": { "type": "m.login.dummy" } });
        let (status, made) = nobody.call(Method::POST, &["register"], &[], Some(&body)).await;
        assert_eq!(status, 200, "{made}");
        let word = |key: &str| made[key].as_str().expect("told").to_owned();
        Account { id: word("user_id"), token: word("access_token"), ..nobody }
    }

    /// From now on this account may send one message a second.
    pub async fn limits(&self, user: &str) {
        let mut url = Url::parse(&self.url()).expect("an address");
        url.path_segments_mut().expect("a path").extend([
            "_synapse",
            "admin",
            "v1",
            "users",
            user,
            "override_ratelimit",
        ]);
        let body = json!({ "messages_per_second": 1, "burst_count": 1 });
        let call = Client::new().post(url).bearer_auth(&self.admin).body(body.to_string());
        assert!(call.send().await.expect("answers").status().is_success());
    }
}

/// Somebody's account, as his program uses it.
#[derive(Clone)]
pub struct Account {
    pub id: String,
    pub token: String,
    pub base: String,
    pub client: Client,
}

impl Account {
    /// The channel on this account, straight to the homeserver.
    pub fn channel(&self) -> Matrix {
        self.channel_by(&self.base)
    }

    /// The same through something else.
    pub fn channel_by(&self, homeserver: &str) -> Matrix {
        let config = MatrixConfig {
            homeserver: homeserver.to_owned(),
            user_id: self.id.clone(),
            access_token: SecretString::from(self.token.clone()),
            ca_file: None,
            messages_per_minute: None,
        };
        Matrix::new(config).expect("the configuration is right")
    }

    pub async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut url = Url::parse(&self.base).expect("an address");
        url.path_segments_mut().expect("a path").extend(["_matrix", "client", "v3"]).extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut call = self.client.request(method, url).timeout(Duration::from_secs(60));
        if !self.token.is_empty() {
            call = call.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            call = call.body(body.to_string());
        }
        let answer = call.send().await.expect("the homeserver answers");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("a whole answer")).expect("JSON"))
    }

    async fn does(&self, method: Method, path: &[&str], body: Value) -> Value {
        let (status, answer) = self.call(method, path, &[], Some(&body)).await;
        assert_eq!(status, 200, "{path:?}: {answer}");
        answer
    }

    /// Rooms to which somebody has invited this account.
    pub async fn invitations(&self, from: &str) -> Vec<String> {
        let (_, answer) = self.call(Method::GET, &["sync"], &[("timeout", "0")], None).await;
        let invited = answer["rooms"]["invite"].as_object().cloned().unwrap_or_default();
        let by = |room: &Value| {
            let events = room["invite_state"]["events"].as_array().cloned().unwrap_or_default();
            events.iter().any(|e| e["state_key"] == self.id.as_str() && e["sender"] == from)
        };
        invited.iter().filter(|(_, room)| by(room)).map(|(id, _)| id.clone()).collect()
    }

    /// Accepts the invitation of `other`; gives the room.
    pub async fn joins(&self, other: &str) -> String {
        for _ in 0..100 {
            if let Some(room) = self.invitations(other).await.pop() {
                self.does(Method::POST, &["join", &room], json!({})).await;
                return room;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{other} has not invited {}", self.id)
    }

    pub async fn leaves(&self, room: &str) {
        self.does(Method::POST, &["rooms", room, "leave"], json!({})).await;
    }

    pub async fn puts_out(&self, room: &str, other: &str) {
        self.does(Method::POST, &["rooms", room, "kick"], json!({ "user_id": other })).await;
    }

    pub async fn invites(&self, room: &str, other: &str) {
        self.does(Method::POST, &["rooms", room, "invite"], json!({ "user_id": other })).await;
    }

    /// Opens a chat of two as people's programs do.
    pub async fn opens(&self, other: &str, encrypted: bool) -> String {
        let encryption = json!([{ "type": "m.room.encryption", "state_key": "", "content": { "algorithm": "m.megolm.v1.aes-sha2" } }]);
        let state = if encrypted { encryption } else { json!([]) };
        let wish = json!({ "preset": "private_chat", "is_direct": true, "invite": [other], "initial_state": state });
        self.does(Method::POST, &["createRoom"], wish).await["room_id"].as_str().expect("a room").to_owned()
    }

    /// Puts any event into a room; gives its id.
    pub async fn puts(&self, room: &str, kind: &str, content: Value) -> String {
        let key = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let answer = self.does(Method::PUT, &["rooms", room, "send", kind, &key], content).await;
        answer["event_id"].as_str().expect("an id").to_owned()
    }

    pub async fn puts_state(&self, room: &str, kind: &str, content: Value) {
        self.does(Method::PUT, &["rooms", room, "state", kind, ""], content).await;
    }

    pub async fn says(&self, room: &str, text: &str) -> String {
        self.puts(room, "m.room.message", json!({ "msgtype": "m.text", "body": text })).await
    }

    /// A rich reply, with the quotation that older programs put before the text.
    pub async fn replies(&self, room: &str, to: &str, text: &str) -> String {
        let body = format!("> <@bell:duty.test> 完成 1完成\n> 收到\n\n{text}");
        let relation = json!({ "m.in_reply_to": { "event_id": to } });
        self.puts(room, "m.room.message", json!({ "msgtype": "m.text", "body": body, "m.relates_to": relation })).await
    }

    pub async fn reacts(&self, room: &str, to: &str, sign: &str) -> String {
        let relation = json!({ "rel_type": "m.annotation", "event_id": to, "key": sign });
        self.puts(room, "m.reaction", json!({ "m.relates_to": relation })).await
    }

    pub async fn has_joined(&self, room: &str) -> bool {
        let (_, answer) = self.call(Method::GET, &["joined_rooms"], &[], None).await;
        answer["joined_rooms"].as_array().is_some_and(|rooms| rooms.iter().any(|r| r == room))
    }

    /// Messages of `sender` in a room, oldest first.
    pub async fn heard(&self, room: &str, sender: &str) -> Vec<Value> {
        let query = [("dir", "b"), ("limit", "500")];
        let (status, answer) = self.call(Method::GET, &["rooms", room, "messages"], &query, None).await;
        assert_eq!(status, 200, "{answer}");
        let chunk = answer["chunk"].as_array().cloned().unwrap_or_default();
        let from = |e: &Value| e["type"] == "m.room.message" && e["sender"] == sender;
        chunk.into_iter().rev().filter(from).collect()
    }
}

/// The new text of an edit, and what it replaces.
pub fn edit(event: &Value) -> Option<(&str, &str)> {
    let relation = &event["content"]["m.relates_to"];
    let new = event["content"]["m.new_content"]["body"].as_str()?;
    (relation["rel_type"] == "m.replace").then_some((new, relation["event_id"].as_str()?))
}
