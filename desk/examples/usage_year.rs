//! How long the use of a licence over a year takes to open, where so many people worked with it: `usage_year 500 20`
//! (people, holds a day each). Seeds an SQLite database in the folder that is named third, or a temporary one.

#![expect(clippy::print_stdout, reason = "it is a command that tells what it measured")]

use std::time::Instant;

use desk::{
    Context, Database, DatabaseUrl, Desk, DeskOptions,
    licence::{LicenceUsage, Resolution},
};
use domain::{
    LeaseId, LicenceId, PersonId, Timestamp,
    identity::{Channel, SystemActor},
    licence::{Action, Cause, Lease, LeaseEnd, Licence, Metric, NewLicence, PoolRules, Term},
};
use jiff::SignedDuration;
use store::{StoreError, licence, person};
use uuid::Uuid;

const DAYS: i64 = 365;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let people: u32 = args.next().map_or(Ok(500), |text| text.parse())?;
    let holds: u32 = args.next().map_or(Ok(20), |text| text.parse())?;
    let folder = args.next().map_or_else(std::env::temp_dir, Into::into);
    let url = DatabaseUrl::Sqlite(folder.join(format!("usage-year-{}.db", std::process::id())));
    let desk = Desk::new(Database::open(&url)?, DeskOptions::default());
    let first: Timestamp = "2026-01-05T00:00:00Z".parse()?;
    let now = first + SignedDuration::from_hours(DAYS * 24) + SignedDuration::from_hours(14);

    let begun = Instant::now();
    let id = seed(&desk, people, first)?;
    let mut fence = 0;
    for day in (0..=DAYS).filter(|day| day % 7 < 5) {
        let start = first + SignedDuration::from_hours(day * 24);
        fence = work(&desk, id, (people, holds), start, now, fence)?;
    }
    println!("{fence} holds seeded in {:?}", begun.elapsed());

    let begun = Instant::now();
    let mut closed = 0;
    while let more @ 1.. = desk.close_days(now)? {
        closed += more;
    }
    println!("{closed} days closed in {:?}", begun.elapsed());

    for (words, resolution, days) in [
        ("a day, exactly", Resolution::Exact, 1),
        ("a week", Resolution::QuarterHour, 7),
        ("a month", Resolution::Hour, 30),
        ("a year", Resolution::Day, 365),
    ] {
        let from = now - SignedDuration::from_hours(days * 24);
        let query = LicenceUsage { licence: id, from, until: now, resolution: Some(resolution) };
        let mut fastest = None;
        for _ in 0..5 {
            let begun = Instant::now();
            let ctx = Context::system(SystemActor::CommandLine, now, [7; 32]);
            let view = desk.ask_now(ctx, query)?;
            let took = begun.elapsed();
            fastest = Some(fastest.map_or((took, view.people), |best: (_, _)| best.min((took, view.people))));
        }
        println!("{words}: {fastest:?}");
    }
    Ok(())
}

fn id(kind: u128, number: u64) -> Uuid {
    Uuid::from_u128(kind << 100 | u128::from(number))
}

fn seed(desk: &Desk, people: u32, now: Timestamp) -> Result<LicenceId, Box<dyn std::error::Error>> {
    let new = NewLicence {
        name: "Technicians".to_owned(),
        product: "Service desk".to_owned(),
        module: None,
        metric: Metric::Concurrent,
        quantity: people,
        term: Term::new(now, None)?,
        rules: PoolRules::default(),
    };
    let licence = Licence::new(LicenceId::from(id(1, 1)), new)?;
    let licence_id = licence.id;
    desk.database().write_now(move |tx| {
        licence::insert(tx, &licence, now)?;
        for number in 0..people {
            let new = person::Person {
                id: PersonId::from(id(2, number.into())),
                name: format!("Technician {number}"),
                email: format!("t{number}@example.org"),
                title: String::new(),
                department: String::new(),
                location: String::new(),
                zone: "UTC".to_owned(),
                active: true,
                version: 1,
                created_at: now,
                language: None,
            };
            person::insert(tx, &new, None)?;
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(licence_id)
}

/// A day of work: everybody takes a token again and again, for a few minutes to half an hour.
fn work(
    desk: &Desk,
    licence: LicenceId,
    (people, holds): (u32, u32),
    day: Timestamp,
    now: Timestamp,
    mut fence: u64,
) -> Result<u64, StoreError> {
    desk.database().write_now(move |tx| {
        let each = 10 * 3_600 / i64::from(holds.max(1));
        for hold in 0..holds {
            for number in 0..people {
                fence += 1;
                let mixed = i64::try_from(fence.wrapping_mul(6_364_136_223_846_793_005) >> 40).unwrap_or(0);
                let begins = 7 * 3_600 + i64::from(hold) * each + mixed % (each / 3);
                let from = day + SignedDuration::from_secs(begins);
                let until = from + SignedDuration::from_secs(120 + mixed % (each / 2));
                if until > now {
                    continue;
                }
                licence::insert_lease(
                    tx,
                    &Lease {
                        id: LeaseId::from(id(3, fence)),
                        licence,
                        person: PersonId::from(id(2, number.into())),
                        token: number + 1,
                        fence,
                        acquired_at: from,
                        acquired_by: Cause {
                            action: Action::TicketReply,
                            ticket: None,
                            channel: Channel::Web,
                        },
                        last_seen_at: until,
                        last_active_at: from,
                        ended: Some((until, LeaseEnd::Released)),
                        claim: domain::licence::Claim::default(),
                        lingering_since: None,
                        borrowed_until: None,
                        recall: None,
                    },
                )?;
            }
        }
        Ok(fence)
    })
}
