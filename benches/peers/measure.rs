//! What a run costs, read from Linux's /proc: processor time and peak memory of a process and all below it.

use std::fs;

/// Ticks of processor time in a second: `USER_HZ`, 100 on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// Process ids of a process and all its descendants.
fn tree(root: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
            && let Some(parent) = fields(pid).get(1).and_then(|p| p.parse::<u32>().ok())
        {
            parents.push((pid, parent));
        }
    }
    let mut found = vec![root];
    let mut next = 0;
    while next < found.len() {
        let above = found[next];
        found.extend(parents.iter().filter(|(_, parent)| *parent == above).map(|(pid, _)| *pid));
        next += 1;
    }
    found
}

/// Fields of /proc/PID/stat after the name, which may hold anything: state, parent, …
fn fields(pid: u32) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    after.split_whitespace().map(str::to_owned).collect()
}

/// Processor seconds of the tree so far, children that ended included.
pub fn cpu(root: u32) -> f64 {
    let ticks = |pid: u32| -> f64 {
        // utime, stime, cutime, cstime are fields 14 to 17 of proc(5); the state is field 3.
        fields(pid).iter().skip(11).take(4).filter_map(|f| f.parse::<f64>().ok()).sum()
    };
    tree(root).into_iter().map(ticks).sum::<f64>() / TICKS
}

/// Peak resident memory of the tree in MiB.
pub fn peak(root: u32) -> f64 {
    let kib = |pid: u32| -> f64 {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default().to_owned();
        line.split_whitespace().nth(1).and_then(|k| k.parse().ok()).unwrap_or(0.0)
    };
    tree(root).into_iter().map(kib).sum::<f64>() / 1_024.0
}

/// Processor seconds of this program's children that ended.
pub fn children() -> f64 {
    fields(std::process::id()).iter().skip(13).take(2).filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / TICKS
}
