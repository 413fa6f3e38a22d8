//! Pages that mails lead to: confirming what came in one's name, and stopping summaries.
//!
//! A page that is opened changes nothing, since programs open links in mails; its button does. No cookie, no script:
//! the code in the address is all that is asked for.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::pages::{button, line, page, quote};
use super::{App, WebError};
use crate::app::mail::{self, Confirmation};
use crate::core::org::Locale;
use crate::core::words::Say;

/// What a mail's link to a claim leads to.
pub(super) async fn claim(State(app): State<App>, Path(code): Path<String>) -> Result<Response, WebError> {
    Ok(shown(&app, mail::look_at_claim(&app.gateway, &code).await?))
}

/// The button on that page.
pub(super) async fn confirm(State(app): State<App>, Path(code): Path<String>) -> Result<Response, WebError> {
    Ok(shown(&app, mail::confirm_claim(&app.gateway, &code).await?))
}

fn shown(app: &App, confirmation: Confirmation) -> Response {
    let say = |locale: Locale, key: &str| app.gateway.phrases.say(locale, key, &[]);
    match confirmation {
        Confirmation::Waits { locale, text, outcome } => {
            let mut body = vec![quote(&text), line(&say(locale, "page_claim_outcome"))];
            body.extend(outcome.iter().map(|said| quote(said)));
            body.push(button("", &say(locale, "page_claim_button")));
            page(StatusCode::OK, locale, &say(locale, "page_claim_title"), &body)
        }
        Confirmation::Confirmed { locale } => page(StatusCode::OK, locale, &say(locale, "page_claim_done"), &[]),
        Confirmation::Used => everywhere(app, StatusCode::GONE, "page_claim_used"),
        Confirmation::Over => everywhere(app, StatusCode::NOT_FOUND, "page_over"),
    }
}

/// Whether summaries come by mail, and the button that changes it.
pub(super) async fn summaries(State(app): State<App>, Path(token): Path<String>) -> Result<Response, WebError> {
    set(&app, &token, None).await
}

/// One click, by the button or by the mail program itself (RFC 8058 section 3.2).
pub(super) async fn stop(State(app): State<App>, Path(token): Path<String>) -> Result<Response, WebError> {
    set(&app, &token, Some(false)).await
}

/// And back again.
pub(super) async fn resume(State(app): State<App>, Path(token): Path<String>) -> Result<Response, WebError> {
    set(&app, &token, Some(true)).await
}

async fn set(app: &App, token: &str, wanted: Option<bool>) -> Result<Response, WebError> {
    let Some((locale, wanted)) = mail::summaries(&app.gateway, token, wanted).await? else {
        return Ok(everywhere(app, StatusCode::NOT_FOUND, "page_over"));
    };
    let say = |key: &str| app.gateway.phrases.say(locale, key, &[]);
    // The token stands in the address and is one word of letters and digits: it was read as one.
    let (title, action, label) = match wanted {
        true => ("page_summaries_on", format!("/mail/summaries/{token}"), "page_summaries_stop"),
        false => ("page_summaries_off", format!("/mail/summaries/{token}/resume"), "page_summaries_resume"),
    };
    let body = [line(&say("page_summaries_note")), button(&action, &say(label))];
    Ok(page(StatusCode::OK, locale, &say(title), &body))
}

/// Of a code that names nobody the reader's language is not known.
fn everywhere(app: &App, status: StatusCode, key: &str) -> Response {
    let said = Locale::ALL.map(|locale| line(&app.gateway.phrases.say(locale, key, &[])));
    page(status, Locale::ZhCn, "dutybell", &said)
}
