//! What it takes to get help.

use axum::{Json, extract::State};
use desk::effort::{
    CameBack, DepartmentView, DepartmentsView, EffortOfDay, EffortReport, EffortView, Reached,
};
use domain::{
    effort::{Part, PerHundred},
    identity::Capability,
    knowledge::ArticleNumber,
};
use jiff::civil::Date;

use super::{
    operation::{self, get},
    wire::wire,
};
use crate::{context::ApiCaller, problem::Result, state::AppState};

pub(super) fn subject() -> operation::Subject {
    operation::Subject {
        tag: "effort",
        about: "What it takes to get help, counted by the desk itself, without anybody's name.",
        operations: vec![
            get("effort_report", "/effort", report)
                .says("The last thirty days, and the departments in the last whole month. Days and months are those of UTC.")
                .needs(Capability::ReportRead)
                .answers::<EffortView>(),
        ],
    }
}

wire! {
    /// A part of a whole.
    Part as "Part" {
        count: u64,
        of: u64,
        /// Rounded; none where there is nothing to be a part of.
        percent: Option<u64>,
    }
    /// How many tickets were reached within a bound, and beyond the one before.
    Reached as "ReachedWithin" {
        /// Seconds or actions; none: beyond the last bound.
        until: Option<u32>,
        tickets: u64,
    }
    /// The searches of a day.
    EffortOfDay as "EffortOfDay" {
        day: Date,
        searches: u64,
        found_nothing: u64,
    }
    /// An article whose answers came back as tickets.
    CameBack as "CameBack" {
        number: ArticleNumber,
        answers: u64,
    }
    /// A department in a month and the month before. Rates are for every hundred people.
    DepartmentView as "DepartmentEffort" {
        department: String,
        /// Active people, as they are now.
        people: u64,
        tickets_before: u64,
        tickets: u64,
        rate_before: PerHundred,
        rate: PerHundred,
        /// In hundredths of the rate before; none where there was nothing before.
        change: Option<i64>,
        /// Trouble with devices that was brought in for the month before.
        trouble_before: Option<PerHundred>,
        trouble: Option<PerHundred>,
        /// Its tickets fell by a fifth or more, and its trouble did not fall by more than a twentieth.
        went_quiet: bool,
    }
    /// The departments in the last whole month and the one before.
    DepartmentsView as "DepartmentsEffort" {
        month: Date,
        month_before: Date,
        /// Those of five people or more.
        departments: Vec<DepartmentView>,
        /// How many have fewer.
        too_small: u64,
        trouble_known: bool,
    }
    /// What it takes to get help.
    EffortView as "EffortReport" {
        since: Date,
        /// Of the tickets raised on the portal, those whose browser said how long it took.
        measured: Part,
        /// From landing to ticket, by seconds.
        took: Vec<Reached>,
        /// Half of the measured tickets took at most so long.
        half_within_seconds: Option<u32>,
        /// From landing to ticket, by pages seen and forms sent.
        actions: Vec<Reached>,
        half_within_actions: Option<u32>,
        /// Of the searches.
        found_nothing: Part,
        /// Of the searches that found something.
        opened_nothing: Part,
        days: Vec<EffortOfDay>,
        /// Of the forms for a new ticket that were begun until the day before yesterday.
        never_sent: Part,
        /// Of the times that a reader said that an article helped: a ticket of theirs about the same within three days.
        helped_and_came_back: Part,
        /// Of the conversations in which the bot quoted an article and which nobody sent to people.
        answered_and_came_back: Part,
        /// The articles that came back most.
        came_back: Vec<CameBack>,
        departments: DepartmentsView,
    }
}

async fn report(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<EffortView>> {
    Ok(Json(app.desk.ask(caller.context(), EffortReport).await?))
}
