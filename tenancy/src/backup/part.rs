//! Bytes on their way into a backup or out of it, counted and hashed.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use bytes::{Buf as _, Bytes};
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};

use super::PartOf;
use crate::attachment::hex;

/// A reader that knows what it gave.
pub(super) struct Hashed<R> {
    from: R,
    hash: Sha256,
    size: u64,
}

impl<R> Hashed<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, hash: Sha256::new(), size: 0 }
    }

    pub(super) fn part(self, path: impl Into<String>) -> PartOf {
        PartOf { path: path.into(), size: self.size, sha256: hex(&self.hash.finalize()) }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.hash.update(&into[..read]);
        self.size += read as u64;
        Ok(read)
    }
}

/// A stream read on a thread that may wait.
pub(super) struct Streamed<'r, S> {
    runtime: &'r tokio::runtime::Runtime,
    stream: S,
    rest: Bytes,
}

impl<'r, S> Streamed<'r, S> {
    pub(super) fn new(runtime: &'r tokio::runtime::Runtime, stream: S) -> Self {
        Self { runtime, stream, rest: Bytes::new() }
    }
}

impl<S: Stream<Item = Result<Bytes, E>> + Unpin, E: Into<Box<dyn std::error::Error + Send + Sync>>> Read
    for Streamed<'_, S>
{
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.runtime.block_on(self.stream.next()) {
                None => return Ok(0),
                Some(next) => self.rest = next.map_err(io::Error::other)?,
            }
        }
        let many = into.len().min(self.rest.len());
        self.rest.split_to(many).copy_to_slice(&mut into[..many]);
        Ok(many)
    }
}

/// A folder of our own for as long as this lives.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(path: PathBuf) -> io::Result<Self> {
        // What an earlier attempt left there when it was killed.
        drop(std::fs::remove_dir_all(&path));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(&path)?;
        Ok(Self(path))
    }

    pub(super) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A runtime for the attachments' streams; nothing else here is asynchronous.
pub(super) fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().build()
}
