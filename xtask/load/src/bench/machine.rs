//! The machine that was measured on; a number without it means nothing.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::Serialize;

/// The machine.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    processor: String,
    cores: usize,
    memory_mib: u64,
    system: String,
    /// What it takes to have 4 KiB on disk, the median: the least that any durable commit takes.
    sync: Duration,
}

impl Machine {
    /// This one, and the disk of `folder`.
    pub(super) fn here(folder: &Path) -> anyhow::Result<Self> {
        let value = |file: &str, name: &str| -> Option<String> {
            let text = std::fs::read_to_string(file).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim_start_matches([':', ' ', '\t']).to_owned())
        };
        let kib = value("/proc/meminfo", "MemTotal");
        let kib = kib.and_then(|text| text.strip_suffix(" kB")?.trim().parse::<u64>().ok());
        let system = Command::new("uname").arg("-srm").output();
        Ok(Self {
            processor: value("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kib.unwrap_or_default() / 1024,
            system: system
                .map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
                .unwrap_or_default(),
            sync: sync(&folder.join("sync"))?,
        })
    }
}

fn sync(file: &Path) -> anyhow::Result<Duration> {
    const WRITES: usize = 200;
    let mut file = File::create(file)?;
    let mut took = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took[WRITES / 2])
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { processor, cores, memory_mib, system, sync } = self;
        let sync = sync.as_secs_f64() * 1e6;
        write!(
            f,
            "{cores} cores of {processor}, {memory_mib} MiB, {system}; 4 KiB written and synced in {sync:.0} µs (median)"
        )
    }
}
