//! A TCP stream that hands out single bytes until TLS begins.
//!
//! The SMTP library reads through a buffer and keeps what is in it when STARTTLS turns the
//! connection into TLS. Somebody on the line could send answers in the clear right behind the
//! server's "ready", and they would later count as answers under TLS, even as "message accepted"
//! (the fault class of CVE-2011-0411). With single bytes the buffer is empty after each line, so
//! such words reach the TLS layer and break the handshake. Used by the SMTP dialogue only.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// First byte of a TLS handshake record (RFC 8446 section 5.1); no SMTP command begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

#[derive(Debug)]
pub(super) struct Narrow {
    tcp: TcpStream,
    /// Our side has begun the TLS handshake: full speed from here on.
    tls: bool,
}

impl Narrow {
    pub(super) fn new(tcp: TcpStream) -> Self {
        Self { tcp, tls: false }
    }
}

impl AsyncTokioStream for Narrow {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.peer_addr()
    }
}

impl AsyncRead for Narrow {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.tls || buf.remaining() == 0 {
            return Pin::new(&mut self.tcp).poll_read(cx, buf);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut one))?;
        buf.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Narrow {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.tls |= bytes.first() == Some(&TLS_HANDSHAKE);
        Pin::new(&mut self.tcp).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
