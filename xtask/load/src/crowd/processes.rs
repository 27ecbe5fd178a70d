//! The processes that serve the crowd, and how a request finds one that lives.

use std::net::SocketAddr;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rand::{RngExt as _, rngs::StdRng};

use crate::{
    http::{Answer, Client, Request},
    server::{Place, Server},
};

/// After so long without an answer, the desk counts as stuck.
const STUCK: Duration = Duration::from_mins(1);

/// How long a request waits before it is sent again.
const PAUSE: Duration = Duration::from_millis(5);

/// Where the living processes listen; a dead one nowhere.
pub(super) struct Doors(RwLock<Vec<Option<SocketAddr>>>);

impl Doors {
    pub(super) fn new(processes: usize) -> Self {
        Self(RwLock::new(vec![None; processes]))
    }

    fn set(&self, process: usize, address: Option<SocketAddr>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner)[process] = address;
    }

    /// A process that lives, by chance.
    fn any(&self, random: &mut StdRng) -> Option<(usize, SocketAddr)> {
        let doors = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let open: Vec<_> =
            doors.iter().enumerate().filter_map(|(process, address)| Some((process, (*address)?))).collect();
        (!open.is_empty()).then(|| open[random.random_range(0..open.len())])
    }
}

/// The processes themselves.
pub(super) struct Processes<'a> {
    places: Vec<Place>,
    servers: Vec<Option<Server>>,
    doors: &'a Doors,
}

impl<'a> Processes<'a> {
    pub(super) fn start(places: Vec<Place>, doors: &'a Doors) -> anyhow::Result<Self> {
        let servers = places.iter().map(|_| None).collect();
        let mut processes = Self { places, servers, doors };
        for process in 0..processes.servers.len() {
            processes.serve(process)?;
        }
        Ok(processes)
    }

    /// Kills one of them as a loss of power would, in the middle of whatever it does, and starts it again.
    pub(super) fn kill(&mut self, process: usize) -> anyhow::Result<()> {
        let dying = self.servers[process].take().context("it has been started")?;
        dying.kill()?;
        self.doors.set(process, None);
        self.serve(process)
    }

    fn serve(&mut self, process: usize) -> anyhow::Result<()> {
        let server = self.places[process].serve()?;
        self.doors.set(process, Some(server.address()));
        self.servers[process] = Some(server);
        Ok(())
    }

    pub(super) fn stop(self) -> anyhow::Result<()> {
        self.servers.into_iter().flatten().try_for_each(Server::stop)
    }
}

/// Carries requests to the processes, one at a time.
pub(super) struct Messenger<'a> {
    doors: &'a Doors,
    /// A connection to each process, where it was last.
    clients: Vec<(SocketAddr, Client)>,
    /// How often a request was sent again.
    pub(super) again: u64,
}

impl<'a> Messenger<'a> {
    pub(super) fn new(doors: &'a Doors) -> Self {
        Self { doors, clients: Vec::new(), again: 0 }
    }

    /// Sends a request through any process, and again through any, until one of them can say what became of it.
    pub(super) fn send(&mut self, request: &Request, random: &mut StdRng) -> anyhow::Result<Answer> {
        let began = Instant::now();
        while began.elapsed() < STUCK {
            if let Some((process, address)) = self.doors.any(random) {
                match self.client(process, address).send(request) {
                    Ok(answer) if answer.status != 503 => return Ok(answer),
                    _ => self.again += 1,
                }
            }
            std::thread::sleep(PAUSE);
        }
        bail!("{} {} is not answered for {} s", request.method, request.path, STUCK.as_secs())
    }

    fn client(&mut self, process: usize, address: SocketAddr) -> &mut Client {
        while self.clients.len() <= process {
            self.clients.push((address, Client::new(address)));
        }
        let known = &mut self.clients[process];
        if known.0 != address {
            *known = (address, Client::new(address));
        }
        &mut known.1
    }
}
