//! A MariaDB of a test's own: Debian's server in a temporary folder, on a free port.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::{Connection, MySqlConnection};
use tempfile::TempDir;

/// A running server; stopped and thrown away when dropped.
pub struct MariaDb {
    server: Child,
    port: u16,
    _folder: TempDir,
}

fn root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|o| o.stdout.starts_with(b"0\n"))
}

/// Starts a fresh server with user root, without password.
///
/// # Panics
/// When Debian's package mariadb-server is missing: `./test.sh --install-only` installs it.
pub async fn start() -> MariaDb {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let log = std::fs::File::create(folder.path().join("log")).expect("a log");
    let as_root = if root() { vec!["--user=root"] } else { Vec::new() };
    let made = Command::new("mariadb-install-db")
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .args(&as_root)
        .arg(format!("--datadir={}", data.display()))
        .stdout(log.try_clone().expect("a log"))
        .stderr(log.try_clone().expect("a log"))
        .status();
    assert!(made.is_ok_and(|s| s.success()), "MariaDB is not there; run ./test.sh --install-only");
    let port = crate::postgres::free_port();
    let server = Command::new("/usr/sbin/mariadbd")
        .args([
            "--no-defaults",
            "--skip-networking=0",
            "--bind-address=127.0.0.1",
            "--innodb-flush-log-at-trx-commit=0",
        ])
        .args(&as_root)
        .arg(format!("--port={port}"))
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", folder.path().join("socket").display()))
        .arg(format!("--pid-file={}", folder.path().join("pid").display()))
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log"))
        .stderr(log)
        .spawn()
        .expect("MariaDB starts");
    let server = MariaDb { server, port, _folder: folder };
    for _ in 0..600 {
        if MySqlConnection::connect(&server.url("root", "mysql")).await.is_ok() {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("MariaDB does not answer")
}

impl MariaDb {
    pub fn url(&self, user: &str, database: &str) -> String {
        format!("mysql://{user}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.server.kill(); // it may have ended by itself
        let _ = self.server.wait();
    }
}
