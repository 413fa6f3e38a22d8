//! The disk of the SQLite file is full, or read-only: nothing half, nothing confirmed that is not stored, and on
//! it goes by itself once there is room. A small file system of its own in memory; needs root.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::burst::{Burst, within_seconds};
use crate::office::{Office, Service, free_port};

/// A mounted file system; unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn new(at: &Path, size: &str) -> Option<Disk> {
        std::fs::create_dir_all(at).expect("a folder");
        mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "dutybell-test"], at).then(|| Disk(at.to_owned()))
    }

    fn remount(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}")], &self.0), "remount {options}");
    }

    /// Not a byte is left.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).expect("makes");
        for block in [vec![0_u8; 65_536], vec![0_u8; 4_096], vec![0_u8; 1]] {
            while std::io::Write::write_all(&mut filler, &block).is_ok() {}
        }
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    Command::new("mount").args(arguments).arg(at).output().is_ok_and(|o| o.status.success())
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status(); // a test that failed says so itself
    }
}

/// A gateway in the middle of a burst on a small disk, which is full; `None`: only root may mount one.
async fn full_in_a_burst() -> Option<(Burst, Service, Disk)> {
    let office = Office::new();
    let Some(disk) = Disk::new(&office.path().join("disk"), "16m") else {
        println!("left out: only root may mount the small disk that this story needs");
        return None;
    };
    let database = "[database]\nurl = \"sqlite:disk/office.db\"\nlease_seconds = 3\n";
    let burst = Burst::with(office, database, 120).await;
    let gateway = burst.office.serve(free_port());
    gateway.is_ready().await;
    within_seconds(30, "polling", || burst.fake.is_polled()).await;
    burst.begins();
    within_seconds(30, "the burst", || burst.untold() < 90).await;
    disk.fill();
    burst.answers(&mut Vec::new(), 20);
    Some((burst, gateway, disk))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_confirms_nothing_and_once_there_is_room_everything_goes_on() {
    let Some((burst, mut gateway, disk)) = full_in_a_burst().await else { return };
    tokio::time::sleep(Duration::from_secs(8)).await;
    let (told, log) = (burst.told().len(), gateway.log());
    assert!(told < 120, "the disk was not full in time");
    assert!(log.contains("database or disk is full"), "{log}");
    assert_eq!(burst.fake.waiting(), 20, "an answer was confirmed that could not be stored");
    assert!(burst.confirmed().is_empty());

    disk.remount("size=64m");
    let recovered = within_seconds(30, "everything is said and read", || {
        burst.untold() == 0 && burst.fake.waiting() == 0 && burst.confirmed().len() == 20
    })
    .await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    println!(
        "disk full after {told} of 120: lost {}, doubled {}; everything {:.1} s after there was room",
        burst.untold(),
        burst.doubled(),
        recovered.as_secs_f64()
    );
    assert_eq!(burst.doubled(), 0);
    gateway.signal("TERM");
    assert!(gateway.ended().await.success());
    burst.is_whole(20);

    // A disk that may only be read: said at the start, in words.
    disk.remount("ro");
    let refused = burst.office.command().args(["import", "ledger.csv"]).output().expect("runs");
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    println!("read-only: {}", words.trim());
    assert!(!refused.status.success() && words.contains("disk/office.db") && words.contains("read"), "{words}");
    disk.remount("rw");
    burst.is_whole(20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_stays_full_is_told_in_some_lines_and_not_in_thousands() {
    let Some((burst, gateway, disk)) = full_in_a_burst().await else { return };
    tokio::time::sleep(Duration::from_secs(20)).await;
    let log = gateway.log();
    assert!(log.contains("database or disk is full"), "{log}");
    let lines = log.lines().count();
    println!("{lines} lines in 20 s of a full disk");
    assert!(lines < 150, "{lines} lines: {log}");
    disk.remount("size=64m");
    within_seconds(30, "everything is said and read", || burst.untold() == 0 && burst.confirmed().len() == 20).await;
}
