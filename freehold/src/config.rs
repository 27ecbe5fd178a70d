//! The configuration: flags before environment before `freehold.toml` before what is usual.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow, ensure};
use channels::{
    phrasing::{Phraser, Settings},
    push::{PushSettings, Pusher},
};
use clap::{Args, ValueEnum};
use desk::DatabaseUrl;
use serde::Deserialize;
use web::state::{Network, Rate, RateLimits};

/// The data folder where none is named.
const DATA: &str = "./freehold-data";

/// The options that every command understands. clap reads flag and environment; the file comes after them.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// The data folder [default: ./freehold-data]
    #[arg(long, global = true, env = "FREEHOLD_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// The database: `sqlite:FILE` or `postgres://USER@HOST/NAME` [default: SQLite in the data folder]
    #[arg(long, global = true, env = "FREEHOLD_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Where to listen; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, global = true, env = "FREEHOLD_LISTEN", value_name = "ADDR")]
    listen: Option<String>,
    /// How to write the log [default: text]
    #[arg(long, global = true, env = "FREEHOLD_LOG", value_name = "FORMAT")]
    log: Option<LogFormat>,
    /// The configuration file [default: ./freehold.toml, if it is there]
    #[arg(long, global = true, env = "FREEHOLD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The file, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    listen: Option<String>,
    log: Option<LogFormat>,
    log_level: Option<String>,
    base_url: Option<String>,
    metrics_token: Option<String>,
    tls: Option<Tls>,
    proxy: Proxy,
    limits: Limits,
    phrasing: Option<Phrasing>,
    push: Push,
}

/// What people's browsers are told through the push services of their makers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Push {
    enabled: bool,
    contact: Option<String>,
    services: Vec<String>,
}

impl Default for Push {
    fn default() -> Self {
        Self { enabled: true, contact: None, services: Vec::new() }
    }
}

impl Push {
    /// Where nobody is named, the desk itself is where push services look who sends.
    fn ready(self, base_url: Option<&str>) -> anyhow::Result<Option<Pusher>> {
        let Self { enabled, contact, services } = self;
        if !enabled {
            return Ok(None);
        }
        let contact =
            contact.or_else(|| base_url.filter(|url| url.starts_with("https://")).map(str::to_owned));
        let settings = PushSettings { services, contact, ..PushSettings::default() };
        Pusher::new(settings).map(Some).context("push")
    }
}

/// Where the key of the phrasing service may be instead of in a file.
const PHRASING_KEY: &str = "FREEHOLD_PHRASING_KEY";
/// How long somebody waits at most for a phrasing, whatever the file says.
const LONGEST_WAIT: u64 = 20;

/// The service that puts the bot's answers in other words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrasing {
    url: String,
    model: String,
    name: Option<String>,
    key_file: Option<PathBuf>,
    timeout_seconds: Option<u64>,
}

impl Phrasing {
    fn ready(self) -> anyhow::Result<Phraser> {
        let key = match (&self.key_file, std::env::var(PHRASING_KEY)) {
            (Some(file), _) => Some(
                std::fs::read_to_string(file)
                    .with_context(|| format!("phrasing.key_file {} cannot be read", file.display()))?,
            ),
            (None, Ok(key)) => Some(key),
            (None, Err(_)) => None,
        };
        let seconds = self.timeout_seconds.unwrap_or(8);
        ensure!(
            (1..=LONGEST_WAIT).contains(&seconds),
            "phrasing.timeout_seconds is {seconds}; nobody waits longer than {LONGEST_WAIT} seconds for a bot"
        );
        let settings = Settings {
            name: self.name.unwrap_or_else(|| self.model.clone()),
            url: self.url,
            model: self.model,
            key,
            timeout: Duration::from_secs(seconds),
        };
        Phraser::new(settings).context("phrasing")
    }
}

/// The certificate to serve TLS with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// The certificate chain, PEM.
    pub(crate) cert: PathBuf,
    /// Its key, PEM.
    pub(crate) key: PathBuf,
}

/// Who stands before us.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Proxy {
    trusted: Vec<String>,
}

/// How often one caller may ask; 0 is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    /// Requests a second of a person in a browser, and of each API token.
    per_second: u32,
    /// How many of them at once, after a rest.
    burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let usual = RateLimits::default().caller.unwrap_or(Rate::new(100, 400));
        Self { per_second: usual.per_second.get(), burst: usual.burst.get() }
    }
}

impl From<Limits> for RateLimits {
    fn from(limits: Limits) -> Self {
        match limits.per_second {
            0 => Self { caller: None, place: None },
            per_second => Self { caller: Some(Rate::new(per_second, limits.burst)), ..Self::default() },
        }
    }
}

/// The configuration, complete.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// The database, where it is not SQLite in the folder.
    pub(crate) database: Option<DatabaseUrl>,
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// How to write the log.
    pub(crate) log: LogFormat,
    /// What to write: `info`, or filters as `RUST_LOG` has them.
    pub(crate) log_level: String,
    /// The address that people open, where a proxy or a name makes it another than where this process listens.
    pub(crate) base_url: Option<String>,
    /// The token that reads `/metrics` from elsewhere than this machine.
    pub(crate) metrics_token: Option<String>,
    /// The certificate.
    pub(crate) tls: Option<Tls>,
    /// Who may say `X-Forwarded-For`.
    pub(crate) trusted_proxies: Vec<Network>,
    /// How often one caller may ask.
    pub(crate) rate_limits: RateLimits,
    /// Who puts the bot's answers in other words, where somebody does.
    pub(crate) phraser: Option<Arc<Phraser>>,
    /// Who tells people's browsers that something waits for them, unless nobody shall.
    pub(crate) pusher: Option<Arc<Pusher>>,
    /// The file it was read from, if there was one.
    pub(crate) file: Option<PathBuf>,
}

impl Common {
    /// The configuration that flags, environment and file make together.
    pub(crate) fn load(&self) -> anyhow::Result<Config> {
        self.load_with(DATA)
    }

    /// The same, with another folder where none is named.
    pub(crate) fn load_with(&self, folder: &str) -> anyhow::Result<Config> {
        let (file, path) = self.file()?;
        let listen = self.listen.clone().or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let database = self.database.clone().or(file.database);
        Ok(Config {
            data: self.data.clone().or(file.data).unwrap_or_else(|| folder.into()),
            database: database.as_deref().map(database_url).transpose()?.flatten(),
            listen: address(&listen)?,
            log: self.log.or(file.log).unwrap_or_default(),
            log_level: file.log_level.unwrap_or_else(|| "info".to_owned()),
            pusher: file.push.ready(file.base_url.as_deref())?.map(Arc::new),
            base_url: file.base_url.map(|url| url.trim_end_matches('/').to_owned()),
            metrics_token: file.metrics_token,
            tls: file.tls,
            trusted_proxies: file
                .proxy
                .trusted
                .iter()
                .map(|text| text.parse::<Network>())
                .collect::<Result<_, _>>()
                .context("proxy.trusted")?,
            rate_limits: file.limits.into(),
            phraser: file.phrasing.map(Phrasing::ready).transpose()?.map(Arc::new),
            file: path,
        })
    }

    fn file(&self) -> anyhow::Result<(File, Option<PathBuf>)> {
        let path = match &self.config {
            Some(path) => path.clone(),
            None if Path::new("freehold.toml").exists() => "freehold.toml".into(),
            None => return Ok((File::default(), None)),
        };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("the configuration {} cannot be read", path.display()))?;
        let file = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            anyhow!(
                "{} line {line}: {}; docs/operations.md names every option",
                path.display(),
                error.message()
            )
        })?;
        Ok((file, Some(path)))
    }
}

/// `sqlite:` alone is the database in the data folder.
fn database_url(text: &str) -> anyhow::Result<Option<DatabaseUrl>> {
    if text == "sqlite:" {
        return Ok(None);
    }
    Ok(Some(text.parse()?))
}

/// `HOST:PORT`, or `:PORT` for this machine alone.
fn address(text: &str) -> anyhow::Result<SocketAddr> {
    let full = if text.starts_with(':') { format!("127.0.0.1{text}") } else { text.to_owned() };
    full.to_socket_addrs().ok().and_then(|mut addresses| addresses.next()).ok_or_else(|| {
        anyhow!("`{text}` is no address to listen on; write it as 127.0.0.1:8080, or :0 for a free port")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_what_is_usual() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("freehold.toml");
        std::fs::write(
            &path,
            "data = \"from-file\"\nlisten = \":9000\"\n[proxy]\ntrusted = [\"10.0.0.0/8\"]\n",
        )
        .unwrap();
        let flags = Common {
            data: Some("from-flag".into()),
            database: None,
            listen: None,
            log: None,
            config: Some(path),
        };
        let config = flags.load().unwrap();
        assert_eq!(config.data, PathBuf::from("from-flag"));
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.log, LogFormat::Text);
        assert_eq!(config.trusted_proxies, ["10.0.0.0/8".parse().unwrap()]);
    }

    #[test]
    fn an_unknown_option_in_the_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("freehold.toml");
        std::fs::write(&path, "data = \"x\"\nlisen = \":9000\"\n").unwrap();
        let error = Common { config: Some(path), ..Common::default() }.load().unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("lisen"), "{error}");
    }

    #[test]
    fn push_services_are_named_safely_or_not_at_all_and_can_be_turned_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("freehold.toml");
        let load = |push: &str| {
            std::fs::write(&path, format!("[push]\n{push}")).unwrap();
            Common { config: Some(path.clone()), ..Common::default() }.load()
        };
        assert!(load("").unwrap().pusher.is_some());
        assert!(load("enabled = false").unwrap().pusher.is_none());
        assert!(
            load("services = [\"https://push.example.org\"]\ncontact = \"mailto:it@example.org\"").is_ok()
        );
        for bad in ["services = [\"http://push.example.org\"]", "contact = \"it@example.org\"", "server = 1"]
        {
            assert!(load(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_phrasing_service_is_reached_safely_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("freehold.toml");
        let load = |phrasing: &str| {
            std::fs::write(&path, format!("[phrasing]\nmodel = \"small\"\n{phrasing}")).unwrap();
            Common { config: Some(path.clone()), ..Common::default() }.load()
        };
        let key = folder.path().join("key");
        std::fs::write(&key, "sk-secret\n").unwrap();
        let key = format!("key_file = {:?}", key.display().to_string());
        let config =
            load(&format!("url = \"https://models.example.org/v1/chat/completions\"\n{key}")).unwrap();
        assert!(!format!("{config:?}").contains("secret"), "nobody reads the key");
        assert!(load("url = \"http://127.0.0.1:9/v1/chat/completions\"").is_ok());
        for bad in [
            "url = \"http://models.example.org/v1/chat/completions\"",
            "url = \"http://169.254.169.254/latest\"",
            "url = \"file:///etc/passwd\"",
            "url = \"https://models.example.org\"\ntimeout_seconds = 600",
            "url = \"https://models.example.org\"\nkey_file = \"/nowhere\"",
        ] {
            assert!(load(bad).is_err(), "{bad}");
        }
    }
}
