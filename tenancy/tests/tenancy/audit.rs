//! The log against somebody who writes into the database behind the desk's back.

use desk::audit::{LogFinding, SignError, VerifyError};
use domain::audit::RecordFinding;
use tenancy::Tenant;

use crate::support::{Engine, furnish, made, monday, place, settled};

/// A signed log of a few hundred records, with subtrees, and whoever edits its file.
fn tampered(edit: &str) -> (tempfile::TempDir, Tenant) {
    let folder = tempfile::tempdir().unwrap();
    let tenant = made(&place(&folder, Engine::Sqlite));
    furnish(&tenant, 3);
    tenant.desk.sign_checkpoint(&tenant.log_key, monday()).unwrap();
    settled(&tenant);
    let file = rusqlite::Connection::open(tenant.folder.database()).unwrap();
    assert!(file.execute(edit, []).unwrap() > 0, "{edit} changes nothing");
    (folder, tenant)
}

fn finding(edit: &str) -> LogFinding {
    let (_folder, tenant) = tampered(edit);
    match tenant.desk.verify_audit(tenant.log_key.verifier(), |_, _| {}) {
        Err(VerifyError::Finding(finding)) => finding,
        other => panic!("{edit}: {other:?}"),
    }
}

#[test]
fn whatever_is_edited_behind_the_desks_back_is_found() {
    use LogFinding as F;
    use RecordFinding as R;
    let found = finding("UPDATE audit_record SET body = replace(body, 'Anna', 'Emma') WHERE seq = 0");
    assert!(matches!(found, F::Record(R::Detail { seq: 0 })), "{found}");
    let found = finding("UPDATE audit_record SET body = NULL WHERE seq = 1");
    assert!(matches!(found, F::HalfErased(1)), "{found}");
    let found =
        finding("UPDATE audit_record SET entry = replace(entry, '\"done\"', '\"held\"') WHERE seq = 1");
    assert!(matches!(found, F::Record(_) | F::Column { .. } | F::Leaf(1)), "{found}");
    let found = finding("UPDATE audit_record SET actor = 'timer' WHERE seq = 2");
    assert!(matches!(found, F::Column { seq: 2, column: "actor" }), "{found}");
    let found = finding("UPDATE audit_record SET recorded_at = recorded_at + 1 WHERE seq = 2");
    assert!(matches!(found, F::Column { seq: 2, column: "recorded_at" }), "{found}");
    let found = finding("UPDATE audit_record SET leaf = zeroblob(32) WHERE seq = 3");
    assert!(matches!(found, F::Leaf(3)), "{found}");
    let found = finding("DELETE FROM audit_record WHERE seq = 3");
    assert!(matches!(found, F::Record(R::Gap { expected: 3, found: 4 })), "{found}");
    let found = finding("DELETE FROM audit_record WHERE seq = (SELECT MAX(seq) FROM audit_record)");
    assert!(matches!(found, F::Record(R::Truncated { .. })), "{found}");
    let found = finding("UPDATE audit_checkpoint SET note = replace(note, '\n', '\n ')");
    assert!(matches!(found, F::Checkpoint { .. }), "{found}");
    let found = finding("UPDATE audit_checkpoint SET size = size + 1");
    assert!(matches!(found, F::CheckpointAhead { .. }), "{found}");
    let found = finding("UPDATE audit_checkpoint SET size = size - 1");
    assert!(matches!(found, F::CheckpointRoot(_)), "{found}");
    let found = finding("INSERT INTO audit_subtree (level, position, hash) VALUES (1, 0, zeroblob(32))");
    assert!(matches!(found, F::Subtrees { expected: 0, found: 1 }), "{found}");
}

#[test]
fn an_erased_detail_is_counted_and_the_log_still_verifies() {
    let (_folder, tenant) = tampered("UPDATE audit_record SET salt = NULL, body = NULL WHERE seq = 2");
    assert_eq!(settled(&tenant).report.erased, 1);
}

#[test]
fn a_rewritten_log_is_not_signed_again() {
    let (_folder, tenant) = tampered("DELETE FROM audit_tree");
    let signed = tenant.desk.sign_checkpoint(&tenant.log_key, monday());
    assert!(matches!(signed, Err(SignError::Rewritten(_))), "{signed:?}");
}

#[test]
fn a_log_that_did_not_grow_is_not_signed_twice() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = made(&place(&folder, Engine::Sqlite));
    furnish(&tenant, 1);
    let first = tenant.desk.sign_checkpoint(&tenant.log_key, monday()).unwrap();
    assert_eq!(tenant.desk.sign_checkpoint(&tenant.log_key, monday()).unwrap(), first);
    assert_eq!(settled(&tenant).checkpoints, 1);
}

#[test]
fn the_quick_look_finds_what_was_done_to_the_last_records() {
    let (_folder, tenant) = tampered("UPDATE audit_record SET target = 'desk' WHERE seq = 4");
    let key = tenant.log_key.verifier();
    assert!(matches!(
        tenant.desk.verify_audit_tail(key, 100),
        Err(VerifyError::Finding(LogFinding::Column { seq: 4, column: "target" }))
    ));
    assert_eq!(tenant.desk.verify_audit_tail(key, 1).unwrap(), 1);
}
