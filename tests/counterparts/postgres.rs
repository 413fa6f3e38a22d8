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
    let server = prepare();
    server.start(settings);
    server
}

fn prepare() -> Postgres {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The server runs as another user.
    #[cfg(unix)]
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("opens it");
    Postgres { folder, port: free_port() }
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

    fn script(&self, what: &str, arguments: &[&str]) -> bool {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counterparts/postgres.sh");
        // Inherited pipes would be held open by the server for ever.
        let status = Command::new(script)
            .args([what, self.cluster().to_str().expect("plain names")])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
        status.is_ok_and(|s| s.success())
    }

    pub fn start(&self, settings: &[&str]) {
        let port = self.port.to_string();
        let done = self.script("start", &[&[port.as_str()], settings].concat());
        assert!(done, "PostgreSQL does not start; run ./test.sh --install-only");
    }

    /// A copy that follows this server under the name `standby`.
    pub fn standby(&self) -> Postgres {
        let standby = prepare();
        let done = standby.script("standby", &[&standby.port.to_string(), &self.port.to_string()]);
        assert!(done, "the standby does not start");
        standby
    }

    /// A standby becomes a primary.
    pub fn promote(&self) {
        assert!(self.script("promote", &[]), "the standby cannot be promoted");
    }

    /// `STOP` or `CONT` to all of its processes.
    pub fn signal(&self, name: &str) {
        assert!(self.script("signal", &[name]), "the server cannot be signalled");
    }

    /// `fast` ends connections and stops; `immediate` is a crash.
    pub fn stop(&self, mode: &str) -> bool {
        self.script("stop", &[mode])
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop("immediate");
    }
}
