//! `freehold serve`: one tenant, served until it is asked to stop.

use std::{
    io::IsTerminal as _,
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use anyhow::Context as _;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use channels::push::Pusher;
use desk::Desk;
use domain::identity::SystemActor;
use tenancy::{Tenant, TenantOptions};
use tokio::runtime::{Builder, Runtime};
use web::{AppState, live::Hub};

use crate::{
    cli::Outcome,
    config::{Config, LogFormat},
    edge,
    files::Files,
};

/// How long requests under way may take to finish after the signal.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often leases are swept and the log's head is signed.
const TICK: Duration = Duration::from_secs(1);

/// Ticks between two tidyings, and between two looks at contracts.
const TIDY: u32 = 300;

/// Ticks between two looks at the calendar: nobody plans by the second.
const CALENDAR: u32 = 15;

/// Serves until SIGTERM or ctrl-c.
pub(crate) fn run(config: &Config) -> Outcome {
    begin_log(config);
    let tenant = open(config)?;
    until_stopped(config, &tenant, async |base: &str| {
        if let Some(link) = tenant.desk.set_up_link(edge::now(), edge::seed()?).await? {
            println!("nobody runs this desk yet; its first administrator begins at");
            println!("  {base}{}", web::routes::set_up(link.secret.reveal()));
        }
        Ok(())
    })
}

/// Opens the tenant for this process alone, and makes it if it is not there.
pub(crate) fn open(config: &Config) -> anyhow::Result<Tenant> {
    let options = TenantOptions {
        database: config.database.clone(),
        serve: true,
        create: true,
        ..TenantOptions::new(&config.data)
    };
    let tenant = Tenant::open(options, edge::now())?;
    tracing::info!(tenant = %tenant.id, engine = tenant.engine(), "open");
    Ok(tenant)
}

/// The threads that work is done on.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build().context("the system gives no threads")
}

/// Serves a tenant that is open for serving. `ready` hears the address that people open, once it
/// is listened on.
pub(crate) fn until_stopped(
    config: &Config,
    tenant: &Tenant,
    ready: impl AsyncFnOnce(&str) -> anyhow::Result<()>,
) -> Outcome {
    let runtime = runtime()?;
    let upkeep = Upkeep::start(tenant.clone())?;
    let served = runtime.block_on(serve(config, tenant, ready));
    runtime.shutdown_timeout(PATIENCE);
    upkeep.stop();
    // Whatever the last requests wrote.
    if let Err(error) = tenant.desk.sign_checkpoint(&tenant.log_key, edge::now()) {
        tracing::error!(%error, "the last checkpoint was not signed");
    }
    Ok(served?)
}

async fn serve(
    config: &Config,
    tenant: &Tenant,
    ready: impl AsyncFnOnce(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let listener = std::net::TcpListener::bind(config.listen).with_context(|| {
        format!("{} cannot be listened on; name another address with --listen", config.listen)
    })?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let here = format!("{scheme}://{}", reachable(address));

    let app = AppState::new(
        tenant.desk.clone(),
        Arc::new(Files(tenant.attachments.clone())),
        Arc::new(edge::now),
        web::Config {
            base_url: config.base_url.clone(),
            tls: config.tls.is_some(),
            trusted_proxies: config.trusted_proxies.clone(),
            rate_limits: config.rate_limits,
            metrics_token: config.metrics_token.clone(),
            log_key: Some(tenant.log_key.verifier().clone()),
            phraser: config.phraser.clone(),
            pusher: config.pusher.clone(),
        },
    );
    if let Some(pusher) = &config.pusher {
        tokio::spawn(tell_browsers(Arc::clone(pusher), tenant.desk.clone()));
    }
    let handle = Handle::new();
    tokio::spawn(stop_on_signal(handle.clone(), app.live.clone()));
    let service = web::router(app).into_make_service_with_connect_info::<SocketAddr>();

    ready(config.base_url.as_deref().unwrap_or(&here)).await?;
    println!("serving on {here}");
    tracing::info!(%address, scheme, "serving");
    match &config.tls {
        None => axum_server::from_tcp(listener)?.handle(handle).serve(service).await?,
        Some(tls) => {
            drop(rustls::crypto::ring::default_provider().install_default());
            let certificate = RustlsConfig::from_pem_file(&tls.cert, &tls.key).await.with_context(|| {
                format!(
                    "the certificate {} or its key {} cannot be used",
                    tls.cert.display(),
                    tls.key.display()
                )
            })?;
            axum_server::from_tcp_rustls(listener, certificate)?.handle(handle).serve(service).await?;
        }
    }
    tracing::info!("stopped");
    Ok(())
}

/// Delivers what browsers are to be told, beside the upkeep: a push service may take its time, and leases may not wait for
/// it. What is under way when the process stops is told again by the next.
async fn tell_browsers(pusher: Arc<Pusher>, desk: Desk) {
    loop {
        tokio::time::sleep(TICK).await;
        if let Err(error) = pusher.deliver(&desk, edge::now()).await {
            tracing::warn!(%error, "browsers were not told; it is tried again");
        }
    }
}

/// An address to open on this machine: the one that stands for all of them is nobody's.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], address.port())) } else { address }
}

async fn stop_on_signal(handle: Handle<SocketAddr>, live: Hub) {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
    tracing::info!("stopping: requests under way are finished first");
    handle.graceful_shutdown(Some(PATIENCE));
    // A live page is a request that never ends by itself.
    live.close();
}

/// What the program does by its own clock, on a thread of its own: whatever the load, leases expire and the log is
/// signed.
struct Upkeep {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Upkeep {
    fn start(tenant: Tenant) -> anyhow::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name("upkeep".to_owned()).spawn(move || {
            let mut ticks = 0_u32;
            while stopped.recv_timeout(TICK) == Err(mpsc::RecvTimeoutError::Timeout) {
                tick(&tenant, ticks);
                ticks = ticks.wrapping_add(1);
            }
        })?;
        Ok(Self { stop, thread })
    }

    fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the upkeep thread had stopped before");
        }
    }
}

/// Each has a record of its own, so each is an act of its own.
fn raise_recurring(tenant: &Tenant, now: domain::Timestamp) -> anyhow::Result<()> {
    for id in tenant.desk.recurring_due(now)? {
        // One that cannot be raised keeps no other waiting.
        if let Err(error) = tenant.desk.raise_recurring(edge::context(SystemActor::Timer)?, id) {
            tracing::error!(%error, recurring_ticket = %id, "a recurring ticket was not raised; it is tried again");
        }
    }
    Ok(())
}

fn tick(tenant: &Tenant, ticks: u32) {
    let now = edge::now();
    let swept = edge::context(SystemActor::Timer).map(|ctx| tenant.desk.sweep_now(ctx));
    match swept {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(%error, "leases and offers past their time were not settled"),
        Err(error) => tracing::error!(%error, "leases and offers past their time were not settled"),
    }
    if let Err(error) = tenant.desk.sign_checkpoint(&tenant.log_key, now) {
        tracing::error!(%error, "the audit log's head was not signed");
    }
    if ticks.is_multiple_of(CALENDAR)
        && let Err(error) = raise_recurring(tenant, now)
    {
        tracing::error!(%error, "recurring tickets were not raised; they come late");
    }
    if !ticks.is_multiple_of(TIDY) {
        return;
    }
    if let Err(error) = tenant.desk.tidy(now) {
        tracing::warn!(%error, "what is past its time was not thrown away");
    }
    if let Err(error) = tenant.desk.close_days(now) {
        tracing::warn!(%error, "days of pools that are over were not summed up; long ranges open slowly");
    }
    let watched = edge::context(SystemActor::Timer).map(|ctx| tenant.desk.watch_contracts_now(ctx));
    match watched {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(%error, "contracts were not watched; alerts may come late"),
        Err(error) => tracing::error!(%error, "contracts were not watched; alerts may come late"),
    }
}

/// Begins to write the log, to standard error. What never goes into it: tokens, passwords, bodies, query strings.
pub(crate) fn begin_log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log_level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        // Where nobody reads the log any more, saying so would go the same way, and panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    // A second call, as the demo makes it, changes nothing.
    let _ = match config.log {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
}
