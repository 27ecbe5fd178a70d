//! The configuration: flags before environment before `freehold.toml` before what is usual.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, ValueEnum};
use desk::DatabaseUrl;
use serde::Deserialize;

/// The options that every command understands. clap reads flag and environment; the file comes after them.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// The data folder [default: ./freehold-data]
    #[arg(long, global = true, env = "FREEHOLD_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// The database: sqlite:FILE or postgres://USER@HOST/NAME [default: SQLite in the data folder]
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
    public_url: Option<String>,
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

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Proxy {
    trusted: Vec<String>,
}

/// How much one caller may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Requests a minute of one token, session or, without either, address.
    pub(crate) requests_per_minute: u32,
    /// How many of them at once.
    pub(crate) burst: u32,
    /// The largest attachment, in bytes.
    pub(crate) attachment_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_minute: 6_000, burst: 600, attachment_bytes: 50 << 20 }
    }
}

/// A network whose addresses may say for whom they forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u8,
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
    /// The address that people open, where a proxy makes it another.
    pub(crate) public_url: Option<String>,
    /// The certificate.
    pub(crate) tls: Option<Tls>,
    /// Who may say `X-Forwarded-For`.
    pub(crate) trusted_proxies: Vec<Network>,
    /// How much one caller may ask for.
    pub(crate) limits: Limits,
    /// The file it was read from, if there was one.
    pub(crate) file: Option<PathBuf>,
}

impl Common {
    /// The configuration that flags, environment and file make together.
    pub(crate) fn load(&self) -> anyhow::Result<Config> {
        let (file, path) = self.file()?;
        let listen = self.listen.clone().or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let database = self.database.clone().or(file.database);
        Ok(Config {
            data: self.data.clone().or(file.data).unwrap_or_else(|| "freehold-data".into()),
            database: database.as_deref().map(database_url).transpose()?.flatten(),
            listen: address(&listen)?,
            log: self.log.or(file.log).unwrap_or_default(),
            log_level: file.log_level.unwrap_or_else(|| "info".to_owned()),
            public_url: file.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            tls: file.tls,
            trusted_proxies: file
                .proxy
                .trusted
                .iter()
                .map(|text| Network::parse(text))
                .collect::<anyhow::Result<_>>()?,
            limits: file.limits,
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

impl Network {
    /// An address, or a network as `10.0.0.0/8`.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let invalid = || anyhow!("`{text}` is no address or network of a proxy; write it as 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| invalid())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(longest);
        if bits > longest {
            bail!(invalid());
        }
        Ok(Self { address, bits })
    }

    /// Whether `address` is in it.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let same = |ours: u128, theirs: u128, width: u32| {
            let shift = width - u32::from(self.bits);
            // Shifted by its whole width, a number is nothing: every address is in a network of 0 bits.
            ours.checked_shr(shift).unwrap_or(0) == theirs.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                same(ours.to_bits().into(), theirs.to_bits().into(), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => same(ours.to_bits(), theirs.to_bits(), 128),
            _ => false,
        }
    }
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
        assert_eq!(config.trusted_proxies, [Network::parse("10.0.0.0/8").unwrap()]);
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
    fn a_network_holds_its_own_addresses_only() {
        let network = Network::parse("192.168.4.0/22").unwrap();
        assert!(network.contains("192.168.7.255".parse().unwrap()));
        assert!(network.contains("::ffff:192.168.4.1".parse().unwrap()));
        assert!(!network.contains("192.168.8.0".parse().unwrap()));
        assert!(!network.contains("::1".parse().unwrap()));
        assert!(Network::parse("0.0.0.0/0").unwrap().contains("8.8.8.8".parse().unwrap()));
        assert!(Network::parse("2001:db8::/32").unwrap().contains("2001:db8:7::1".parse().unwrap()));
        for text in ["", "10.0.0.0/33", "proxy", "10.0.0/8"] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }
}
