//! The configuration: flags before environment before `freehold.toml` before what is usual.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
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
}
