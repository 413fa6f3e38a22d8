//! A network line with faults, between a program and a server: it delays, or falls silent without a word.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, Default)]
struct Manner {
    delay: Duration,
    /// How often it has fallen silent.
    silences: u32,
}

/// The line. Connections that were there when it fell silent stay so for ever, as with a host that lost its power.
pub struct Line {
    pub port: u16,
    manner: Arc<watch::Sender<Manner>>,
}

impl Line {
    pub async fn to(server: u16) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let manner = Arc::new(watch::Sender::new(Manner::default()));
        let asked = manner.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if let Ok(far) = TcpStream::connect(("127.0.0.1", server)).await {
                    let (near, far) = (near.into_split(), far.into_split());
                    tokio::spawn(carry(near.0, far.1, asked.subscribe()));
                    tokio::spawn(carry(far.0, near.1, asked.subscribe()));
                }
            }
        });
        Line { port, manner }
    }

    /// Every piece takes so long in each direction.
    pub fn delays(&self, delay: Duration) {
        self.manner.send_modify(|m| m.delay = delay);
    }

    /// Connections fall silent; new ones are made.
    pub fn falls_silent(&self) {
        self.manner.send_modify(|m| m.silences += 1);
    }
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut manner: watch::Receiver<Manner>) {
    let mut piece = vec![0; 65_536];
    let born = manner.borrow_and_update().silences;
    loop {
        let read = tokio::select! {
            read = from.read(&mut piece) => read,
            _ = manner.changed() => {
                if manner.borrow_and_update().silences != born {
                    return std::future::pending().await;
                }
                continue;
            }
        };
        match read {
            Ok(n) if n > 0 => {
                let delay = manner.borrow().delay;
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                if to.write_all(&piece[..n]).await.is_err() {
                    return;
                }
            }
            _ => return,
        }
    }
}
