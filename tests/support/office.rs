//! The program as an administrator runs it: a folder with files, commands, running services and signals to them.
#![allow(dead_code)] // each story uses a part of it

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The default pack with nothing quiet and no time for undo, so that stories on the real clock do not depend on
/// the hour.
pub fn pack() -> String {
    include_str!("../../packs/cn-worksafety.toml")
        .replace("hours = [\"21:30-07:30\", \"12:00-14:00\"]", "hours = []")
        .replace("rest_days = true", "rest_days = false")
        .replace("undo_minutes = 10", "undo_minutes = 0")
        .replace("channels_off = [\"telegram\"]", "channels_off = []")
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port()
}

/// A folder with configuration and ledgers.
pub struct Office {
    folder: TempDir,
    /// What every program of this office finds in its environment.
    pub environment: Vec<(&'static str, String)>,
}

impl Office {
    pub fn new() -> Office {
        Office { folder: tempfile::tempdir().expect("a folder"), environment: Vec::new() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("writes");
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dutybell"));
        command.current_dir(self.path()).env_remove("DUTYBELL_CONFIG");
        // For the tests themselves; the program would refuse what it does not know.
        command.env_remove("DUTYBELL_STORM_SECONDS").env_remove("DUTYBELL_SEED").env_remove("DUTYBELL_TEST_DATABASE");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command that must succeed; gives what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().expect("runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Starts the service on a port; several of them may share the folder.
    pub fn serve(&self, port: u16) -> Service {
        let mut command = self.command();
        command.arg("serve");
        self.started(command, port)
    }

    /// The same after words of the shell, such as `ulimit -n 400`.
    pub fn serve_after(&self, words: &str, port: u16) -> Service {
        let program = self.command();
        let mut shell = Command::new("sh");
        shell.current_dir(self.path()).arg("-c").arg(format!("{words}; exec \"$0\" serve")).arg(program.get_program());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        self.started(shell, port)
    }

    fn started(&self, mut command: Command, port: u16) -> Service {
        let log = self.path().join(format!("log.{port}"));
        // A file: a pipe that nobody empties would bring the program to a stop.
        let file = std::fs::File::options().create(true).append(true).open(&log).expect("opens");
        command.env("DUTYBELL_WEB__LISTEN", format!("127.0.0.1:{port}"));
        Service { child: command.stdout(Stdio::null()).stderr(file).spawn().expect("starts"), port, log }
    }
}

/// A running service; killed when dropped.
pub struct Service {
    child: Child,
    pub port: u16,
    log: PathBuf,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

impl Service {
    pub async fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    /// File numbers that it holds (Linux).
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).map_or(0, Iterator::count)
    }

    /// Waits until it is ready; gives how long that took.
    pub async fn is_ready(&self) -> Duration {
        let start = Instant::now();
        while !self.get("/readyz").await.is_ok_and(|a| a.starts_with("HTTP/1.1 200")) {
            assert!(start.elapsed() < Duration::from_secs(30), "the program does not answer: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        start.elapsed()
    }

    /// `TERM` as systemd sends it, `KILL`, `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(status.expect("kill is there").success());
    }

    pub async fn ended(&mut self) -> ExitStatus {
        for _ in 0..800 {
            if let Some(status) = self.child.try_wait().expect("asks") {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the program does not end: {}", self.log());
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// Waits up to 60 s for something.
pub async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1_200 {
        if let Some(found) = look() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not happen");
}
