//! Opening a tenant: what is made, what is refused, and what is said.

use std::path::Path;

use tenancy::{FolderError, KeyError, Tenant, TenantError, TenantOptions};

use crate::support::{Engine, made, monday, place};

fn rights(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().unwrap().mode() & 0o777
}

#[test]
fn nobody_else_reads_the_folder_or_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let options = place(&folder, Engine::Sqlite);
    let tenant = made(&options);
    assert_eq!(rights(&options.data), 0o700);
    assert_eq!(rights(&tenant.folder.audit_key()), 0o600);
}

#[test]
fn a_tenant_opened_again_is_the_same_one() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let options = place(&folder, engine);
        let first = made(&options);
        let again = Tenant::open(options, monday()).unwrap();
        assert_eq!(first.id, again.id);
        assert_eq!(first.log_key.verifier(), again.log_key.verifier());
    }
}

#[test]
fn only_one_process_serves_from_a_folder_while_others_may_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let options = place(&folder, Engine::Sqlite);
    let serving = TenantOptions { serve: true, create: true, ..options.clone() };
    let first = Tenant::open(serving.clone(), monday()).unwrap();
    let second = Tenant::open(serving.clone(), monday()).map(drop);
    assert!(matches!(second, Err(TenantError::Folder(FolderError::Locked(_)))));
    Tenant::open(options, monday()).unwrap();
    drop(first);
    Tenant::open(serving, monday()).unwrap();
}

#[test]
fn a_tenant_that_is_not_there_is_not_made_by_looking_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let options = place(&folder, Engine::Sqlite);
    let opened = Tenant::open(options.clone(), monday()).map(drop);
    assert!(matches!(opened, Err(TenantError::NotThere(_))));
    assert!(!options.data.exists());
}

#[test]
fn a_log_is_never_signed_on_with_another_key() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let options = place(&folder, engine);
        let key = made(&options).folder.audit_key();
        std::fs::write(&key, [9; 32]).unwrap();
        let other = Tenant::open(options.clone(), monday()).map(drop);
        assert!(matches!(other, Err(TenantError::Key(KeyError::Other { .. }))));
        std::fs::remove_file(&key).unwrap();
        let missing = Tenant::open(TenantOptions { create: true, ..options.clone() }, monday()).map(drop);
        assert!(matches!(missing, Err(TenantError::Key(KeyError::Missing(_)))));
        std::fs::write(&key, "short").unwrap();
        let short = Tenant::open(options, monday()).map(drop);
        assert!(matches!(short, Err(TenantError::Key(KeyError::Length { found: 5, .. }))));
    }
}
