//! Access tokens of platforms that give them for a few hours: fetched once, kept for all gateways of the office.
//!
//! One fetch at a time in a process; what it brought is put where the other processes look first. Two processes that
//! fetch in the same second get the same token from the platforms, or two that both hold.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::api::{self, Answer};
use super::{Clock, Outcome};

/// So long before its end a token is no longer used: a call takes its time.
const EARLY: Duration = Duration::minutes(5);

/// A token and its end.
#[derive(Clone, Debug)]
pub struct Token {
    pub token: SecretString,
    pub until: DateTime<Utc>,
}

/// What all gateways of an office can read. Losing it costs one fetch.
#[async_trait]
pub trait Shared: Send + Sync {
    async fn get(&self, name: &str) -> Option<Token>;
    async fn put(&self, name: &str, token: &Token);
}

/// The token of one account.
pub(crate) struct Access {
    name: String,
    clock: Clock,
    shared: Option<Arc<dyn Shared>>,
    held: tokio::sync::Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// The one that the platform no longer takes.
    spoilt: Option<String>,
}

impl Access {
    /// `name`: of the platform and the account, the same in all processes.
    pub fn new(name: String, clock: Clock) -> Access {
        Access { name, clock, shared: None, held: tokio::sync::Mutex::default() }
    }

    pub(crate) fn share(&mut self, shared: Arc<dyn Shared>) {
        self.shared = Some(shared);
    }

    /// The token in use; fetched when there is none. `fetch` gives the token and the seconds that it holds.
    pub(crate) async fn token<E>(
        &self,
        fetch: impl Future<Output = Result<(String, i64), E>>,
    ) -> Result<SecretString, E> {
        let mut held = self.held.lock().await;
        let now = (self.clock)();
        // One that ends later than any platform's came from a clock that was wrong.
        let good = |t: &Token| (now + EARLY..now + Duration::hours(24)).contains(&t.until);
        if let Some(token) = held.token.as_ref().filter(|t| good(t)) {
            return Ok(token.token.clone());
        }
        if let Some(shared) = &self.shared
            && let Some(token) = shared.get(&self.name).await.filter(good)
            && held.spoilt.as_deref() != Some(token.token.expose_secret())
        {
            held.token = Some(token.clone());
            return Ok(token.token);
        }
        let (token, seconds) = fetch.await?;
        let token = Token { token: token.into(), until: now + Duration::seconds(seconds.clamp(0, 86_000)) };
        if let Some(shared) = &self.shared {
            shared.put(&self.name, &token).await;
        }
        held.token = Some(token.clone());
        Ok(token.token)
    }

    /// One call with the token. A token that is refused is forgotten, and the call made once more with a new one; what
    /// that comes to is given back, a refusal too.
    pub(crate) async fn call<F: Future<Output = Result<(String, i64), Outcome>>>(
        &self,
        fetch: impl Fn() -> F,
        request: impl Fn(&SecretString) -> Result<RequestBuilder, Outcome>,
        body: Option<&Value>,
        is_refused: impl Fn(&Answer) -> bool,
    ) -> Result<Answer, Outcome> {
        let mut again = true;
        loop {
            let token = self.token(fetch()).await?;
            let answer = api::call(request(&token)?, body).await.map_err(|lost| lost.outcome())?;
            if !is_refused(&answer) {
                return Ok(answer);
            }
            self.forget(&token).await;
            if !std::mem::take(&mut again) {
                return Ok(answer);
            }
        }
    }

    /// The platform no longer takes this one.
    async fn forget(&self, spoilt: &SecretString) {
        let mut held = self.held.lock().await;
        if held.token.as_ref().is_some_and(|t| t.token.expose_secret() == spoilt.expose_secret()) {
            held.token = None;
        }
        held.spoilt = Some(spoilt.expose_secret().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Table(Mutex<Option<Token>>);

    #[async_trait]
    impl Shared for Table {
        async fn get(&self, _: &str) -> Option<Token> {
            self.0.lock().expect("no panic").clone()
        }
        async fn put(&self, _: &str, token: &Token) {
            *self.0.lock().expect("no panic") = Some(token.clone());
        }
    }

    #[tokio::test]
    async fn one_fetch_serves_all_processes_until_it_ends_or_is_refused() {
        let now = Arc::new(Mutex::new(DateTime::<Utc>::UNIX_EPOCH));
        let table = Arc::new(Table::default());
        let fetched = AtomicUsize::new(0);
        let process = || {
            let now = now.clone();
            let mut access = Access::new("x".into(), Arc::new(move || *now.lock().expect("no panic")));
            access.share(table.clone());
            access
        };
        let (a, b) = (process(), process());
        let fetch = || async { Ok::<_, ()>((format!("t{}", fetched.fetch_add(1, Ordering::SeqCst)), 7_200)) };
        let said = |t: Result<SecretString, ()>| t.expect("there").expose_secret().to_owned();
        assert_eq!([said(a.token(fetch()).await), said(b.token(fetch()).await)], ["t0", "t0"]);
        *now.lock().expect("no panic") += Duration::minutes(116);
        assert_eq!([said(a.token(fetch()).await), said(b.token(fetch()).await)], ["t1", "t1"]);
        a.forget(&"t1".to_owned().into()).await;
        assert_eq!(said(a.token(fetch()).await), "t2", "what was refused is not taken from the table again");
        b.forget(&"t1".to_owned().into()).await;
        assert_eq!(said(b.token(fetch()).await), "t2", "and the others take what the first one fetched");
    }
}
