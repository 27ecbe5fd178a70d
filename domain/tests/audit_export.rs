//! The export file: what an auditor checks with nothing but the file and the public key, and every way it is caught out.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

use domain::{
    PersonId, Timestamp,
    audit::{
        Act, AuditRecord, ExportError, Exporter, Finding, LineFinding, LogKey, Outcome, RecordFinding,
        Report, Salt, Target, VerifierKey,
    },
    identity::{Account, Actor, Channel, ExternalIdentity, Principal},
    licence::Action,
};
use jiff::{SignedDuration, ToSpan};
use serde_json::json;
use uuid::Uuid;

fn key() -> LogKey {
    LogKey::from_seed("desk.example.com/audit".parse().unwrap(), &[3; 32])
}

fn start() -> Timestamp {
    "2026-03-01T09:30:00Z".parse().unwrap()
}

fn record(n: u8, at: Timestamp) -> AuditRecord {
    let uuid = |kind: u8| Uuid::from_bytes([kind, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, n]);
    let person = PersonId::from(uuid(1));
    let principal = Principal {
        actor: Actor::Person(person),
        authenticated_as: Account::ServiceAccount { account: uuid(2).into(), token: uuid(3).into() },
        external_identity: n.is_multiple_of(2).then(|| ExternalIdentity {
            issuer: "chat.example".into(),
            subject: format!("U{n}"),
            name: "Zoë \\ \"Z\"".into(),
            email: None,
        }),
        channel: Channel::Api,
    };
    let act = Act {
        id: uuid(4).into(),
        at,
        occurred_at: None,
        request: uuid(5).into(),
        action: Action::PersonChange,
        principal: &principal,
        target: Target::from(person),
        outcome: Outcome::Done(None),
        detail: &json!({"name": {"before": "Zoe", "after": "Zoë\n"}}),
    };
    AuditRecord::of(&act, Salt([n; 16])).unwrap()
}

/// Three records a second apart, the detail of the second one erased.
fn log() -> Vec<(AuditRecord, bool)> {
    (0..3_u8).map(|n| (record(n, start() + i64::from(n).seconds()), n == 1)).collect()
}

fn export(log: &[(AuditRecord, bool)]) -> Result<String, ExportError> {
    let mut frontier = domain::audit::Frontier::default();
    let (mut exporter, mut file) = Exporter::begin(key().verifier(), "acme")?;
    for (seq, (record, erased)) in (0..).zip(log) {
        let detail = (!erased).then_some((&record.salt, record.body.as_str()));
        file += &exporter.record(seq, &record.text, detail)?;
        frontier.append(record.leaf);
    }
    let checkpoint = key().sign(&key().checkpoint(frontier.size(), frontier.root()));
    let checkpoint = checkpoint + "\u{2014} witness.example mJirIkljAAECAwQFBgc=\n";
    Ok(file + &exporter.finish(&checkpoint, &key())?)
}

fn verify(file: &[u8], key: &VerifierKey) -> Result<Report, LineFinding> {
    let mut verifier = domain::audit::Verifier::new(key.clone());
    for line in file.strip_suffix(b"\n").unwrap_or(file).split(|byte| *byte == b'\n') {
        verifier.line(line)?;
    }
    verifier.finish()
}

fn finding(file: &str) -> (u64, Finding) {
    let LineFinding { line, finding } = verify(file.as_bytes(), key().verifier()).unwrap_err();
    (line, finding)
}

/// The lines of the sound file, to be put together otherwise.
fn lines() -> Vec<String> {
    export(&log()).unwrap().split_inclusive('\n').map(str::to_owned).collect()
}

#[test]
fn a_sound_file_verifies_with_the_public_key_alone() {
    let file = export(&log()).unwrap();
    let report = verify(file.as_bytes(), &key().verifier().to_string().parse().unwrap()).unwrap();
    assert_eq!((report.records, report.erased), (3, 1));
    assert_eq!((report.first_at, report.last_at), (Some(start()), Some(start() + 2.seconds())));
    assert_eq!(report.clock.count, 0);
}

#[test]
fn an_empty_log_verifies_too() {
    let report = verify(export(&[]).unwrap().as_bytes(), key().verifier()).unwrap();
    assert_eq!((report.records, report.first_at), (0, None));
}

#[test]
fn every_flipped_bit_of_the_file_is_caught() {
    let key = key();
    // One record with its detail and one without: every kind of byte that a file has.
    let file = export(&log()[..2]).unwrap().into_bytes();
    for place in 0..file.len() {
        for bit in 0..8 {
            let mut changed = file.clone();
            changed[place] ^= 1 << bit;
            assert!(
                verify(&changed, key.verifier()).is_err(),
                "byte {place}, bit {bit}: {}",
                String::from_utf8_lossy(&changed)
            );
        }
    }
}

#[test]
fn a_file_cut_off_anywhere_is_caught() {
    let key = key();
    let file = export(&log()).unwrap().into_bytes();
    for end in 0..file.len() - 1 {
        assert!(verify(&file[..end], key.verifier()).is_err(), "cut at byte {end}");
    }
    let cut = lines()[..4].concat();
    assert_eq!(finding(&cut), (5, Finding::Unfinished));
}

#[test]
fn records_dropped_moved_or_added_are_named() {
    let l = lines();
    let gap = |expected, found| Finding::Record(RecordFinding::Gap { expected, found });
    assert_eq!(finding(&[&l[0], &l[1], &l[3], &l[4]].map(String::as_str).concat()), (3, gap(1, 2)));
    assert_eq!(finding(&[&l[0], &l[2], &l[1], &l[3], &l[4]].map(String::as_str).concat()), (2, gap(0, 1)));
    assert_eq!(finding(&[&l[0], &l[1], &l[1], &l[2], &l[4]].map(String::as_str).concat()), (3, gap(1, 0)));
    assert_eq!(
        finding(&[&l[0], &l[1], &l[2], &l[4]].map(String::as_str).concat()),
        (4, Finding::Record(RecordFinding::Truncated { size: 3, found: 2 }))
    );
    assert_eq!(finding(&(l.concat() + &l[1])), (6, Finding::AfterEnd));
}

#[test]
fn two_records_that_changed_places_are_found_by_the_root() {
    let file = lines().concat();
    let (first, last) = (&log()[0].0.text, &log()[2].0.text);
    let swap = |text: &str| {
        let escaped = |text: &str| text.replace('"', "\\\"");
        text.replace(&escaped(first), "@")
            .replace(&escaped(last), &escaped(first))
            .replace('@', &escaped(last))
    };
    let without_details = |mut file: Vec<(AuditRecord, bool)>| {
        for (_, erased) in &mut file {
            *erased = true;
        }
        export(&file).unwrap()
    };
    assert!(matches!(finding(&swap(&file)), (2, Finding::Record(RecordFinding::Detail { seq: 0 }))));
    let bare = without_details(log());
    assert!(matches!(finding(&swap(&bare)), (5, Finding::Record(RecordFinding::Root { .. }))));
}

#[test]
fn a_detail_changed_or_taken_out_after_the_export_is_found() {
    let l = lines();
    let changed = l[1].replace("after", "later");
    assert_eq!(
        finding(&[&l[0], &changed, &l[2], &l[3], &l[4]].map(String::as_str).concat()),
        (2, Finding::Record(RecordFinding::Detail { seq: 0 }))
    );
    let taken_out = format!("{}}}\n", &l[1][..l[1].find(",\"salt\"").unwrap()]);
    assert_eq!(
        finding(&[&l[0], &taken_out, &l[2], &l[3], &l[4]].map(String::as_str).concat()),
        (5, Finding::SealedOther)
    );
    let half = format!("{}}}\n", &l[1][..l[1].find(",\"body\"").unwrap()]);
    assert_eq!(
        finding(&[&l[0], &half, &l[2], &l[3], &l[4]].map(String::as_str).concat()),
        (2, Finding::HalfErased)
    );
}

#[test]
fn a_header_that_names_something_else_is_found() {
    let file = lines().concat();
    assert_eq!(finding(&file.replace("acme", "evil")), (5, Finding::SealedOther));
    assert!(matches!(finding(&file.replacen("desk.", "disk.", 1)), (1, Finding::Origin { .. })));
    assert!(matches!(
        finding(&file.replacen("\"v\":1", "\"v\":2", 1)),
        (1, Finding::Format { version: 2, .. })
    ));
    assert_eq!(finding(&file.replacen("{\"format\"", "{ \"format\"", 1)), (1, Finding::NotCanonical));
    assert!(matches!(finding("PK\n"), (1, Finding::Malformed(_))));
    assert!(matches!(finding(""), (1, Finding::Malformed(_))));
}

#[test]
fn a_file_made_with_another_key_is_found() {
    let other = LogKey::from_seed(key().origin().clone(), &[4; 32]);
    let file = export(&log()).unwrap();
    let found = verify(file.as_bytes(), other.verifier()).unwrap_err();
    assert!(matches!(found, LineFinding { line: 1, finding: Finding::Key { .. } }));
    // A forger who also writes the expected key into the header has no signature to go with it.
    let forged = file.replace(&key().verifier().to_string(), &other.verifier().to_string());
    let found = verify(forged.as_bytes(), other.verifier()).unwrap_err();
    assert!(matches!(found, LineFinding { line: 5, finding: Finding::Checkpoint(_) }));
}

#[test]
fn a_checkpoint_does_not_pass_for_a_seal_nor_a_seal_for_a_checkpoint() {
    let l = lines();
    let closing: serde_json::Value = serde_json::from_str(&l[4]).unwrap();
    let swapped = |checkpoint: &str, seal: &str| {
        let checkpoint = &closing[checkpoint];
        let seal = &closing[seal];
        format!("{}{{\"checkpoint\":{checkpoint},\"seal\":{seal}}}\n", l[..4].concat())
    };
    assert_eq!(finding(&swapped("checkpoint", "checkpoint")), (5, Finding::SealedOther));
    assert!(matches!(finding(&swapped("seal", "seal")), (5, Finding::Checkpoint(_))));
}

#[test]
fn a_copied_record_is_found_before_it_is_sealed() {
    let mut copied = log();
    copied[2] = copied[0].clone();
    let id = copied[0].0.entry.id();
    assert_eq!(export(&copied), Err(ExportError::Record(RecordFinding::DuplicateId { seq: 2, id })));
}

#[test]
fn a_log_that_does_not_fit_its_checkpoint_is_not_sealed() {
    let checkpoint = key().sign(&key().checkpoint(1, log()[0].0.leaf));
    let begin = || Exporter::begin(key().verifier(), "acme").unwrap().0;
    let mut changed = begin();
    changed.record(0, &log()[2].0.text, None).unwrap();
    assert!(matches!(
        changed.finish(&checkpoint, &key()),
        Err(ExportError::Record(RecordFinding::Root { .. }))
    ));
    assert_eq!(
        begin().finish(&checkpoint, &key()),
        Err(ExportError::Record(RecordFinding::Truncated { size: 1, found: 0 }))
    );
    let mut longer = begin();
    for (seq, (record, _)) in (0..).zip(&log()) {
        longer.record(seq, &record.text, None).unwrap();
    }
    assert_eq!(
        longer.finish(&checkpoint, &key()),
        Err(ExportError::Record(RecordFinding::Surplus { size: 1, found: 3 }))
    );
}

#[test]
fn a_clock_that_goes_backwards_is_a_warning_and_no_finding() {
    let log: Vec<_> = [0, 5, 2, 4, 9]
        .into_iter()
        .zip(0..)
        .map(|(second, n)| (record(n, start() + i64::from(second).seconds()), false))
        .collect();
    let report = verify(export(&log).unwrap().as_bytes(), key().verifier()).unwrap();
    assert_eq!((report.clock.count, report.clock.first), (1, Some(2)));
    assert_eq!(report.clock.largest, SignedDuration::from_secs(3));
}
