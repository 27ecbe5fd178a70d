//! The least that a server of the same kind does: a handler that answers bytes it has.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use axum::{Router, body::Bytes, routing::get};
use tokio::runtime::Runtime;

/// The handler, served until it is dropped.
pub(super) struct Bare {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Bare {
    /// Answers `GET /` with `json`.
    pub(super) fn serve(json: Vec<u8>) -> anyhow::Result<Self> {
        let json = Bytes::from(json);
        let answer = move || {
            let json = json.clone();
            async move { ([("content-type", "application/json")], json) }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the system gives no threads")?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move { axum::serve(listener, Router::new().route("/", get(answer))).await });
        Ok(Self { address, _runtime: runtime })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}
