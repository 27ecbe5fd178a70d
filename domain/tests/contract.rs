//! Contracts: positions, deadlines, alerts and true-ups over random purchases, and by the calendar of other zones.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

use domain::{
    AlertId, ContractId, LicenceId, OrderLineId, Timestamp,
    contract::{
        AsOf, Bought, Contract, ContractError, Excess, LineError, NewContract, NewOrderLine, Notice,
        OrderLine, PositionStanding, RecurringTerm, TrueUpError, Use,
        alert::{self, AlertKind},
        entitled, next_deadline, position, renewals, sheet, stretches,
    },
    licence::{Metric, TermPhase},
};
use jiff::{
    ToSpan,
    civil::{Date, date},
};
use proptest::prelude::*;
use uuid::Uuid;

fn licence(number: u128) -> LicenceId {
    LicenceId::from(Uuid::from_u128(number))
}

fn new_contract(starts_on: Date, ends_on: Option<Date>) -> NewContract {
    NewContract {
        number: "MHG-2026-1".to_owned(),
        vendor: "Northwind".to_owned(),
        name: "Service desk".to_owned(),
        currency: "EUR".parse().unwrap(),
        zone: "Europe/Berlin".to_owned(),
        starts_on,
        ends_on,
        notice: None,
        renews_for: None,
    }
}

fn made(new: NewContract) -> Contract {
    Contract::new(ContractId::from(Uuid::from_u128(1)), new).unwrap()
}

fn new_line(licence: LicenceId, packs: u32, starts_on: Date) -> NewOrderLine {
    NewOrderLine {
        number: 1,
        purchase_order: "PO-4711".to_owned(),
        description: String::new(),
        licence,
        packs,
        pack_size: 1,
        term: RecurringTerm::Yearly,
        unit_price: 12_000,
        starts_on,
        ends_on: None,
    }
}

fn line(contract: &Contract, new: NewOrderLine) -> OrderLine {
    OrderLine::new(OrderLineId::from(Uuid::from_u128(u128::from(new.number))), contract, new).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_last_day_of_a_contract_ends_at_midnight_where_its_days_are_counted() {
    let auckland = made(NewContract {
        zone: "Pacific/Auckland".to_owned(),
        ..new_contract(date(2026, 1, 1), Some(date(2026, 9, 26)))
    });
    // On 27 September 2026 the clocks go forward in Auckland: midnight is still by the winter's.
    assert_eq!(auckland.ends_at(date(2026, 5, 5)), Some(at("2026-09-26T12:00:00Z")));
    assert_eq!(auckland.phase(at("2026-09-26T11:59:59Z")), TermPhase::Running);
    assert_eq!(auckland.phase(at("2026-09-26T12:00:00Z")), TermPhase::Ended);
    // A day that begins an hour after midnight, because the clocks went forward then.
    let santiago = made(NewContract {
        zone: "America/Santiago".to_owned(),
        ..new_contract(date(2026, 1, 1), Some(date(2026, 9, 5)))
    });
    assert_eq!(santiago.ends_at(date(2026, 5, 5)), Some(at("2026-09-06T04:00:00Z")));
    assert_eq!(santiago.phase(at("2026-09-06T03:59:59Z")), TermPhase::Running);
}

#[test]
fn a_position_now_counts_each_contract_by_its_own_day() {
    let zones = ["Pacific/Auckland", "America/Los_Angeles"].map(|zone| {
        made(NewContract { zone: zone.to_owned(), ..new_contract(date(2026, 1, 1), Some(date(2026, 6, 30))) })
    });
    let lines = zones.each_ref().map(|contract| line(contract, new_line(licence(7), 5, date(2026, 1, 1))));
    let bought: Vec<_> = zones.iter().zip(&lines).map(|(contract, line)| Bought { contract, line }).collect();
    let now = at("2026-06-30T20:00:00Z");
    assert_eq!(entitled(licence(7), &bought, AsOf::Moment(now)), 5, "in Auckland it is July already");
    assert_eq!(entitled(licence(7), &bought, AsOf::Day(date(2026, 6, 30))), 10);
}

#[test]
fn what_cannot_be_a_contract_names_its_field() {
    let new = || new_contract(date(2026, 1, 1), Some(date(2026, 12, 31)));
    let field = |new| Contract::new(ContractId::from(Uuid::nil()), new).unwrap_err().field();
    assert_eq!(field(NewContract { number: " ".to_owned(), ..new() }), "number");
    assert_eq!(field(NewContract { zone: "Mars/Base".to_owned(), ..new() }), "zone");
    assert_eq!(field(NewContract { ends_on: Some(date(2025, 12, 31)), ..new() }), "ends_on");
    assert_eq!(field(NewContract { notice: Some(Notice::By(date(2027, 1, 1))), ..new() }), "notice");
    assert_eq!(field(NewContract { notice: Some(Notice::Days(400)), ..new() }), "notice");
    assert_eq!(
        field(NewContract { ends_on: None, renews_for: Some(RecurringTerm::Yearly), ..new() }),
        "renews_for"
    );
    assert_eq!(field(NewContract { starts_on: date(226, 1, 1), ..new() }), "starts_on");
    let one_day = NewContract { ends_on: Some(date(2026, 1, 1)), ..new() };
    assert!(Contract::new(ContractId::from(Uuid::nil()), one_day).is_ok());
}

#[test]
fn what_cannot_be_an_order_line_names_its_field() {
    let contract = made(new_contract(date(2026, 1, 1), Some(date(2026, 12, 31))));
    let new = || new_line(licence(7), 5, date(2026, 1, 1));
    let wrong = |new| OrderLine::new(OrderLineId::from(Uuid::nil()), &contract, new).unwrap_err();
    assert_eq!(wrong(NewOrderLine { packs: 0, ..new() }), LineError::Packs);
    assert_eq!(wrong(NewOrderLine { packs: u32::MAX, pack_size: 2, ..new() }), LineError::Quantity);
    assert_eq!(wrong(NewOrderLine { unit_price: -1, ..new() }), LineError::Price);
    assert_eq!(wrong(NewOrderLine { starts_on: date(2025, 12, 31), ..new() }).field(), "starts_on");
    assert_eq!(wrong(NewOrderLine { starts_on: date(2027, 1, 1), ..new() }).field(), "starts_on");
    assert_eq!(wrong(NewOrderLine { ends_on: Some(date(2025, 1, 1)), ..new() }).field(), "ends_on");
}

#[test]
fn lines_at_different_prices_feed_one_licence() {
    let contract = made(new_contract(date(2026, 1, 1), None));
    let lines = [
        line(&contract, NewOrderLine { packs: 4, pack_size: 5, ..new_line(licence(7), 0, date(2026, 1, 1)) }),
        line(
            &contract,
            NewOrderLine {
                number: 2,
                term: RecurringTerm::Monthly,
                unit_price: 1_500,
                ..new_line(licence(7), 3, date(2026, 4, 1))
            },
        ),
        line(&contract, NewOrderLine { number: 3, ..new_line(licence(8), 100, date(2026, 1, 1)) }),
    ];
    let bought: Vec<_> = lines.iter().map(|line| Bought { contract: &contract, line }).collect();
    let used = Use { metric: Metric::Exclusive, quantity: 25, assigned: 22, in_use: 0 };
    let march = position(licence(7), used, &bought, AsOf::Day(date(2026, 3, 31)));
    assert_eq!((march.entitled, march.over, march.uncovered), (20, 2, 5));
    assert_eq!(march.standing, PositionStanding::Over);
    let april = position(licence(7), used, &bought, AsOf::Day(date(2026, 4, 1)));
    assert_eq!((april.entitled, april.over, april.uncovered), (23, 0, 2));
    assert_eq!(april.standing, PositionStanding::Uncovered);
    assert_eq!(april.annual_cost.to_string(), "EUR 2,940.00", "20 × 120.00 + 3 × 12 × 15.00");
    let nowhere = position(licence(9), used, &bought, AsOf::Day(date(2026, 4, 1)));
    assert_eq!((nowhere.standing, nowhere.over), (PositionStanding::NoContract, 0));
}

#[test]
fn a_three_year_price_is_a_third_of_it_each_year_to_the_nearest_cent() {
    let contract = made(new_contract(date(2026, 1, 1), None));
    let new = NewOrderLine {
        term: RecurringTerm::ThreeYears,
        unit_price: 10_000,
        ..new_line(licence(7), 1, date(2026, 1, 1))
    };
    assert_eq!(line(&contract, new).annual_cost(contract.currency).amount, 3_333);
}

#[test]
fn notice_counts_whole_days_before_the_end_and_follows_each_renewal() {
    let contract = made(NewContract {
        notice: Some(Notice::Days(30)),
        renews_for: Some(RecurringTerm::Yearly),
        ..new_contract(date(2026, 1, 1), Some(date(2026, 12, 31)))
    });
    assert_eq!(contract.notice_by(date(2026, 5, 1)), Some(date(2026, 12, 1)));
    assert_eq!(contract.notice_by(date(2027, 5, 1)), Some(date(2027, 12, 1)));
    assert!(contract.in_force(date(2030, 5, 1)));
    let due = next_deadline(&contract, at("2026-11-30T23:30:00Z")).unwrap();
    assert_eq!((due.deadline, due.days_left, due.stage()), (date(2026, 12, 1), 0, Some(30)));
    // The day after, this renewal can no longer be stopped.
    let next = next_deadline(&contract, at("2026-12-02T09:00:00Z")).unwrap();
    assert_eq!((next.deadline, next.ends_on), (date(2027, 12, 1), date(2027, 12, 31)));
    assert_eq!(renewals([&contract], 90, at("2026-12-02T09:00:00Z")), []);
}

#[test]
fn a_contract_that_just_ends_is_due_by_its_last_day_once_notice_is_past() {
    let contract = made(NewContract {
        notice: Some(Notice::By(date(2026, 10, 1))),
        ..new_contract(date(2026, 1, 1), Some(date(2026, 12, 31)))
    });
    let due = |now| next_deadline(&contract, at(now)).map(|due| (due.deadline, due.stage()));
    assert_eq!(due("2026-06-01T09:00:00Z"), Some((date(2026, 10, 1), None)));
    assert_eq!(due("2026-10-02T09:00:00Z"), Some((date(2026, 12, 31), Some(90))));
    assert_eq!(due("2027-01-01T09:00:00Z"), None);
    let endless = made(new_contract(date(2026, 1, 1), None));
    assert_eq!(next_deadline(&endless, at("2026-10-02T09:00:00Z")), None);
}

#[test]
fn an_alert_is_raised_once_and_again_only_after_it_was_untrue() {
    let used = |assigned| Use { metric: Metric::Exclusive, quantity: 10, assigned, in_use: 0 };
    let stock = |assigned| {
        let position = position(licence(7), used(assigned), &[], AsOf::Day(date(2026, 1, 1)));
        alert::low_stock("Seats", &position, 3)
    };
    assert!(stock(7).is_none(), "three free are enough");
    let first = stock(8).unwrap();
    assert!(first.sentence.contains("2 vacant seats of 10"), "{}", first.sentence);
    let id = AlertId::from(Uuid::from_u128(5));
    let again = alert::reconcile([(id, first.occasion.as_str())], vec![stock(9).unwrap()]);
    assert!(again.is_empty(), "worse, but told already: {again:?}");
    let mended = alert::reconcile([(id, first.occasion.as_str())], Vec::new());
    assert_eq!((mended.clear.as_slice(), mended.raise.len()), ([id].as_slice(), 0));
    assert_eq!(alert::reconcile([], vec![stock(8).unwrap()]).raise.len(), 1);
}

#[test]
fn each_stage_of_a_deadline_is_told_once() {
    let contract = made(NewContract {
        notice: Some(Notice::Days(30)),
        ..new_contract(date(2026, 1, 1), Some(date(2026, 12, 31)))
    });
    let mut told = std::collections::BTreeSet::new();
    let mut day = date(2026, 1, 1);
    while day <= date(2027, 1, 31) {
        let now = day.at(12, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
        let due = next_deadline(&contract, now).and_then(|due| alert::renewal(&contract, &due));
        told.extend(due.map(|due| (due.occasion, due.sentence)));
        day = day.tomorrow().unwrap();
    }
    assert_eq!(told.len(), 4, "90, 60 and 30 days before notice, then the end itself: {told:#?}");
    assert!(told.iter().all(|(occasion, _)| occasion.starts_with(AlertKind::Renewal.as_str())));
}

#[test]
fn a_true_up_states_its_arithmetic() {
    let contract = made(new_contract(date(2026, 1, 1), None));
    let line = line(&contract, new_line(licence(7), 8, date(2026, 1, 1)));
    let excess = Excess { quantity: 2, from: date(2026, 3, 1), until: date(2026, 3, 31) };
    let priced = excess.price(&line, contract.currency).unwrap();
    assert_eq!(
        priced.sentence,
        "2 above what was bought, 1 March 2026 to 31 March 2026: 2 × EUR 120.00 per year × 31 of 365 days = EUR 20.38."
    );
    let over_new_year = Excess { quantity: 1, from: date(2026, 12, 31), until: date(2027, 1, 1) };
    let priced = over_new_year.price(&line, contract.currency).unwrap();
    assert!(priced.sentence.contains("(1 of 365 days + 1 of 365 days)"), "{}", priced.sentence);
    assert_eq!(priced.money.amount, 66);
    let before = Excess { quantity: 1, from: date(2025, 12, 31), until: date(2026, 1, 1) };
    assert_eq!(before.price(&line, contract.currency), Err(TrueUpError::BeforeLine(date(2026, 1, 1))));
}

#[test]
fn days_with_the_same_excess_are_one_stretch() {
    let days = [(1, 2), (2, 2), (3, 0), (4, 2), (5, 3), (6, 3)].map(|(day, over)| (date(2026, 3, day), over));
    let found: Vec<_> =
        stretches(days).into_iter().map(|it| (it.quantity, it.from.day(), it.until.day())).collect();
    assert_eq!(found, [(2, 1, 2), (2, 4, 4), (3, 5, 6)]);
}

#[test]
fn a_row_is_read_or_all_that_is_wrong_is_said_with_row_and_column() {
    let contract = made(NewContract {
        notice: Some(Notice::Days(30)),
        ..new_contract(date(2026, 1, 1), Some(date(2026, 12, 31)))
    });
    let line = line(&contract, new_line(licence(7), 8, date(2026, 1, 1)));
    let cells = sheet::cells(&contract, Some((&line, "Technicians", at("2026-01-01T09:00:00Z"))));
    let row = |cells: &[String]| sheet::SheetRow {
        row: 4,
        cells: sheet::COLUMNS.iter().map(ToString::to_string).zip(cells.iter().cloned()).collect(),
    };
    let read = row(&cells).read().unwrap();
    assert_eq!(Contract::new(contract.id, read.contract).unwrap(), contract);
    assert_eq!(read.line.unwrap().unit_price, 12_000);

    let mut wrong = row(&cells);
    for (column, cell) in
        [("currency", "Euro"), ("packs", "many"), ("term", "weekly"), ("line_starts_on", "1.1.26")]
    {
        wrong.cells.insert(column.to_owned(), cell.to_owned());
    }
    let errors = wrong.read().unwrap_err();
    let columns: Vec<_> = errors.iter().map(|error| error.column.as_str()).collect();
    assert_eq!(columns, ["currency", "packs", "term", "line_starts_on"]);
    assert_eq!(errors[1].to_string(), "row 4, column packs: write a whole number");

    let mut lost = row(&cells);
    lost.cells.remove("line_number");
    assert_eq!(lost.read().unwrap_err()[0].column, "line_number");
    assert!(sheet::check_header(sheet::COLUMNS).is_ok());
    assert!(sheet::check_header(["contract_number"]).unwrap_err().to_string().contains("vendor"));
    assert!(sheet::check_header(["colour"]).is_err());
}

#[test]
fn a_cell_that_could_be_a_formula_is_written_as_text() {
    for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1"] {
        assert!(sheet::guard(formula).starts_with('\''), "{formula}");
    }
    assert_eq!(sheet::guard("Northwind - Berlin"), "Northwind - Berlin");
    assert_eq!(sheet::unguard("'n Beetje"), "'n Beetje", "an apostrophe that is a word's own stays");
}

/// A random purchase: (licence, packs, pack size, days after the contract's start, days it lasts, its contract).
type Purchase = (u128, u32, u32, i32, Option<i32>, usize);

fn any_purchase() -> impl Strategy<Value = Purchase> {
    (1_u128..4, 1_u32..6, 1_u32..20, 0_i32..500, proptest::option::of(0_i32..500), 0_usize..3)
}

proptest! {
    #[test]
    fn a_guarded_cell_reads_back_unchanged(cell in "[=+@'\t\r-]{0,3}.{0,20}") {
        let guarded = sheet::guard(&cell);
        prop_assert_eq!(sheet::unguard(&guarded), cell.as_str());
    }

    /// On every day of three years, for every licence: exactly what a recomputation by counting days says.
    #[test]
    fn a_position_is_what_counting_day_by_day_gives(
        purchases in proptest::collection::vec(any_purchase(), 0..12),
        lasts in proptest::array::uniform3(proptest::option::of(1_i32..900)),
        renews in proptest::array::uniform3(any::<bool>()),
        consumed in 0_u32..200,
    ) {
        let start = date(2024, 1, 15);
        let contracts: Vec<Contract> = (0..3_usize)
            .map(|nth| {
                let ends_on = lasts[nth].map(|days| start + days.days());
                let renews_for = (renews[nth] && ends_on.is_some()).then_some(RecurringTerm::Quarterly);
                made(NewContract { renews_for, ..new_contract(start, ends_on) })
            })
            .collect();
        let mut bought = Vec::new();
        for (number, (fed, packs, pack_size, after, days, contract)) in (1..).zip(purchases) {
            let starts_on = start + after.days();
            let new = NewOrderLine {
                number,
                packs,
                pack_size,
                ends_on: days.map(|days| starts_on + days.days()),
                ..new_line(licence(fed), packs, starts_on)
            };
            let id = OrderLineId::from(Uuid::from_u128(u128::from(number)));
            if let Ok(line) = OrderLine::new(id, &contracts[contract], new) {
                bought.push((contract, line));
            }
        }
        // Naively: mark each day of each line one by one.
        let mut marked = std::collections::HashMap::<(LicenceId, Date), u32>::new();
        for (contract, line) in &bought {
            for later in 0..1_100_i32 {
                let day = line.starts_on + later.days();
                let over = line.ends_on.is_some_and(|last| day > last)
                    || (!renews[*contract] && lasts[*contract].is_some_and(|days| day > start + days.days()));
                if over {
                    break;
                }
                *marked.entry((line.licence, day)).or_default() += line.packs * line.pack_size;
            }
        }
        let lines: Vec<_> =
            bought.iter().map(|(contract, line)| Bought { contract: &contracts[*contract], line }).collect();
        for number in 1..4 {
            let named = bought.iter().any(|(_, line)| line.licence == licence(number));
            for later in 0..1_000_i32 {
                let day = start + later.days();
                let expected = marked.get(&(licence(number), day)).copied().unwrap_or_default();
                let used = Use { metric: Metric::Concurrent, quantity: 150, assigned: 0, in_use: consumed };
                let position = position(licence(number), used, &lines, AsOf::Day(day));
                prop_assert_eq!(position.entitled, expected, "{}", day);
                let over = if named { consumed.saturating_sub(expected) } else { 0 };
                prop_assert_eq!(position.over, over);
            }
        }
    }

    /// However a stretch is cut in two, both parts cost what the whole costs, to a minor unit for each term.
    #[test]
    fn a_true_up_costs_the_same_in_parts(days in 2_i32..800, cut in 1_i32..799, quantity in 1_u32..50, term in 0..RecurringTerm::ALL.len(), price in 0_i64..1_000_000) {
        prop_assume!(cut < days);
        let contract = made(new_contract(date(2024, 2, 29), None));
        let new = NewOrderLine {
            term: RecurringTerm::ALL[term],
            unit_price: price,
            ..new_line(licence(7), 1, date(2024, 2, 29))
        };
        let line = line(&contract, new);
        let from = date(2024, 6, 1);
        let priced = |from: Date, days: i32| {
            let excess = Excess { quantity, from, until: from + (days - 1).days() };
            excess.price(&line, contract.currency).unwrap().money.amount
        };
        let (whole, parts) = (priced(from, days), priced(from, cut) + priced(from + cut.days(), days - cut));
        prop_assert!((whole - parts).abs() <= 2, "{whole} and {parts}");
    }

    /// A whole term costs its price.
    #[test]
    fn a_whole_term_of_excess_costs_the_price(nth in 0_i32..6, term in 0..RecurringTerm::ALL.len(), price in 0_i64..1_000_000) {
        let contract = made(new_contract(date(2024, 2, 29), None));
        let term = RecurringTerm::ALL[term];
        let line = line(&contract, NewOrderLine { term, unit_price: price, ..new_line(licence(7), 1, date(2024, 2, 29)) });
        let first = term.begins(date(2024, 2, 29), nth).unwrap();
        let last = term.on(date(2024, 2, 29), first).unwrap().last;
        let excess = Excess { quantity: 1, from: first, until: last };
        match excess.price(&line, contract.currency) {
            Ok(priced) => prop_assert_eq!(priced.money.amount, price),
            Err(error) => prop_assert_eq!(error, TrueUpError::Days),
        }
    }
}

#[test]
fn errors_say_what_to_do() {
    let error = ContractError::Zone("Mars".to_owned());
    assert!(error.to_string().contains("Pacific/Auckland"));
}
