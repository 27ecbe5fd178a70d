//! The contracts of the sample organisation: seats with notice due soon and fewer bought than are given out, tokens by the
//! month, and the contract that those replaced.

use desk::{
    Context, Desk,
    contract::{AddContract, AddOrderLine, SetMinimumFree},
};
use domain::{
    LicenceId,
    contract::{NewContract, NewOrderLine, Notice, RecurringTerm},
    identity::Principal,
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use crate::edge;

/// Where its days are counted.
const ZONE: &str = "Europe/London";

/// The licences that were bought, and how many seats are somebody's.
pub(super) struct Bought {
    pub(super) seats: LicenceId,
    pub(super) holders: usize,
    pub(super) tokens: LicenceId,
}

/// Writes the contracts down as `by` at `at`, so that they are as old as they should be at `now`.
pub(super) async fn load(
    desk: &Desk,
    bought: &Bought,
    by: &Principal,
    at: Timestamp,
    now: Timestamp,
) -> anyhow::Result<()> {
    let context = || anyhow::Ok(Context::new(by.clone(), at, edge::seed()?));
    for (contract, lines) in agreed(bought, now.to_zoned(TimeZone::get(ZONE)?).date())? {
        let contract = desk.execute(context()?, AddContract { new: contract }).await?.contract;
        for new in lines {
            desk.execute(context()?, AddOrderLine { contract, new }).await?;
        }
    }
    for (licence, minimum_free) in [(bought.seats, 2), (bought.tokens, 2)] {
        desk.execute(context()?, SetMinimumFree { licence, minimum_free }).await?;
    }
    Ok(())
}

fn agreed(bought: &Bought, today: Date) -> anyhow::Result<Vec<(NewContract, Vec<NewOrderLine>)>> {
    // The first of a month, about so many days from today.
    let about = |days: i32| today.saturating_add(days.days()).first_of_month();
    let seats_began = about(-260);
    let seats_end = today.saturating_add(112.days());
    let tokens_began = about(-150);
    let few = u32::try_from(bought.holders.saturating_sub(2).max(6))?;
    let currency = "GBP".parse()?;
    let contract = |number: &str, vendor: &str, name: &str, starts_on, ends_on| NewContract {
        number: number.to_owned(),
        vendor: vendor.to_owned(),
        name: name.to_owned(),
        currency,
        zone: ZONE.to_owned(),
        starts_on,
        ends_on: Some(ends_on),
        notice: None,
        renews_for: None,
    };
    let line = |licence, packs, pack_size, term, unit_price, starts_on: Date| NewOrderLine {
        number: 0,
        purchase_order: format!("PO-{}{:02}7", starts_on.year() % 100, starts_on.month()),
        description: String::new(),
        licence,
        packs,
        pack_size,
        term,
        unit_price,
        starts_on,
        ends_on: None,
    };
    Ok(vec![
        (
            NewContract {
                notice: Some(Notice::Days(90)),
                renews_for: Some(RecurringTerm::Yearly),
                ..contract("MHG-017", "Northgate Software", "Service desk seats", seats_began, seats_end)
            },
            vec![
                NewOrderLine {
                    description: "Base order".to_owned(),
                    ..line(bought.seats, few - 5, 1, RecurringTerm::Yearly, 39_600, seats_began)
                },
                NewOrderLine {
                    description: "Pack for the Reinhausen clinic".to_owned(),
                    ..line(bought.seats, 1, 5, RecurringTerm::Yearly, 42_900, about(-170))
                },
            ],
        ),
        (
            NewContract {
                notice: Some(Notice::Days(30)),
                renews_for: Some(RecurringTerm::Yearly),
                ..contract(
                    "MHG-021",
                    "Harbour Digital",
                    "Shared tokens",
                    tokens_began,
                    year_from(tokens_began),
                )
            },
            vec![NewOrderLine {
                description: "Tokens, paid by the month".to_owned(),
                ..line(bought.tokens, 10, 1, RecurringTerm::Monthly, 5_450, tokens_began)
            }],
        ),
        (
            contract(
                "MHG-009",
                "Harbour Digital",
                "Shared tokens, first contract",
                about(-515),
                tokens_began.yesterday()?,
            ),
            vec![line(bought.tokens, 2, 4, RecurringTerm::Quarterly, 17_900, about(-515))],
        ),
    ])
}

/// The last day of a year that begins on `first`.
fn year_from(first: Date) -> Date {
    let next = RecurringTerm::Yearly.begins(first, 1).unwrap_or(first);
    next.yesterday().unwrap_or(next)
}
