//! `freehold audit`: the whole log checked, in its database or in an exported file, and exported.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, BufWriter},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use domain::audit::{Report, Verifier, VerifierKey};

use super::{Failure, Outcome, open, progress::Progress};
use crate::{config::Config, edge};

/// The audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Checks every record, every stored hash and every checkpoint.
    Verify(Verify),
    /// Writes the log to a file that anybody can check with the public key alone.
    Export(Export),
}

/// Checks the log.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// An exported file, checked with nothing but itself and the key
    #[arg(long, value_name = "FILE", requires = "key")]
    file: Option<PathBuf>,
    /// The log's public key, from somewhere else than the file [default: this desk's own]
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
}

/// Exports the log.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write; it must not be there yet
    file: PathBuf,
}

impl Audit {
    pub(super) fn is_offline(&self) -> bool {
        matches!(self, Self::Verify(Verify { file: Some(_), .. }))
    }

    pub(super) fn run_offline(&self) -> Outcome {
        let Self::Verify(Verify { file: Some(file), key: Some(key) }) = self else { return Ok(()) };
        let report = verify_file(file, &read_key(key)?)?;
        print_report(&report);
        println!("the file is sound");
        Ok(())
    }

    pub(super) fn run(&self, config: &Config) -> Outcome {
        match self {
            Self::Verify(verify) => verify.run(config),
            Self::Export(export) => export.run(config),
        }
    }
}

fn read_key(text: &str) -> Outcome<VerifierKey> {
    text.parse().map_err(|error| Failure::Usage(anyhow!("--key: {error}")))
}

impl Verify {
    fn run(&self, config: &Config) -> Outcome {
        let key = self.key.as_deref().map(read_key).transpose()?;
        let tenant = open(config)?;
        let key = key.unwrap_or_else(|| tenant.log_key.verifier().clone());
        let progress = Progress::of("audit log");
        let shown = progress.clone();
        let sound = tenant.desk.verify_audit(&key, move |done, total| shown.at(done, total));
        progress.finish();
        let sound = sound.context("the audit log does not verify")?;
        print_report(&sound.report);
        println!("{} signed checkpoints fit it; the last covers {} records", sound.checkpoints, sound.signed);
        if sound.pending > 0 {
            println!("{} records wait for their place", sound.pending);
        }
        println!("checked with {key}");
        println!("the audit log is sound");
        Ok(())
    }
}

impl Export {
    fn run(&self, config: &Config) -> Outcome {
        let tenant = open(config)?;
        let unusable = || format!("the file {} cannot be written", self.file.display());
        let file = File::options().write(true).create_new(true).open(&self.file).with_context(unusable)?;
        let written = write(&tenant, &file);
        if written.is_err() {
            // Half an export is evidence of nothing.
            drop(std::fs::remove_file(&self.file));
        }
        let export = written?;
        println!("{} records in {}", export.records, self.file.display());
        println!(
            "to check it: freehold audit verify --file {} --key {}",
            self.file.display(),
            tenant.log_key.verifier()
        );
        Ok(())
    }
}

fn write(tenant: &tenancy::Tenant, file: &File) -> anyhow::Result<desk::audit::AuditExport> {
    tenant.desk.sign_checkpoint(&tenant.log_key, edge::now())?;
    let progress = Progress::of("audit log");
    let shown = progress.clone();
    let out = BufWriter::new(file.try_clone()?);
    let name = tenant.id.to_string();
    let export =
        tenant.desk.export_audit(&tenant.log_key, &name, out, move |done, total| shown.at(done, total));
    progress.finish();
    let export = export?;
    file.sync_all()?;
    Ok(export)
}

fn verify_file(path: &Path, key: &VerifierKey) -> anyhow::Result<Report> {
    let file = File::open(path).with_context(|| format!("the file {} cannot be read", path.display()))?;
    let total = file.metadata()?.len();
    let progress = Progress::of("bytes");
    let mut verifier = Verifier::new(key.clone());
    let (mut reader, mut line, mut done) = (BufReader::new(file), Vec::new(), 0);
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        verifier.line(line.strip_suffix(b"\n").unwrap_or(&line)).with_context(|| does_not_verify(path))?;
        done += read as u64;
        progress.at(done, total);
    }
    progress.finish();
    verifier.finish().with_context(|| does_not_verify(path))
}

fn does_not_verify(path: &Path) -> String {
    format!("the file {} does not verify", path.display())
}

fn print_report(report: &Report) {
    print!("{} records", report.records);
    if let (Some(first), Some(last)) = (report.first_at, report.last_at) {
        print!(", from {first} to {last}");
    }
    println!("\nroot {}", report.root);
    if report.erased > 0 {
        println!("{} details were erased; their records stand", report.erased);
    }
    // Requests that arrive together are recorded in either order.
    let noticed = report.clock.largest >= jiff::SignedDuration::from_secs(1);
    if let (Some(first), count, true) = (report.clock.first, report.clock.count, noticed) {
        println!(
            "{count} times the clock went back, first at record {first}, at most by {:#}",
            report.clock.largest
        );
    }
}
