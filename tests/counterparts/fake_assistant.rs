//! A fake of an OpenAI-compatible endpoint, written from platform.openai.com/docs/api-reference/chat: a model cannot run
//! where the tests do. It answers as it is told to, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// How it behaves.
#[derive(Clone, Debug)]
pub enum Manner {
    /// These words are the model's message.
    Says(String),
    /// This status and body.
    Breaks(u16, String),
    /// It takes the question and never answers.
    Hangs,
}

#[derive(Default)]
struct Kept {
    manner: Mutex<Option<Manner>>,
    asked: Mutex<Vec<(HeaderMap, Value)>>,
    came: Notify,
}

/// The endpoint, as long as it is held.
#[derive(Clone)]
pub struct FakeAssistant {
    pub base_url: String,
    kept: Arc<Kept>,
}

impl FakeAssistant {
    pub async fn start() -> FakeAssistant {
        let kept = Arc::new(Kept::default());
        let app = Router::new().route("/v1/chat/completions", post(complete)).with_state(kept.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let at = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        FakeAssistant { base_url: format!("http://{at}/v1"), kept }
    }

    pub fn is(&self, manner: Manner) {
        *self.kept.manner.lock().expect("no panic in tests") = Some(manner);
    }

    /// Everything that it was asked: headers and body.
    pub fn asked(&self) -> Vec<(HeaderMap, Value)> {
        self.kept.asked.lock().expect("no panic in tests").clone()
    }

    /// Waits until it is asked something.
    pub async fn is_asked(&self) {
        self.kept.came.notified().await;
    }
}

async fn complete(State(kept): State<Arc<Kept>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    kept.asked.lock().expect("no panic in tests").push((headers, body));
    kept.came.notify_one();
    let manner = kept.manner.lock().expect("no panic in tests").clone();
    match manner.unwrap_or(Manner::Says("[]".to_owned())) {
        Manner::Says(content) => Json(json!({
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_663_812_000,
            "model": "office-model",
            "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": content } }],
            "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
        }))
        .into_response(),
        Manner::Breaks(status, body) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response()
        }
        Manner::Hangs => std::future::pending().await,
    }
}
