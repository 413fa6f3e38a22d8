//! What is shared by platforms that are heard over a connection that goes out from here: how it is made, and what was
//! heard over it, kept until it is stored.
//!
//! A platform brings something and waits for an answer. It gets it when somebody asks for what comes after, which is when
//! it was stored. What was heard stays here until then, whatever becomes of the connection.

use std::collections::VecDeque;
use std::time::Duration;

use data_encoding::HEXLOWER;
use reqwest::Url;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::PollError;
use dutybell_core::inbound::{Batch, Update};
use dutybell_system::clock::within;

/// For making the connection.
pub(super) const CONNECT: Duration = Duration::from_secs(20);
/// How often it is looked at whether somebody still asks at a connection, at least.
pub(super) const LOOK: Duration = Duration::from_secs(5);
/// What is said together is handed out together.
pub(super) const TOGETHER: Duration = Duration::from_millis(50);
/// A connection that ends sooner than that is not opened anew at once.
pub(super) const YOUNG: Duration = Duration::from_secs(10);
/// After a failure.
pub(super) const AGAIN: Duration = Duration::from_secs(5);

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Makes a connection; `most`: bytes of its longest message. The address lets in whoever has it: no error of it is told.
pub(super) async fn connect(place: &Url, most: usize) -> Result<Socket, PollError> {
    let config = WebSocketConfig::default().max_message_size(Some(most)).max_frame_size(Some(most));
    match within(CONNECT, connect_async_with_config(place.as_str(), Some(config), false)).await {
        Some(Ok((socket, _))) => Ok(socket),
        Some(Err(_)) => Err(wait("the connection was refused")),
        None => Err(wait("the connection could not be made in time")),
    }
}

/// Whether a connection may be made to an address that the platform at `base` names: without TLS only where the platform
/// itself is on this machine.
pub(super) fn is_safe(place: &Url, base: &Url) -> bool {
    place.scheme() == "wss" || place.scheme() == "ws" && base.scheme() == "http"
}

pub(super) fn wait(reason: &str) -> PollError {
    PollError::Wait { after: AGAIN, reason: reason.to_owned() }
}

/// What was heard and waits to be stored. `A`: what the platform is to be answered then.
pub(super) struct Queue<A> {
    /// Of this process: positions of another one confirm nothing here.
    mark: String,
    /// Updates heard so far.
    count: u64,
    waiting: VecDeque<Waiting<A>>,
}

struct Waiting<A> {
    number: u64,
    update: Update,
    /// One for each time that it was brought.
    answers: Vec<A>,
}

impl<A> Queue<A> {
    pub(super) fn new() -> Result<Queue<A>, String> {
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).map_err(|_| "the system gives no random numbers".to_owned())?;
        Ok(Queue { mark: HEXLOWER.encode(&random), count: 0, waiting: VecDeque::new() })
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn put(&mut self, update: Update, answer: A) {
        if let Some(same) = self.waiting.iter_mut().find(|w| w.update.id == update.id) {
            // Brought once more, as it was not stored in time.
            same.answers.push(answer);
            return;
        }
        self.count += 1;
        self.waiting.push_back(Waiting { number: self.count, update, answers: vec![answer] });
    }

    /// What came up to this position was stored and is forgotten; gives what is to be answered.
    pub(super) fn confirm(&mut self, token: Option<&str>) -> Vec<A> {
        let Some((mark, number)) = token.and_then(|t| t.split_once('.')) else { return Vec::new() };
        let Some(number) = number.parse::<u64>().ok().filter(|_| mark == self.mark) else { return Vec::new() };
        let stored = self.waiting.iter().take_while(|w| w.number <= number).count();
        self.waiting.drain(..stored).flat_map(|w| w.answers).collect()
    }

    /// All that waits, with the position behind it; behind `token` when there is nothing.
    pub(super) fn batch(&self, token: Option<&str>) -> Batch {
        let updates = self.waiting.iter().map(|w| w.update.clone()).collect();
        let last = self.waiting.back().map(|w| format!("{}.{}", self.mark, w.number));
        Batch { updates, token: last.or_else(|| token.map(str::to_owned)) }
    }
}
