//! Debian's haproxy in front of a server, to cut what runs through it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running proxy; ended with the test.
pub struct Haproxy {
    folder: TempDir,
    child: Option<Child>,
    pub port: u16,
}

impl Haproxy {
    pub fn to(server: u16, port: u16) -> Haproxy {
        let folder = tempfile::tempdir().expect("a folder");
        let configuration = format!(
            "global\n  stats socket {}/admin level admin\n\
             defaults\n  mode tcp\n  timeout connect 2s\n  timeout client 1h\n  timeout server 1h\n\
             listen database\n  bind 127.0.0.1:{port}\n  server one 127.0.0.1:{server}\n",
            folder.path().display()
        );
        std::fs::write(folder.path().join("haproxy.cfg"), configuration).expect("writes");
        let mut proxy = Haproxy { folder, child: None, port };
        proxy.start();
        proxy
    }

    /// # Panics
    /// When Debian's package haproxy is missing: `./test.sh --install-only` installs it.
    pub fn start(&mut self) {
        let mut command = Command::new("/usr/sbin/haproxy");
        command.args(["-db", "-q", "-f"]).arg(self.folder.path().join("haproxy.cfg")).stderr(Stdio::null());
        self.child = Some(command.spawn().expect("haproxy starts; run ./test.sh --install-only"));
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill(); // it may have ended by itself
            let _ = child.wait();
        }
    }

    /// Every connection ends in the middle of whatever is said; new ones are taken.
    pub fn cut(&self) {
        let mut socket = UnixStream::connect(self.folder.path().join("admin")).expect("connects");
        socket.write_all(b"shutdown sessions server database/one\n").expect("writes");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("reads");
        assert_eq!(answer.trim(), "");
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        self.stop();
    }
}
