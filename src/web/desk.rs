//! The built-in chat's page: who calls is proven by the session in their cookie; what is shown and said is `app::desk`.
//!
//! A desk is private: a one-time link opens a session (`/desk?code=…`). In the demo all are open.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures::Stream;
use serde::Deserialize;

use super::{App, WebError, pages};
use crate::app::desk::{self, Chat, SESSION, Session};
use crate::core::org::PersonId;

#[derive(Deserialize)]
pub(super) struct Enter {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Said {
    text: String,
    reply_to: Option<String>,
    nonce: String,
}

#[derive(Deserialize)]
pub(super) struct Pressed {
    action: String,
    message: String,
    nonce: String,
}

/// `/desk?code=…`: a one-time code opens a session. Who has one already comes to their page in any case.
pub(super) async fn enter(
    State(app): State<App>,
    Query(query): Query<Enter>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let code: String = query.code.chars().filter(char::is_ascii_alphanumeric).collect();
    let entered = if code.is_empty() { None } else { desk::enter(&app.gateway, &code).await? };
    if let Some(Session { login, token }) = entered {
        let secure = if app.is_encrypted() { "; Secure" } else { "" };
        let lasts = SESSION.num_seconds();
        let cookie = format!("desk={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts}{secure}");
        return Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&format!("/desk/{login}"))).into_response());
    }
    if let Some(token) = session(&headers)
        && let Some(login) = desk::session(&app.gateway, token).await?
    {
        return Ok(Redirect::to(&format!("/desk/{login}")).into_response());
    }
    let key = if code.is_empty() { "page_desk" } else { "page_link_over" };
    Ok(pages::told(&app, &headers, StatusCode::BAD_REQUEST, key))
}

/// The page itself holds no data.
pub(super) async fn page(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    match owner(&app, &login, &headers).await {
        Ok(_) => Ok(super::file("text/html", include_str!("../../templates/web/desk.html"))),
        Err(WebError::NotFound) => Ok(pages::told(&app, &headers, StatusCode::NOT_FOUND, "page_desk")),
        Err(_) => Ok(pages::told(&app, &headers, StatusCode::SERVICE_UNAVAILABLE, "page_busy")),
    }
}

/// The session that a browser has.
fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE).and_then(|v| v.to_str().ok())?;
    cookies.split(';').find_map(|c| c.trim().strip_prefix("desk="))
}

/// Whose desk this is, if the caller may see it. Somebody else's and a missing one look alike.
async fn owner(app: &App, login: &str, headers: &HeaderMap) -> Result<PersonId, WebError> {
    if app.demo.is_none() {
        let token = session(headers).ok_or(WebError::NotFound)?;
        if desk::session(&app.gateway, token).await?.as_deref() != Some(login) {
            return Err(WebError::NotFound);
        }
    }
    desk::owner(&app.gateway, login).await?.ok_or(WebError::NotFound)
}

/// The chat as it stands.
pub(super) async fn messages(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Chat>, WebError> {
    let person = owner(&app, &login, &headers).await?;
    Ok(Json(desk::chat(&app.gateway, person, &login).await?.ok_or(WebError::NotFound)?))
}

pub(super) async fn say(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
    Json(said): Json<Said>,
) -> Result<Json<serde_json::Value>, WebError> {
    let text = desk::Said::Text { text: said.text, reply_to: said.reply_to };
    take(&app, &login, &headers, &said.nonce, text).await
}

pub(super) async fn press(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
    Json(pressed): Json<Pressed>,
) -> Result<Json<serde_json::Value>, WebError> {
    let press = desk::Said::Press { action: pressed.action, message: pressed.message };
    take(&app, &login, &headers, &pressed.nonce, press).await
}

/// Takes what was said by the desk's owner; other pages of theirs fetch it.
async fn take(
    app: &App,
    login: &str,
    headers: &HeaderMap,
    nonce: &str,
    said: desk::Said,
) -> Result<Json<serde_json::Value>, WebError> {
    let person = owner(app, login, headers).await?;
    desk::say(&app.gateway, person, login, nonce, said).await?;
    if let Some(desk) = &app.desk {
        desk.ring(login);
    }
    Ok(Json(serde_json::json!({ "ok": true })))
}

/// Tells the page when to fetch anew.
pub(super) async fn events(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, WebError> {
    owner(&app, &login, &headers).await?;
    let desk = app.desk.clone().ok_or(WebError::NotFound)?;
    let rings = futures::stream::unfold((desk.listen(), login), |(mut bell, login)| async move {
        loop {
            match bell.recv().await {
                Ok(rung) if rung == login => break,
                Ok(_) => {}
                // Missed some: fetching once covers them all.
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => break,
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
            }
        }
        Some((Ok(Event::default().event("changed").data(login.clone())), (bell, login)))
    });
    Ok(Sse::new(rings).keep_alive(KeepAlive::default()))
}
