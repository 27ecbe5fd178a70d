//! One audit record: its canonical text, what it keeps out of the leaf, and what it refuses to be.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

use domain::{
    AssignmentId, AuditRecordId, GuestId, LeaseId, LicenceId, PersonId, RequestId, ServiceAccountId,
    SessionId, TicketId, Timestamp, TokenId,
    audit::{
        Act, AuditEntry, AuditRecord, Consumed, EntryError, MAX_ENTRY_BYTES, Outcome, Salt, Target, leaf_hash,
    },
    identity::{Account, Actor, Channel, ExternalIdentity, Principal, SystemActor},
    licence::{Action, DenialReason, Grant, HeldSeat, Refusal, Verdict},
};
use proptest::{option, prelude::*, sample::select};
use serde_json::{Value, json};
use uuid::Uuid;

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(0x0190_c7a2_7f3e_7cc1_9d3f_0000_0000_0000 + n))
}

fn from_a_chat_hub() -> Principal {
    Principal {
        actor: Actor::Person(id(1)),
        authenticated_as: Account::ServiceAccount { account: id(2), token: id(3) },
        external_identity: Some(ExternalIdentity {
            issuer: "chat.example".into(),
            subject: "U024BE7LH".into(),
            name: "Ada \"the\" Löwe".into(),
            email: Some("ada@example.com".into()),
        }),
        channel: Channel::Api,
    }
}

fn act<'a>(principal: &'a Principal, detail: &'a Value) -> Act<'a> {
    Act {
        id: id(4),
        at: "2026-03-01T09:30:00.1234567Z".parse().unwrap(),
        occurred_at: Some("2016-02-29T01:16:00Z".parse().unwrap()),
        request: id(5),
        action: Action::TicketNote,
        principal,
        target: Target::from(id::<TicketId>(6)),
        outcome: Outcome::Done(Some(Consumed::Token { licence: id(7), lease: id(8), fence: 42, token: 3 })),
        detail,
    }
}

/// The commitments below were computed by another program: SHA-256 of sixteen bytes 9 and the text shown as body.
#[test]
fn a_record_reads_as_documented() {
    let (principal, detail) = (from_a_chat_hub(), json!({"note": "It works again."}));
    let record = AuditRecord::of(&act(&principal, &detail), Salt([9; 16])).unwrap();
    assert_eq!(
        record.text,
        concat!(
            r#"{"v":1,"id":"0190c7a2-7f3e-7cc1-9d3f-000000000004","at":"2026-03-01T09:30:00.123456Z","#,
            r#""occurred_at":"2016-02-29T01:16:00.000000Z","request":"0190c7a2-7f3e-7cc1-9d3f-000000000005","#,
            r#""action":"ticket.note","action_map":14,"actor":{"person":"0190c7a2-7f3e-7cc1-9d3f-000000000001"},"#,
            r#""authenticated_as":{"service_account":{"account":"0190c7a2-7f3e-7cc1-9d3f-000000000002","#,
            r#""token":"0190c7a2-7f3e-7cc1-9d3f-000000000003"}},"#,
            r#""external":"zzoM/l+/BlyA4/cSqn+AURXDMIbV6M20+XGuC6qehB0=","channel":"api","#,
            r#""target":{"kind":"ticket","id":"0190c7a2-7f3e-7cc1-9d3f-000000000006"},"outcome":"done","#,
            r#""licence":{"licence":"0190c7a2-7f3e-7cc1-9d3f-000000000007","#,
            r#""lease":"0190c7a2-7f3e-7cc1-9d3f-000000000008","fence":42,"token":3},"#,
            r#""commitment":"K+6k44pwmMi39Hoyzddu3Un0WnYNikY3gdV1AciuGH4="}"#,
        )
    );
    assert_eq!(
        record.body,
        concat!(
            r#"{"external":{"issuer":"chat.example","subject":"U024BE7LH","name":"Ada \"the\" Löwe","#,
            r#""email":"ada@example.com"},"detail":{"note":"It works again."}}"#,
        )
    );
    assert_eq!(record.leaf, leaf_hash(record.text.as_bytes()));
    assert_eq!(AuditEntry::parse(&record.text).unwrap(), record.entry);
}

#[test]
fn the_shortest_record_leaves_out_what_it_does_not_have() {
    let detail = Value::Null;
    let principal = Principal::system(SystemActor::Timer);
    let act = Act {
        occurred_at: None,
        action: Action::Upkeep,
        target: Target::DESK,
        outcome: Outcome::Done(None),
        ..act(&principal, &detail)
    };
    let record = AuditRecord::of(&act, Salt([9; 16])).unwrap();
    assert_eq!(
        record.text,
        concat!(
            r#"{"v":1,"id":"0190c7a2-7f3e-7cc1-9d3f-000000000004","at":"2026-03-01T09:30:00.123456Z","#,
            r#""request":"0190c7a2-7f3e-7cc1-9d3f-000000000005","action":"upkeep","action_map":14,"#,
            r#""actor":{"system":"timer"},"authenticated_as":{"system":"timer"},"channel":"timer","#,
            r#""target":{"kind":"desk"},"outcome":"done","commitment":"ezaXTd5BNn4OQC3M/ZLnBViUavz8CCtPbqCy26NYkZ4="}"#,
        )
    );
    assert_eq!(record.body, "{}");
    assert!(record.entry.opens_to(&record.salt, "{}"));
}

#[test]
fn a_record_says_on_what_the_verdict_was_built() {
    let person = Principal::person(id(1), id(2), Channel::Web);
    let recorded = |verdict: &Verdict| {
        let act = Act { outcome: Outcome::from(verdict), ..act(&person, &Value::Null) };
        let text = AuditRecord::of(&act, Salt([9; 16])).unwrap().text;
        assert_eq!(AuditEntry::parse(&text).unwrap().outcome(), act.outcome);
        let (_, from_outcome) = text.split_once(r#","outcome":"#).unwrap();
        from_outcome.split_once(r#","commitment""#).unwrap().0.to_owned()
    };
    let seat = HeldSeat { licence: id(7), assignment: id(8), seat_number: 12 };
    assert_eq!(
        recorded(&Verdict::Seat(seat)),
        concat!(
            r#""done","licence":{"licence":"0190c7a2-7f3e-7cc1-9d3f-000000000007","#,
            r#""assignment":"0190c7a2-7f3e-7cc1-9d3f-000000000008","seat":12}"#
        )
    );
    let token = Verdict::Token { licence: id(7), lease: id(8), token: 3, fence: 42, how: Grant::Fresh };
    assert_eq!(
        recorded(&token),
        concat!(
            r#""done","licence":{"licence":"0190c7a2-7f3e-7cc1-9d3f-000000000007","#,
            r#""lease":"0190c7a2-7f3e-7cc1-9d3f-000000000008","fence":42,"token":3}"#
        )
    );
    assert_eq!(recorded(&Verdict::Free), r#""done""#);
    let refusal = Refusal::NoEntitlement { action: Action::TicketNote };
    assert_eq!(recorded(&Verdict::Refused(refusal)), r#""refused","reason":"no_entitlement""#);
    let queued = Verdict::Queued {
        licence: id(7),
        entry: id(9),
        place: 1,
        ahead: vec![],
        holders: vec![],
        expected_wait: None,
        reason: DenialReason::NoFreeToken,
    };
    assert_eq!(recorded(&queued), r#""queued""#);
}

#[test]
fn no_name_text_or_address_reaches_the_leaf() {
    let (principal, detail) = (from_a_chat_hub(), json!({"note": "It works again."}));
    let record = AuditRecord::of(&act(&principal, &detail), Salt([9; 16])).unwrap();
    for personal in ["Ada", "Löwe", "example.com", "U024BE7LH", "chat.example", "works"] {
        assert!(record.body.contains(personal));
        assert!(!record.text.contains(personal), "{personal}");
    }
}

#[test]
fn a_record_opens_to_its_own_detail_and_no_other() {
    let (principal, detail) = (from_a_chat_hub(), json!({"note": "It works again."}));
    let record = AuditRecord::of(&act(&principal, &detail), Salt([9; 16])).unwrap();
    assert!(record.entry.opens_to(&record.salt, &record.body));
    assert!(!record.entry.opens_to(&Salt([8; 16]), &record.body));
    for changed in [
        record.body.replace("again", "never"),
        record.body.replace("Ada", "Eve"),
        record.body.replace(",\"detail\"", ", \"detail\""),
        r#"{"detail":{"note":"It works again."}}"#.to_owned(),
        r#"{"external":"#.to_owned(),
        String::new(),
    ] {
        assert!(!record.entry.opens_to(&record.salt, &changed), "{changed}");
    }
}

#[test]
fn what_is_not_canonical_is_no_entry() {
    let (principal, detail) = (from_a_chat_hub(), Value::Null);
    let text = AuditRecord::of(&act(&principal, &detail), Salt([9; 16])).unwrap().text;
    for (from, to) in [
        ("{\"v\":1,", "{ \"v\":1,"),
        ("{\"v\":1,", "{\"v\":1.0,"),
        ("\"fence\":42", "\"fence\":042"),
        (".123456Z", ".123456+00:00"),
        (".123456Z", ".1234560Z"),
        ("01T09:30:00.123456Z", "01T10:30:00.123456+01:00"),
        ("ticket.note", "ticket\\u002enote"),
        ("0190c7a2-7f3e-7cc1-9d3f-000000000004", "0190C7A2-7F3E-7CC1-9D3F-000000000004"),
        ("\"channel\":\"api\",", "\"channel\":\"api\",\"licence\":null,"),
        ("\"outcome\":\"done\"", "\"outcome\":\"done\",\"outcome\":\"done\""),
        ("\"outcome\":\"done\"", "\"outcome\":\"perhaps\""),
        ("\"outcome\":\"done\"", "\"outcome\":\"done\",\"more\":1"),
        ("\"fence\":42", "\"fence\":42,\"more\":1"),
        ("\"outcome\":\"done\"", "\"outcome\":\"queued\""),
        ("\"outcome\":\"done\"", "\"outcome\":\"done\",\"reason\":\"no_entitlement\""),
        ("{\"kind\":\"ticket\",", "{\"more\":1,\"kind\":\"ticket\","),
        ("{\"person\":", "{\"persons\":"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let error = AuditEntry::parse(&changed).unwrap_err();
        assert!(matches!(error, EntryError::NotCanonical | EntryError::Malformed(_)), "{to}: {error}");
    }
}

#[test]
fn a_later_version_says_that_the_program_is_too_old() {
    let later = r#"{"v":2,"new":"form"}"#;
    assert_eq!(AuditEntry::parse(later), Err(EntryError::Version(2)));
}

#[test]
fn an_entry_of_a_retired_action_is_still_read() {
    let (principal, detail) = (from_a_chat_hub(), Value::Null);
    let text = AuditRecord::of(&act(&principal, &detail), Salt([9; 16])).unwrap().text;
    let entry = AuditEntry::parse(&text.replace("ticket.note", "ticket.telex")).unwrap();
    assert_eq!((entry.action(), entry.action_name()), (None, "ticket.telex"));
}

#[test]
fn an_entry_longer_than_a_bundle_allows_is_refused() {
    let (principal, detail) = (from_a_chat_hub(), Value::Null);
    let text = AuditRecord::of(&act(&principal, &detail), Salt([9; 16])).unwrap().text;
    let of_length =
        |length: usize| text.replace("ticket.note", &"x".repeat(length + "ticket.note".len() - text.len()));
    assert!(AuditEntry::parse(&of_length(MAX_ENTRY_BYTES)).is_ok());
    assert_eq!(AuditEntry::parse(&of_length(MAX_ENTRY_BYTES + 1)), Err(EntryError::TooLong(65_536)));
}

fn ids<T: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    any::<u128>().prop_map(|n| T::from(Uuid::from_u128(n)))
}

fn times() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(), 0..1_000_000_000)
        .prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn system_actors() -> impl Strategy<Value = SystemActor> {
    select(vec![
        SystemActor::Setup,
        SystemActor::SignIn,
        SystemActor::CommandLine,
        SystemActor::Timer,
        SystemActor::Import,
    ])
}

fn principals() -> impl Strategy<Value = Principal> {
    let actors = prop_oneof![
        ids::<PersonId>().prop_map(Actor::Person),
        Just(Actor::External),
        system_actors().prop_map(Actor::System),
    ];
    let accounts = prop_oneof![
        (ids::<PersonId>(), ids::<SessionId>())
            .prop_map(|(person, session)| Account::Session { person, session }),
        (ids::<PersonId>(), ids::<TokenId>()).prop_map(|(person, token)| Account::Token { person, token }),
        (ids::<ServiceAccountId>(), ids::<TokenId>())
            .prop_map(|(account, token)| Account::ServiceAccount { account, token }),
        ids::<GuestId>().prop_map(|guest| Account::Guest { guest }),
        system_actors().prop_map(Account::System),
    ];
    let identities = (any::<String>(), any::<String>(), any::<String>(), option::of(any::<String>()))
        .prop_map(|(issuer, subject, name, email)| ExternalIdentity { issuer, subject, name, email });
    let channels =
        select(vec![Channel::Web, Channel::Api, Channel::CommandLine, Channel::Import, Channel::Timer]);
    (actors, accounts, option::of(identities), channels).prop_map(
        |(actor, authenticated_as, external_identity, channel)| Principal {
            actor,
            authenticated_as,
            external_identity,
            channel,
        },
    )
}

fn consumed() -> impl Strategy<Value = Consumed> {
    prop_oneof![
        (ids::<LicenceId>(), ids::<AssignmentId>(), any::<u32>())
            .prop_map(|(licence, assignment, seat)| Consumed::Seat { licence, assignment, seat }),
        (ids::<LicenceId>(), ids::<LeaseId>(), any::<u64>(), any::<u32>())
            .prop_map(|(licence, lease, fence, token)| Consumed::Token { licence, lease, fence, token }),
    ]
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        option::of(consumed()).prop_map(Outcome::Done),
        option::of(select(DenialReason::ALL)).prop_map(Outcome::Refused),
        Just(Outcome::Queued),
        Just(Outcome::Held),
    ]
}

proptest! {
    #[test]
    fn every_record_reads_back_to_the_byte_and_opens_to_its_detail(
        id in ids::<AuditRecordId>(),
        request in ids::<RequestId>(),
        at in times(),
        occurred_at in option::of(times()),
        action in select(Action::ALL),
        principal in principals(),
        target in prop_oneof![Just(Target::DESK), ids::<TicketId>().prop_map(Target::from)],
        outcome in outcomes(),
        texts in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4),
        salt in any::<[u8; 16]>(),
    ) {
        let detail = json!(texts);
        let act = Act { id, at, occurred_at, request, action, principal: &principal, target, outcome, detail: &detail };
        let record = AuditRecord::of(&act, Salt(salt)).unwrap();
        let read = AuditEntry::parse(&record.text).unwrap();
        prop_assert_eq!(read.to_text().unwrap(), &record.text[..]);
        prop_assert_eq!(&read, &record.entry);
        prop_assert!(read.opens_to(&record.salt, &record.body));
        prop_assert!(record.text.len() < 2_000);
    }
}
