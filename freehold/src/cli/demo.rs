//! `freehold demo`: a sample organisation in a folder of its own, served, with a way in for each role.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use desk::identity::People;
use domain::{Timestamp, identity::SystemActor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenancy::Tenant;

use super::{Failure, Outcome, progress::Progress};
use crate::{
    config::Config,
    demo::{self, Player, Size},
    edge, serve,
};

/// The folder where none is named: never the one that a desk in earnest would use.
pub(super) const FOLDER: &str = "./freehold-demo";

/// Makes and serves a sample organisation.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Another organisation for another number [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A small one, made in a moment
    #[arg(long)]
    small: bool,
}

/// What a folder says of the organisation in it.
#[derive(Debug, Serialize, Deserialize)]
struct Sample {
    seed: u64,
    small: bool,
    /// When it was made. Its history ends there.
    made_at: Timestamp,
    /// Everybody with a way in; empty until all of it is there.
    players: Vec<Player>,
}

impl Demo {
    pub(super) fn run(&self, mut config: Config) -> Outcome {
        if config.file.is_none() {
            // Between the links, a line for each request would only be in the way.
            "warn".clone_into(&mut config.log_level);
        }
        serve::begin_log(&config);
        let path = config.data.join("sample.json");
        let there = self.look(&config, &path).map_err(Failure::Usage)?;
        let tenant = serve::open(&config)?;
        let sample = match there {
            Some(sample) => sample,
            None => serve::runtime()?.block_on(self.make(&tenant, &path))?,
        };
        let folder = config.data.clone();
        serve::until_stopped(&config, &tenant, async |url: &str| {
            let secrets = demo::invite(&tenant.desk, &sample.players).await?;
            let links: Vec<_> =
                secrets.iter().map(|secret| format!("{url}{}", web::routes::sign_in_link(secret))).collect();
            let people = sample.players.iter().zip(&links).map(|(player, link)| {
                json!({
                    "role": player.role, "name": player.name, "email": player.email, "sign_in_url": link,
                })
            });
            let people = json!({ "url": url, "people": people.collect::<Vec<_>>() });
            let file = folder.join("demo.json");
            write(&file, &people)?;
            print(&sample, &links, url, &file);
            Ok(())
        })
    }

    /// The organisation in the folder, if there is one. A folder that holds anything else is left alone.
    fn look(&self, config: &Config, path: &Path) -> anyhow::Result<Option<Sample>> {
        let folder = config.data.display();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut entries = match std::fs::read_dir(&config.data) {
                    Ok(entries) => entries,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => bail!("the folder {folder} cannot be read: {error}"),
                };
                if entries.next().is_some() {
                    bail!(
                        "{folder} holds something else than a sample organisation; name a new folder with --data"
                    );
                }
                return Ok(None);
            }
            Err(error) => bail!("{} cannot be read: {error}", path.display()),
        };
        let sample: Sample = serde_json::from_str(&text).with_context(|| {
            format!("{} is not readable; remove {folder} and start again", path.display())
        })?;
        if sample.players.is_empty() {
            bail!(
                "the sample organisation in {folder} was never finished; remove the folder and start again"
            );
        }
        if self.seed.is_some_and(|seed| seed != sample.seed) || (self.small && !sample.small) {
            bail!(
                "{folder} holds the {}sample organisation of seed {}; remove the folder, or name another with --data",
                if sample.small { "small " } else { "" },
                sample.seed
            );
        }
        Ok(Some(sample))
    }

    async fn make(&self, tenant: &Tenant, path: &Path) -> Outcome<Sample> {
        let anybody = People { limit: 1, ..People::default() };
        let found = tenant.desk.ask(edge::context(SystemActor::CommandLine)?, anybody).await?;
        if !found.people.is_empty() {
            return Err(Failure::Usage(anyhow!(
                "this database is the desk of other people; name an empty one with --database"
            )));
        }
        let made_at = Timestamp::from_second(edge::now().as_second())?;
        let seed = self.seed.unwrap_or(1);
        let mut sample = Sample { seed, small: self.small, made_at, players: Vec::new() };
        write(path, &sample)?;

        let size = if self.small { Size::SMALL } else { Size::FULL };
        let organisation = demo::generate(seed, size, made_at);
        eprintln!(
            "{}: {} people, {} tickets of {} days",
            organisation.name, size.people, size.tickets, size.days
        );
        let progress = Progress::of("tickets");
        let shown = |done: usize| progress.at(done as u64, size.tickets as u64);
        let loaded = demo::load(&tenant.desk, organisation, made_at, shown).await;
        progress.finish();
        sample.players = loaded.context("the sample organisation could not be made")?;
        write(path, &sample)?;
        Ok(sample)
    }
}

/// One way in for each part; who shares tokens is many, and all of them are in the file.
fn print(sample: &Sample, links: &[String], url: &str, file: &Path) {
    println!("\nSign in as");
    let mut last = "";
    for (player, link) in sample.players.iter().zip(links) {
        if player.role != last {
            println!("  {:<17} {:<24} {link}", player.role, player.name);
        }
        last = &player.role;
    }
    let more = sample.players.iter().filter(|player| player.role == "agent_concurrent").count();
    println!("\nThe links of all {more} who share {} tokens are in {}", demo::TOKENS, file.display());
    println!("Open {url}; ctrl-c stops it, and `freehold demo` begins again where it was.");
}

/// Writes a file that only its owner reads: it appears whole or not at all.
fn write(path: &Path, content: &impl Serialize) -> anyhow::Result<()> {
    let unusable = || format!("{} cannot be written", path.display());
    let mut partial = path.as_os_str().to_owned();
    partial.push(".new");
    let partial = PathBuf::from(partial);
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&partial).with_context(unusable)?;
    let text = serde_json::to_string_pretty(content)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(unusable)?;
    std::fs::rename(&partial, path).with_context(unusable)
}
