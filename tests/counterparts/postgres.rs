//! A PostgreSQL of a test's own: Debian's server in a temporary folder, on a free port.
#![allow(dead_code)] // each test uses a part of it

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A running server; stopped and thrown away when dropped.
pub struct Postgres {
    folder: TempDir,
    pub port: u16,
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port()
}

/// Starts a fresh server with these settings (`name=value`).
///
/// # Panics
/// When Debian's package postgresql is missing: `./test.sh --install-only` installs it.
pub fn start(settings: &[&str]) -> Postgres {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The server runs as another user.
    #[cfg(unix)]
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("opens it");
    let server = Postgres { folder, port: free_port() };
    server.start(settings);
    server
}

impl Postgres {
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Process id of the server: all its processes are below it.
    pub fn pid(&self) -> Option<u32> {
        let file = std::fs::read_to_string(self.cluster().join("data/postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    fn cluster(&self) -> std::path::PathBuf {
        self.folder.path().join("cluster")
    }

    fn script(&self, arguments: &[&str]) -> bool {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counterparts/postgres.sh");
        // Inherited pipes would be held open by the server for ever.
        let status = Command::new(script).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status();
        status.is_ok_and(|s| s.success())
    }

    pub fn start(&self, settings: &[&str]) {
        let cluster = self.cluster();
        let port = self.port.to_string();
        let mut arguments = vec!["start", cluster.to_str().expect("plain names"), &port];
        arguments.extend(settings);
        assert!(self.script(&arguments), "PostgreSQL does not start; run ./test.sh --install-only");
    }

    /// `fast` ends connections and stops; `immediate` is a crash.
    pub fn stop(&self, mode: &str) -> bool {
        let cluster = self.cluster();
        self.script(&["stop", cluster.to_str().expect("plain names"), mode])
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop("immediate");
    }
}
