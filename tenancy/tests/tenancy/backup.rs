//! Backups: from either engine to either engine, with everything, or not at all.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use desk::ticket::{RaiseTicket, Search};
use domain::ticket::{Kind, Subject};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use tenancy::{
    Tenant,
    backup::{BackupError, backup, restore},
};

use crate::support::{Engine, content, furnish, made, monday, person, place, quiet, settled, system};

fn a_tenant_moves_with_everything(from: Engine, to: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let tenant = made(&place(&folder, from));
    let (anna, hashes) = furnish(&tenant, 4);
    tenant.desk.sign_checkpoint(&tenant.log_key, monday()).unwrap();
    let before = settled(&tenant);
    let file = folder.path().join("desk.tar.gz");
    let made_of = backup(&tenant, &file, monday(), quiet()).unwrap();
    assert_eq!((made_of.audit.size, made_of.audit.root), (before.report.records, before.report.root));
    assert_eq!(made_of.tables["ticket"], 4);
    assert!(made_of.missing_attachments.is_empty());

    let (restored, manifest) = restore(&file, place(&folder, to), monday(), quiet()).unwrap();
    assert_eq!(manifest, made_of);
    assert_eq!(restored.id, tenant.id);
    let after = settled(&restored);
    assert_eq!(after.report, before.report);
    assert_eq!(after.checkpoints, before.checkpoints);

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (number, hash) in (0..).zip(hashes) {
        assert_eq!(runtime.block_on(restored.attachments.read(hash)).unwrap(), content(number));
    }
    let found = |text: &str| {
        let search = Search { text: text.to_owned(), own_only: false, limit: 10 };
        restored.desk.ask_now(system(), search).unwrap()
    };
    assert_eq!(found("gateway").len(), 4);
    assert_eq!(found("zeta2").iter().map(|hit| hit.number.to_string()).collect::<Vec<_>>(), ["INC-3"]);

    // It goes on where it stopped: numbers, sequences, the log.
    let subject = Subject::new("After the move").unwrap();
    let next =
        restored.desk.execute_now(person(anna), RaiseTicket::of(Kind::Incident, subject, None)).unwrap();
    assert_eq!(next.number.to_string(), "INC-5");
    assert_eq!(found("move").len(), 1);
    restored.desk.sign_checkpoint(&restored.log_key, monday()).unwrap();
    assert_eq!(settled(&restored).report.records, before.report.records + 1);
}

#[test]
fn a_tenant_moves_from_sqlite_to_sqlite() {
    a_tenant_moves_with_everything(Engine::Sqlite, Engine::Sqlite);
}

#[test]
fn a_tenant_moves_from_postgres_to_sqlite() {
    a_tenant_moves_with_everything(Engine::Postgres, Engine::Sqlite);
}

#[test]
fn a_tenant_moves_from_sqlite_to_postgres() {
    a_tenant_moves_with_everything(Engine::Sqlite, Engine::Postgres);
}

#[test]
fn a_tenant_moves_from_postgres_to_postgres() {
    a_tenant_moves_with_everything(Engine::Postgres, Engine::Postgres);
}

/// A small backup, and the tenant it is of.
fn backed_up(folder: &tempfile::TempDir) -> (Tenant, PathBuf) {
    let tenant = made(&place(folder, Engine::Sqlite));
    furnish(&tenant, 1);
    let file = folder.path().join("desk.tar.gz");
    backup(&tenant, &file, monday(), quiet()).unwrap();
    (tenant, file)
}

#[test]
fn a_backup_replaces_no_file_and_leaves_nothing_beside_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (tenant, file) = backed_up(&folder);
    let again = backup(&tenant, &file, monday(), quiet());
    assert!(matches!(again, Err(BackupError::Exists(named)) if named == file));
    let mut names: Vec<_> =
        folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| !name.to_string_lossy().starts_with("tenant"));
    assert_eq!(names, ["desk.tar.gz"]);
}

#[test]
fn a_missing_attachment_is_named_and_the_rest_is_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = made(&place(&folder, Engine::Sqlite));
    let (_, hashes) = furnish(&tenant, 2);
    let name = hashes[0].to_string();
    std::fs::remove_file(tenant.folder.attachments().join(&name[..2]).join(&name)).unwrap();
    let file = folder.path().join("desk.tar.gz");
    let manifest = backup(&tenant, &file, monday(), quiet()).unwrap();
    assert_eq!(manifest.missing_attachments, [name]);
    restore(&file, place(&folder, Engine::Sqlite), monday(), quiet()).unwrap();
}

#[test]
fn nothing_is_restored_over_something() {
    let folder = tempfile::tempdir().unwrap();
    let (tenant, file) = backed_up(&folder);
    let before = settled(&tenant);
    let full = tenancy::TenantOptions::new(tenant.folder.path());
    assert!(matches!(restore(&file, full, monday(), quiet()).map(drop), Err(BackupError::NotEmpty(_))));
    assert_eq!(settled(&tenant), before);

    for engine in [Engine::Sqlite, Engine::Postgres] {
        let taken = place(&folder, engine);
        let (url, there) = (taken.database.clone(), made(&taken));
        let url = url.unwrap_or_else(|| desk::DatabaseUrl::Sqlite(there.folder.database()));
        let elsewhere = place(&folder, Engine::Sqlite);
        let folder_of_it = elsewhere.data.clone();
        let refused =
            restore(&file, tenancy::TenantOptions { database: Some(url), ..elsewhere }, monday(), quiet());
        assert!(matches!(refused.map(drop), Err(BackupError::NotEmpty(_))), "{engine:?}");
        assert!(!folder_of_it.exists(), "nothing is left of the attempt");
        settled(&there);
    }
}

/// The backup written anew, with `change` done to the content of `name`.
fn changed(file: &Path, name: &str, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> PathBuf {
    let target = file.with_file_name("changed.tar.gz");
    let mut from = tar::Archive::new(GzDecoder::new(File::open(file).unwrap()));
    let mut to = tar::Builder::new(GzEncoder::new(File::create(&target).unwrap(), Compression::fast()));
    for entry in from.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if path.to_string_lossy().starts_with(name) {
            match change(content) {
                Some(changed) => content = changed,
                None => continue,
            }
        }
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        to.append_data(&mut header, path, &content[..]).unwrap();
    }
    to.into_inner().unwrap().finish().unwrap();
    target
}

#[test]
fn a_changed_backup_is_refused_and_nothing_of_it_is_kept() {
    type Change = fn(Vec<u8>) -> Option<Vec<u8>>;
    let flipped: Change = |mut content| {
        let middle = content.len() / 2;
        content[middle] ^= 1;
        Some(content)
    };
    let dropped: Change = |_| None;
    let another_count: Change = |content| {
        Some(String::from_utf8(content).unwrap().replace("\"ticket\": 1", "\"ticket\": 2").into_bytes())
    };
    let folder = tempfile::tempdir().unwrap();
    let (_, file) = backed_up(&folder);
    for (name, change) in [
        ("database.sqlite", flipped),
        ("audit.key", flipped),
        ("attachments/", flipped),
        ("manifest.json", another_count),
        ("database.sqlite", dropped),
        ("audit.key", dropped),
        ("attachments/", dropped),
        ("manifest.json", dropped),
    ] {
        let changed = changed(&file, name, change);
        let options = place(&folder, Engine::Sqlite);
        let data = options.data.clone();
        assert!(restore(&changed, options, monday(), quiet()).is_err(), "{name}");
        assert!(!data.exists(), "{name}: nothing is left of the attempt");
    }
    restore(&file, place(&folder, Engine::Sqlite), monday(), quiet()).unwrap();
}

#[test]
fn a_file_that_was_cut_off_or_is_something_else_is_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (_, file) = backed_up(&folder);
    let whole = std::fs::read(&file).unwrap();
    for broken in [&whole[..whole.len() / 2], &whole[..10], b"", b"a letter to the editor"] {
        let path = folder.path().join("broken.tar.gz");
        std::fs::write(&path, broken).unwrap();
        let refused = restore(&path, place(&folder, Engine::Sqlite), monday(), quiet()).map(drop);
        assert!(
            matches!(refused, Err(BackupError::NotABackup { .. } | BackupError::File { .. })),
            "{refused:?}"
        );
    }
}
