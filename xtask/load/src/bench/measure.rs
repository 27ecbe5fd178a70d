//! Requests over kept-alive connections, counted and timed one by one.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rand::{SeedableRng as _, rngs::StdRng};
use serde::Serialize;

use crate::http::{Client, Request};

/// Requests of each connection before anything counts: caches fill, statements are prepared.
const WARM_UP: u64 = 50;

/// Where a measurement ends, whatever comes first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) time: Duration,
    /// Of all connections together.
    pub(super) count: u64,
}

impl Bounds {
    pub(super) fn of(seconds: NonZeroU32) -> Self {
        let seconds = seconds.get();
        // More than the machine does, so that time is what ends it; and never without end.
        Self { time: Duration::from_secs(seconds.into()), count: u64::from(seconds) * 100_000 }
    }
}

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Measured {
    /// Things done a second.
    pub(super) rate: f64,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
}

impl Measured {
    /// From how long each of `connections`' things took; `None` where nothing was done.
    pub(super) fn of(mut each: Vec<Duration>, took: Duration) -> Option<Self> {
        each.sort_unstable();
        let at = |hundredth: usize| each.get((each.len() * hundredth / 100).min(each.len().checked_sub(1)?));
        let (p50, p99) = (*at(50)?, *at(99)?);
        let count = u32::try_from(each.len()).unwrap_or(u32::MAX);
        Some(Self { rate: f64::from(count) / took.as_secs_f64(), p50, p99 })
    }
}

/// Sends what `request` makes of the connection's number and chance, until the bounds.
pub(super) fn measure(
    address: SocketAddr,
    connections: u32,
    bounds: Bounds,
    request: impl Fn(usize, &mut StdRng) -> Request + Sync,
) -> anyhow::Result<Measured> {
    in_parallel(connections, bounds, |connection| {
        let mut client = Client::new(address);
        let mut random = StdRng::seed_from_u64(connection as u64);
        let request = &request;
        move || {
            let request = request(connection, &mut random);
            let began = Instant::now();
            let answer = client.send(&request)?;
            let took = began.elapsed();
            ensure!(answer.is_success(), "{} {} answers {}", request.method, request.path, answer.describe());
            Ok(Some(took))
        }
    })
}

/// Does on each of so many threads what `worker` makes for it, until the bounds or until there is no more to do.
pub(super) fn in_parallel<W>(
    threads: u32,
    bounds: Bounds,
    worker: impl Fn(usize) -> W + Sync,
) -> anyhow::Result<Measured>
where
    W: FnMut() -> anyhow::Result<Option<Duration>>,
{
    let warm = std::sync::Barrier::new(threads as usize);
    let each_at_most = bounds.count / u64::from(threads);
    let (warm, worker) = (&warm, &worker);
    let results: anyhow::Result<Vec<(Vec<Duration>, Duration)>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads as usize)
            .map(|thread| {
                scope.spawn(move || {
                    let mut work = worker(thread);
                    let warmed = (0..WARM_UP).try_for_each(|_| work().map(drop));
                    // Everybody comes here, or the others wait for ever.
                    warm.wait();
                    warmed?;
                    let (mut each, began) = (Vec::new(), Instant::now());
                    while began.elapsed() < bounds.time && (each.len() as u64) < each_at_most {
                        match work()? {
                            Some(took) => each.push(took),
                            None => break,
                        }
                    }
                    Ok((each, began.elapsed()))
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(anyhow::anyhow!("a worker panicked; its message is above")))
            })
            .collect()
    });
    let results = results?;
    let longest = results.iter().map(|(_, took)| *took).max().unwrap_or_default();
    Measured::of(results.into_iter().flat_map(|(each, _)| each).collect(), longest)
        .context("nothing was done")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_rate_follow_from_what_each_took() {
        let each = (1..=100).rev().map(Duration::from_millis).collect();
        let measured = Measured::of(each, Duration::from_secs(2)).unwrap();
        assert_eq!(measured.p50, Duration::from_millis(51));
        assert_eq!(measured.p99, Duration::from_millis(100));
        assert!((measured.rate - 50.0).abs() < 1e-9);
        assert!(Measured::of(Vec::new(), Duration::from_secs(1)).is_none());
    }
}
