//! Contracts as people meet them: each promise about them, told on both engines.

use desk::{
    Context, Refused,
    contract::{
        AcknowledgeAlert, AddContract, AddOrderLine, Alerts, AttachContractDocument, ChangeContract,
        ChangeOrderLine, ContractChanged, ContractDetail, ContractDocumentOf, ContractList, EndOrderLine,
        EntitlementPosition, ExportContracts, ImportContracts, NewTrueUp, PositionRow, PreviewContracts,
        RecordTrueUp, Renewals, ReverseTrueUp, SetMinimumFree, TrueUpProposals, TrueUps, Watched,
    },
    licence::{ChangeLicence, RevokeSeat},
    ticket::{AddNote, RaiseTicket},
};
use domain::{
    LicenceId, PersonId,
    contract::{
        Excess, NewContract, NewOrderLine, Notice, PositionStanding, RecurringTerm, TrueUpCause,
        alert::AlertKind,
        sheet::{COLUMNS, RowOutcome, SheetRow},
    },
    identity::{Role, SystemActor},
    licence::{Licence, Metric, PoolRules},
    ticket::{Kind, Markdown, Subject},
};
use jiff::civil::{Date, date};

use crate::support::{Fresh, at, later, monday, on_both_engines, seed};

const DAY: i64 = 86_400;

fn by(person: PersonId, second: i64) -> Context {
    at(person, later(monday(), second))
}

fn timer(second: i64) -> Context {
    Context::system(SystemActor::Timer, later(monday(), second), seed())
}

fn manager(fresh: &Fresh) -> PersonId {
    fresh.person("Mia Sand", &[Role::LicenceManager])
}

fn agreed(number: &str, ends_on: Option<Date>) -> NewContract {
    NewContract {
        number: number.to_owned(),
        vendor: "Northwind".to_owned(),
        name: "Service desk licences".to_owned(),
        currency: "EUR".parse().unwrap(),
        zone: "Europe/Berlin".to_owned(),
        starts_on: date(2026, 1, 1),
        ends_on,
        notice: None,
        renews_for: None,
    }
}

fn ordered(licence: LicenceId, packs: u32) -> NewOrderLine {
    NewOrderLine {
        number: 0,
        purchase_order: "PO-1".to_owned(),
        description: String::new(),
        licence,
        packs,
        pack_size: 1,
        term: RecurringTerm::Yearly,
        unit_price: 36_500,
        starts_on: date(2026, 1, 1),
        ends_on: None,
    }
}

/// A contract of the manager with a line for each (licence, packs).
fn contract(
    fresh: &Fresh,
    manager: PersonId,
    new: NewContract,
    lines: &[(LicenceId, u32)],
) -> ContractChanged {
    let mut changed = fresh.desk.execute_now(by(manager, 0), AddContract { new }).unwrap();
    for (licence, packs) in lines {
        let add = AddOrderLine { contract: changed.contract, new: ordered(*licence, *packs) };
        changed = fresh.desk.execute_now(by(manager, 0), add).unwrap();
    }
    changed
}

/// An exclusive licence of which so many seats are somebody's since Monday morning.
fn seats(fresh: &Fresh, quantity: u32, held: u32) -> Licence {
    let licence = fresh.licence("Service desk, named", Metric::Exclusive, quantity);
    for number in 0..held {
        let person = fresh.person(&format!("Technician {number}"), &[Role::Agent]);
        fresh.seat(&licence, person);
    }
    licence
}

fn row_of(fresh: &Fresh, person: PersonId, licence: LicenceId, second: i64, at: Option<Date>) -> PositionRow {
    let view = fresh.desk.ask_now(by(person, second), EntitlementPosition { at }).unwrap();
    view.items.into_iter().find(|row| row.position.licence == licence).unwrap()
}

fn field<T: std::fmt::Debug>(result: Result<T, Refused>) -> String {
    match result {
        Err(Refused::Invalid(fields)) => fields[0].field.clone(),
        other => panic!("not refused for a field: {other:?}"),
    }
}

fn sheet(fresh: &Fresh, person: PersonId) -> Vec<SheetRow> {
    let rows = fresh.desk.ask_now(by(person, 0), ExportContracts).unwrap();
    let row = |(number, cells): (u32, Vec<String>)| SheetRow {
        row: number,
        cells: COLUMNS.iter().map(ToString::to_string).zip(cells).collect(),
    };
    (2..).zip(rows).map(row).collect()
}

on_both_engines! {
    fn a_contract_keeps_its_lines_its_money_and_its_documents(fresh) {
        let mia = manager(fresh);
        let licence = seats(fresh, 10, 0);
        let made = contract(fresh, mia, agreed("N-1", None), &[(licence.id, 4), (licence.id, 3)]);
        assert_eq!(made.version, 3);
        let file = AttachContractDocument {
            contract: made.contract, name: "../signed.pdf".to_owned(), content_type: "application/pdf".to_owned(),
            size: 5, sha256: [7; 32],
        };
        fresh.desk.execute_now(by(mia, 1), file).unwrap();
        let seen = fresh.desk.ask_now(by(mia, 2), ContractDetail { contract: made.contract }).unwrap();
        assert_eq!(seen.lines.iter().map(|line| (line.number, line.quantity)).collect::<Vec<_>>(), [(1, 4), (2, 3)]);
        assert_eq!((seen.summary.quantity, seen.summary.annual_cost.to_string()), (7, "EUR 2,555.00".to_owned()));
        assert_eq!((seen.documents[0].name.as_str(), seen.version), ("signed.pdf", 4));
        let id = seen.documents[0].id;
        let kept = fresh.desk.ask_now(by(mia, 3), ContractDocumentOf { contract: made.contract, id }).unwrap();
        assert_eq!(kept.sha256, [7; 32]);
        let contents = fresh.desk.database().read_now(store::ticket::attachment_contents).unwrap();
        assert_eq!(contents, [[7; 32]], "a backup takes it along");
    }

    fn a_change_on_an_old_version_or_against_its_lines_is_refused(fresh) {
        let mia = manager(fresh);
        let licence = seats(fresh, 10, 0);
        let made = contract(fresh, mia, agreed("N-1", None), &[(licence.id, 4)]);
        let change = || ChangeContract::of(made.contract, Some(made.version));
        let put = |command| fresh.desk.execute_now(by(mia, 1), command);
        assert!(matches!(put(ChangeContract { version: Some(1), ..change() }), Err(Refused::Stale { current: 2 })));
        assert_eq!(field(put(ChangeContract { currency: "USD".parse().ok(), ..change() })), "currency");
        assert_eq!(field(put(ChangeContract { starts_on: Some(date(2026, 2, 1)), ..change() })), "starts_on");
        assert_eq!(field(put(ChangeContract { notice: Some(Some(Notice::Days(9))), ..change() })), "notice");
        let after = put(ChangeContract { ends_on: Some(Some(date(2026, 12, 31))), ..change() }).unwrap();
        assert_eq!(after.version, 3);
        let other = contract(fresh, mia, agreed("N-2", None), &[]);
        let taken = ChangeContract { number: Some("N-1".to_owned()), ..ChangeContract::of(other.contract, None) };
        assert_eq!(field(fresh.desk.execute_now(by(mia, 2), taken)), "number");
        assert_eq!(field(fresh.desk.execute_now(by(mia, 2), AddContract { new: agreed("N-1", None) })), "number");
    }

    fn a_line_is_changed_and_ended_by_its_own_days(fresh) {
        let mia = manager(fresh);
        let licence = seats(fresh, 10, 0);
        let made = contract(fresh, mia, agreed("N-1", None), &[(licence.id, 4)]);
        let line = made.line.unwrap();
        let grow = ChangeOrderLine { packs: Some(6), ..ChangeOrderLine::of(made.contract, line, Some(made.version)) };
        let grown = fresh.desk.execute_now(by(mia, 1), grow).unwrap();
        let end = |ends_on| EndOrderLine {
            contract: made.contract, line, version: None, ends_on, because: "A clinic closes.".to_owned(),
        };
        assert_eq!(field(fresh.desk.execute_now(by(mia, 2), end(date(2025, 12, 31)))), "ends_on");
        fresh.desk.execute_now(by(mia, 3), end(date(2026, 6, 30))).unwrap();
        assert_eq!(field(fresh.desk.execute_now(by(mia, 4), end(date(2026, 7, 31)))), "ends_on");
        assert_eq!(row_of(fresh, mia, licence.id, 5, Some(date(2026, 6, 30))).position.entitled, 6);
        assert_eq!(row_of(fresh, mia, licence.id, 5, Some(date(2026, 7, 1))).position.entitled, 0);
        let seen = fresh.desk.ask_now(by(mia, 6), ContractDetail { contract: made.contract }).unwrap();
        assert_eq!(seen.version, grown.version + 1);
        let free = fresh.licence("Employees", Metric::Requester, 0);
        let nobody = AddOrderLine { contract: made.contract, new: ordered(free.id, 1) };
        assert_eq!(field(fresh.desk.execute_now(by(mia, 7), nobody)), "licence");
    }

    fn a_position_counts_seats_and_the_peak_of_tokens(fresh) {
        let mia = manager(fresh);
        let named = seats(fresh, 10, 6);
        let pool = fresh.licence("Service desk, shared", Metric::Concurrent, 5);
        let ticket = {
            let anna = fresh.person("Anna Berg", &[Role::Requester]);
            let subject = domain::ticket::Subject::new("The VPN drops").unwrap();
            let raise = desk::ticket::RaiseTicket::of(domain::ticket::Kind::Incident, subject, None);
            fresh.desk.execute_now(by(anna, 0), raise).unwrap().id
        };
        for (number, second) in [(1, 10), (2, 20), (3, 30)] {
            let person = fresh.person(&format!("Sharer {number}"), &[Role::Agent]);
            fresh.entitle(&pool, person);
            let body = domain::ticket::Markdown::new("Looked at it.").unwrap();
            let note = desk::ticket::AddNote { ticket: ticket.into(), body, if_version: None };
            fresh.desk.execute_now(by(person, second), note).unwrap();
        }
        contract(fresh, mia, agreed("N-1", None), &[(named.id, 4), (pool.id, 5)]);
        let row = row_of(fresh, mia, named.id, 60, None);
        assert_eq!((row.position.entitled, row.position.used.assigned, row.position.over), (4, 6, 2));
        assert_eq!((row.position.standing, row.free), (PositionStanding::Over, 4));
        // The next day they are gone, and that day still says what it was.
        let row = row_of(fresh, mia, pool.id, 2 * DAY, Some(date(2026, 3, 2)));
        assert_eq!((row.position.used.in_use, row.position.over, row.free), (3, 0, 2));
        assert_eq!(row_of(fresh, mia, pool.id, 2 * DAY, None).position.used.in_use, 0);
        let ahead = fresh.desk.ask_now(by(mia, 60), EntitlementPosition { at: Some(date(2030, 1, 1)) }).unwrap();
        assert!(ahead.projected && ahead.items.iter().any(|row| row.position.used.assigned == 6));
        assert_eq!(ahead.annual_cost.to_string(), "EUR 3,285.00");
    }

    fn an_alert_is_told_once_to_each_manager_and_acknowledged_by_one(fresh) {
        let mia = manager(fresh);
        fresh.person("Max Sand", &[Role::LicenceManager]);
        let named = seats(fresh, 6, 6);
        let until = Some(date(2026, 5, 1));
        let new = NewContract { notice: Some(Notice::Days(30)), ..agreed("N-1", until) };
        contract(fresh, mia, new, &[(named.id, 5)]);
        fresh.desk.execute_now(by(mia, 0), SetMinimumFree { licence: named.id, minimum_free: 2 }).unwrap();

        let watch = |second| fresh.desk.watch_contracts_now(timer(second)).unwrap();
        assert_eq!(watch(60), Watched { raised: 3, cleared: 0 });
        for day in 0..5 {
            assert_eq!(watch(120 + day * 3_600), Watched::default(), "never again");
        }
        let standing = || fresh.desk.ask_now(by(mia, 200), Alerts { all: false, after: None, limit: 50 }).unwrap().items;
        let mut kinds: Vec<_> = standing().iter().map(|alert| alert.kind).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, [AlertKind::LowStock, AlertKind::Renewal, AlertKind::Over]);
        let claimed = fresh.desk.claim_notifications(later(monday(), 300), 50).unwrap();
        assert_eq!(claimed.len(), 6, "three alerts for two managers");
        assert_eq!(fresh.desk.claim_notifications(later(monday(), 310), 50).unwrap(), [], "each is claimed once");
        for delivery in &claimed[1..] {
            fresh.desk.notification_delivered(delivery.id, later(monday(), 320)).unwrap();
        }
        let again = fresh.desk.claim_notifications(later(monday(), 2_000), 50).unwrap();
        assert_eq!(again, claimed[..1], "what was not delivered is tried again, under its own id");

        let low = standing().into_iter().find(|alert| alert.kind == AlertKind::LowStock).unwrap();
        fresh.desk.execute_now(by(mia, 400), AcknowledgeAlert { alert: low.id }).unwrap();
        assert!(matches!(fresh.desk.execute_now(by(mia, 401), AcknowledgeAlert { alert: low.id }), Err(Refused::Rule(_))));
        let seen = standing().into_iter().find(|alert| alert.id == low.id).unwrap();
        assert_eq!(seen.acknowledged_by.unwrap().name, "Mia Sand");

        // Untrue in between: two seats are taken back, and given out again.
        let assignments = fresh.desk.database().read_now(move |tx| store::licence::assignments(tx, named.id)).unwrap();
        for assignment in &assignments[..2] {
            let revoke = RevokeSeat { assignment: assignment.id, because: "Moved on.".to_owned() };
            fresh.desk.execute_now(by(mia, 500), revoke).unwrap();
        }
        assert_eq!(watch(600), Watched { raised: 0, cleared: 2 });
        fresh.seat(&named, assignments[0].person);
        assert_eq!(watch(700), Watched { raised: 1, cleared: 0 });
        let all = fresh.desk.ask_now(by(mia, 800), Alerts { all: true, after: None, limit: 50 }).unwrap().items;
        assert_eq!((all.len(), standing().len()), (4, 2));
        // The next stage of the deadline is told when it comes, and the one before it is over.
        assert_eq!(watch(10 * DAY), Watched { raised: 0, cleared: 0 });
        let due = fresh.desk.ask_now(by(mia, 0), Renewals { days: 90 }).unwrap().items;
        assert_eq!((due[0].renewal.deadline, due[0].renewal.days_left), (date(2026, 4, 1), 30));
    }

    fn use_above_what_was_bought_is_settled_once_and_never_changed(fresh) {
        let mia = manager(fresh);
        let named = seats(fresh, 6, 6);
        let made = contract(fresh, mia, agreed("N-1", None), &[(named.id, 4)]);
        let line = made.line.unwrap();
        let friday = 4 * DAY;
        let proposals = |from, until| fresh.desk.ask_now(by(mia, friday), TrueUpProposals { from, until }).unwrap();
        let found = proposals(date(2026, 2, 1), date(2026, 3, 31));
        assert_eq!(found.len(), 1, "{found:#?}");
        let excess = Excess { quantity: 2, from: date(2026, 3, 2), until: date(2026, 3, 5) };
        assert_eq!((found[0].excess, found[0].line), (excess, line));
        assert_eq!(found[0].money.amount, 2 * 36_500 * 4 / 365);

        let record = |excess| {
            let new = NewTrueUp { line, cause: TrueUpCause::OverEntitlement, excess, note: String::new() };
            fresh.desk.execute_now(by(mia, friday), RecordTrueUp { new })
        };
        assert_eq!(field(record(Excess { quantity: 3, ..excess })), "quantity");
        assert_eq!(field(record(Excess { until: date(2026, 3, 6), ..excess })), "until");
        assert_eq!(field(record(Excess { from: date(2025, 12, 1), ..excess })), "from");
        let entry = record(excess).unwrap();
        assert_eq!(field(record(Excess { quantity: 1, ..excess })), "quantity");
        assert_eq!(proposals(date(2026, 2, 1), date(2026, 3, 31)), []);

        let back = ReverseTrueUp { entry, because: "The vendor agreed to forget it.".to_owned() };
        fresh.desk.execute_now(by(mia, friday + 60), back.clone()).unwrap();
        assert!(matches!(fresh.desk.execute_now(by(mia, friday + 60), back), Err(Refused::Rule(_))));
        let ledger = fresh.desk.ask_now(by(mia, friday), TrueUps { after: None, limit: 10 }).unwrap().items;
        assert_eq!(ledger.iter().map(|entry| entry.money.amount).sum::<i64>(), 0);
        assert_eq!((ledger[0].reverses, ledger[1].reversed_by), (Some(entry), Some(ledger[0].id)));
        assert_eq!(proposals(date(2026, 2, 1), date(2026, 3, 31)).len(), 1, "open again");
    }

    fn an_overdraft_is_settled_apart_from_what_was_given_out_beyond_the_contract(fresh) {
        let mia = manager(fresh);
        let pool = fresh.licence("Technicians", Metric::Concurrent, 2);
        let rules = PoolRules { overdraft: 2, ..PoolRules::default() };
        let change = ChangeLicence { licence: pool.id, version: None, name: None, quantity: None, term: None, rules: Some(rules) };
        fresh.desk.execute_now(by(mia, 0), change).unwrap();
        // One was bought, two are given out, and two more by overdraft.
        let line = contract(fresh, mia, agreed("N-1", None), &[(pool.id, 1)]).line.unwrap();
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let raise = RaiseTicket::of(Kind::Incident, Subject::new("The VPN drops").unwrap(), None);
        let ticket = fresh.desk.execute_now(by(anna, 0), raise).unwrap().id;
        let work = |person, second| {
            let note = AddNote { ticket: ticket.into(), body: Markdown::new("Looked.").unwrap(), if_version: None };
            fresh.desk.execute_now(by(person, second), note).unwrap();
        };
        let people: Vec<_> = (0..4).map(|number| fresh.person(&format!("Technician {number}"), &[Role::Agent])).collect();
        for person in &people {
            fresh.entitle(&pool, *person);
        }
        people.iter().zip(10..).for_each(|(person, second)| work(*person, second));
        // On the next day one fewer.
        people[1..].iter().zip(10..).for_each(|(person, second)| work(*person, DAY + second));
        let wednesday = 2 * DAY;
        let proposals = || {
            let asked = TrueUpProposals { from: date(2026, 2, 1), until: date(2026, 3, 31) };
            let found = fresh.desk.ask_now(by(mia, wednesday), asked).unwrap();
            found.into_iter().map(|it| (it.cause, it.excess.quantity, it.excess.from, it.excess.until)).collect::<Vec<_>>()
        };
        let (mon, tue) = (date(2026, 3, 2), date(2026, 3, 3));
        let (beyond, overdraft) = (TrueUpCause::OverEntitlement, TrueUpCause::Overdraft);
        assert_eq!(proposals(), [(beyond, 1, mon, tue), (overdraft, 2, mon, mon), (overdraft, 1, tue, tue)]);

        let record = |cause, quantity| {
            let excess = Excess { quantity, from: mon, until: mon };
            let new = NewTrueUp { line, cause, excess, note: String::new() };
            fresh.desk.execute_now(by(mia, wednesday), RecordTrueUp { new })
        };
        assert_eq!(field(record(overdraft, 3)), "quantity");
        record(overdraft, 2).unwrap();
        assert_eq!(field(record(overdraft, 1)), "quantity");
        assert_eq!(proposals(), [(beyond, 1, mon, tue), (overdraft, 1, tue, tue)], "the other cause is untouched");
    }

    fn a_file_brought_in_again_changes_nothing(fresh) {
        let mia = manager(fresh);
        let named = seats(fresh, 6, 0);
        let odd = NewContract { vendor: "=cmd|' /C calc'!A0".to_owned(), ..agreed("N-1", Some(date(2026, 12, 31))) };
        contract(fresh, mia, odd, &[(named.id, 4), (named.id, 1)]);
        contract(fresh, mia, agreed("N-2", None), &[]);
        let rows = sheet(fresh, mia);
        assert_eq!(rows.len(), 3);
        let report = fresh.desk.execute_now(by(mia, 1), ImportContracts { rows: rows.clone() }).unwrap();
        assert_eq!((report.unchanged, report.placed, report.changed, report.refused), (3, 0, 0, 0), "{report:#?}");

        let mut more = rows.clone();
        let set = |row: &mut SheetRow, column: &str, cell: &str| drop(row.cells.insert(column.to_owned(), cell.to_owned()));
        set(&mut more[0], "packs", "7");
        set(&mut more[1], "licence", "Nobody's");
        set(&mut more[2], "contract_number", "N-3");
        let mut clash = rows[0].clone();
        clash.row = 5;
        set(&mut clash, "line_number", "9");
        set(&mut clash, "vendor", "Another");
        more.push(clash);
        let before = sheet(fresh, mia);
        let preview = fresh.desk.ask_now(by(mia, 2), PreviewContracts { rows: more.clone() }).unwrap();
        assert_eq!(sheet(fresh, mia), before, "a dry run writes nothing");
        let report = fresh.desk.execute_now(by(mia, 3), ImportContracts { rows: more }).unwrap();
        assert_eq!(report.rows, preview.rows, "and says what will be done");
        let outcomes: Vec<_> = report.rows.iter().map(|row| row.outcome).collect();
        assert_eq!(outcomes, [RowOutcome::Changed, RowOutcome::Refused, RowOutcome::Placed, RowOutcome::Refused]);
        assert!(report.rows[1].sentence.starts_with("row 3, column licence: there is no licence `Nobody's`"), "{report:#?}");
        assert!(report.rows[3].sentence.starts_with("row 5, column vendor: row 2 says something else"), "{report:#?}");
        assert_eq!(row_of(fresh, mia, named.id, 4, Some(date(2026, 5, 1))).position.entitled, 8);
        assert_eq!(sheet(fresh, mia).len(), 4);
    }

    fn nobody_without_the_capability_learns_that_a_contract_exists(fresh) {
        let mia = manager(fresh);
        let named = seats(fresh, 6, 0);
        let made = contract(fresh, mia, agreed("N-1", None), &[(named.id, 4)]);
        for roles in [&[Role::Requester][..], &[Role::Agent], &[Role::Finance]] {
            let nosy = fresh.person(&format!("Nosy {}", roles[0]), roles);
            let ctx = || by(nosy, 1);
            assert!(matches!(fresh.desk.ask_now(ctx(), ContractList { after: None, limit: 1 }), Err(Refused::NotFound(_))));
            assert!(matches!(fresh.desk.ask_now(ctx(), ContractDetail { contract: made.contract }), Err(Refused::NotFound(_))));
            assert!(matches!(fresh.desk.ask_now(ctx(), EntitlementPosition { at: None }), Err(Refused::NotFound(_))));
            assert!(matches!(fresh.desk.ask_now(ctx(), ExportContracts), Err(Refused::NotFound(_))));
            assert!(matches!(fresh.desk.ask_now(ctx(), TrueUps { after: None, limit: 1 }), Err(Refused::NotFound(_))));
            let change = ChangeContract::of(made.contract, None);
            assert!(matches!(fresh.desk.execute_now(ctx(), change), Err(Refused::NotFound(_))));
            let rows = sheet(fresh, mia);
            assert!(matches!(fresh.desk.execute_now(ctx(), ImportContracts { rows }), Err(Refused::NotFound(_))));
        }
        // An auditor reads all of it and changes none of it.
        let ada = fresh.person("Ada Rook", &[Role::Auditor]);
        fresh.desk.ask_now(by(ada, 2), ContractDetail { contract: made.contract }).unwrap();
        let refused = fresh.desk.execute_now(by(ada, 3), ChangeContract::of(made.contract, None));
        assert!(matches!(refused, Err(Refused::Licence(_))));
        assert!(matches!(fresh.desk.execute_now(by(ada, 3), AddContract { new: agreed("N-9", None) }), Err(Refused::Licence(_))));
    }
}
