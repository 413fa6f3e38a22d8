//! A program of others that a test talks to by lines.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout};

/// A program of others; ended with the test.
pub struct Peer(pub Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The next line that a peer prints.
pub async fn line(lines: &mut Option<BufReader<ChildStdout>>) -> String {
    let mut reader = lines.take().expect("read by one at a time");
    let (reader, text) = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        reader.read_line(&mut text).expect("reads");
        (reader, text.trim().to_owned())
    })
    .await
    .expect("no panic");
    *lines = Some(reader);
    text
}
