//! Pages with a few words: what somebody finds at an address that shows nothing of theirs.
//!
//! In the language that their browser asks for.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::App;
use crate::core::org::Locale;
use crate::core::words::Say;
use crate::render::escape;

/// The language that a browser asks for first, of those that we have (RFC 9110 section 12.5.4).
pub(super) fn language(headers: &HeaderMap) -> Locale {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut best: Option<(f32, Locale)> = None;
    for one in asked.split(',') {
        let (tag, rest) = one.split_once(';').unwrap_or((one, ""));
        let weight = rest.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        let tag = tag.trim().to_ascii_lowercase();
        let known = tag.starts_with("zh") || tag.starts_with("en");
        if known && weight > 0.0 && best.is_none_or(|(w, _)| weight > w) {
            best = Some((weight, Locale::from_tag(&tag)));
        }
    }
    // Who asks for a language that we have not reads English rather than Chinese; who asks for none is at home here.
    let other = if asked.trim().is_empty() || asked.trim() == "*" { Locale::default() } else { Locale::En };
    best.map_or(other, |(_, locale)| locale)
}

/// `/`: where one has come to.
pub(super) async fn home(State(app): State<App>, headers: HeaderMap) -> Response {
    told(&app, &headers, StatusCode::OK, "page_home")
}

/// Any address that leads nowhere; scripts get it as JSON.
pub(super) async fn missing(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    if !uri.path().starts_with("/api/") {
        return told(&app, &headers, StatusCode::NOT_FOUND, "page_missing");
    }
    let error = app.gateway.phrases.say(language(&headers), "page_missing", &[]);
    (StatusCode::NOT_FOUND, axum::Json(serde_json::json!({ "error": error }))).into_response()
}

/// A page whose title and text stand in the catalogue under `key` and `key_text`.
pub(super) fn told(app: &App, headers: &HeaderMap, status: StatusCode, key: &str) -> Response {
    let locale = language(headers);
    let say = |key: &str| app.gateway.phrases.say(locale, key, &[]);
    let (title, text) = (say(key), say(&format!("{key}_text")));
    page(status, locale, &title, &[line(&text)])
}

pub(super) fn line(text: &str) -> String {
    format!("<p>{}</p>", escape(text))
}

pub(super) fn quote(text: &str) -> String {
    format!("<blockquote>{}</blockquote>", escape(text).replace('\n', "<br>"))
}

pub(super) fn button(action: &str, label: &str) -> String {
    let action = if action.is_empty() { String::new() } else { format!(" action=\"{}\"", escape(action)) };
    format!("<form method=\"post\"{action}><button type=\"submit\">{}</button></form>", escape(label))
}

pub(super) fn page(status: StatusCode, locale: Locale, title: &str, body: &[String]) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title><link rel=\"stylesheet\" href=\"/web/style.css\"></head>\
         <body><main><h1>{title}</h1>{}</main></body></html>",
        locale.tag(),
        body.concat(),
        title = escape(title),
    );
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_first_is_spoken() {
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, text.parse().expect("a header"));
            language(&headers)
        };
        assert_eq!(asked("zh-CN,zh;q=0.9,en;q=0.8"), Locale::ZhCn);
        assert_eq!(asked("en-GB,en;q=0.9,zh-CN;q=0.8"), Locale::En);
        assert_eq!(asked("zh-TW,zh;q=0.9"), Locale::ZhHant);
        assert_eq!(asked("de, zh-CN;q=0.3, en;q=0.7"), Locale::En);
        assert_eq!(asked("de"), Locale::En);
        assert_eq!(asked("fr;q=0.9, en;q=0, zh;q=0.1"), Locale::ZhCn);
        assert_eq!(language(&HeaderMap::new()), Locale::ZhCn);
    }
}
