//! `freehold backup` and `freehold restore`: a tenant in one file, and back on either engine.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use clap::Args;
use tenancy::{
    TenantOptions,
    backup::{Heard, Manifest, backup, restore},
};

use super::{Outcome, open, progress::Progress};
use crate::{config::Config, edge};

/// Writes a backup while the desk works.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write, such as desk.tar.gz; it must not be there yet
    file: PathBuf,
}

/// Brings a backup back into an empty folder and an empty database, of either engine.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(&self, config: &Config) -> Outcome {
        let tenant = open(config)?;
        let shown = Stages::default();
        let manifest = backup(&tenant, &self.file, edge::now(), shown.heard())?;
        shown.finish();
        print_manifest(&manifest);
        println!("backed up to {}", self.file.display());
        println!("it holds the audit log's secret key and password hashes: keep it as you keep those");
        Ok(())
    }
}

impl Restore {
    pub(super) fn run(&self, config: &Config) -> Outcome {
        let options = TenantOptions { database: config.database.clone(), ..TenantOptions::new(&config.data) };
        let shown = Stages::default();
        let (tenant, manifest) = restore(&self.file, options, edge::now(), shown.heard())?;
        shown.finish();
        print_manifest(&manifest);
        println!("restored into {}, {}", tenant.folder.path().display(), tenant.engine());
        Ok(())
    }
}

fn print_manifest(manifest: &Manifest) {
    let rows: u64 = manifest.tables.values().sum();
    let attachments = manifest.parts.iter().filter(|part| part.path.starts_with("attachments/")).count();
    println!("tenant {} as of {}, from {}", manifest.tenant, manifest.made_at, manifest.engine);
    println!("{rows} rows, {attachments} attachments, {} audit records", manifest.audit.size);
    println!("audit root {}", manifest.audit.root);
    for missing in &manifest.missing_attachments {
        eprintln!("warning: the attachment {missing} was not in the store; an older backup may have it");
    }
}

/// One progress bar after another, each under its own name.
#[derive(Clone, Default)]
struct Stages(std::sync::Arc<Mutex<Option<(&'static str, Progress)>>>);

impl Stages {
    fn heard(&self) -> Heard {
        let stages = self.clone();
        Box::new(move |what, done, total| {
            let mut now = stages.0.lock().unwrap_or_else(PoisonError::into_inner);
            if now.as_ref().is_none_or(|(shown, _)| *shown != what) {
                if let Some((_, before)) = now.take() {
                    before.finish();
                }
                *now = Some((what, Progress::of(what)));
            }
            if let Some((_, progress)) = &*now {
                progress.at(done, total);
            }
        })
    }

    fn finish(&self) {
        if let Some((_, last)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            last.finish();
        }
    }
}
