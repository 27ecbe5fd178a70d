//! The agent workspace: queues, one ticket at a time, the seat it takes.

mod about;
mod approval;
mod blank;
mod checklist;
mod effort;
mod filter;
mod find;
mod guest;
mod here;
mod home;
mod macros;
mod mention;
mod module;
mod outage;
mod problem;
mod queue;
mod quick;
mod raise;
mod recurring;
mod rows;
mod seat;
mod snooze;
mod template;
mod text;
mod ticket;
mod time;
mod together;
mod views;
mod words;
mod work;

pub(crate) use approval::people as people_named;
pub(crate) use filter::{cursor as list_cursor, filter as list_filter, place as list_place};
pub(crate) use words::{bytes, span};

use axum::{
    Router,
    routing::{get, post},
};

use crate::AppState;

/// The routes below `/desk`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk", get(home::show))
        .route(filter::ADDRESS, get(filter::show))
        .route("/desk/q/{queue}", get(queue::show))
        .route("/desk/search", get(queue::search))
        .route("/desk/effort", get(effort::show))
        .route("/desk/together", get(together::form).post(together::show))
        .route("/desk/together/do", post(together::perform))
        .route("/desk/new", get(raise::form).post(raise::send))
        .route("/desk/problems/new", get(problem::form).post(problem::send))
        .route("/desk/modules", get(module::list))
        .route("/desk/modules/{module}", get(module::show))
        .route("/desk/t/{ticket}", get(ticket::show))
        .route("/desk/t/{ticket}/say", post(work::say))
        .route("/desk/t/{ticket}/here", get(here::show).post(here::sign))
        .route("/desk/macros", get(macros::list).post(macros::add))
        .route("/desk/macros/{id}", get(macros::show).post(macros::change))
        .route("/desk/macros/{id}/remove", post(macros::remove))
        .route("/desk/templates", get(template::list).post(template::add))
        .route("/desk/templates/{id}", get(template::show).post(template::change))
        .route("/desk/templates/{id}/remove", post(template::remove))
        .route("/desk/recurring", get(recurring::list).post(recurring::add))
        .route("/desk/recurring/{id}", get(recurring::show).post(recurring::change))
        .route("/desk/recurring/{id}/stop", post(recurring::stop))
        .route("/desk/recurring/{id}/remove", post(recurring::remove))
        .route("/desk/views", get(views::list).post(views::keep))
        .route("/desk/views/{view}", get(views::show).post(views::change))
        .route("/desk/views/{view}/remove", post(views::remove))
        .route("/desk/texts", get(text::list).post(text::add))
        .route("/desk/texts/{text}", get(text::show).post(text::change))
        .route("/desk/texts/{text}/remove", post(text::remove))
        .route("/desk/t/{ticket}/approval", get(approval::form).post(approval::ask))
        .route("/desk/t/{ticket}/approval/withdraw", post(approval::withdraw))
        .route("/desk/t/{ticket}/guest", post(guest::link))
        .route("/desk/t/{ticket}/outage", get(outage::form).post(outage::announce))
        .route("/desk/t/{ticket}/outage/end", post(outage::end))
        .route("/desk/t/{ticket}/texts", get(text::offered))
        .route("/desk/t/{ticket}/people", get(mention::people))
        .route("/desk/t/{ticket}/tickets", get(mention::tickets))
        .route("/desk/named/{ticket}", post(mention::dismiss))
        .route("/desk/t/{ticket}/checklist", post(checklist::add))
        .route("/desk/t/{ticket}/checklist/{item}", post(checklist::item))
        .route("/desk/t/{ticket}/time", post(time::record))
        .route("/desk/t/{ticket}/time/{entry}/back", post(time::take_back))
        .route("/desk/t/{ticket}/draft", post(here::keep))
        .route("/desk/t/{ticket}/step", post(work::step))
        .route("/desk/t/{ticket}/assign", post(work::assign))
        .route("/desk/t/{ticket}/change", post(work::change))
        .route("/desk/t/{ticket}/quick", get(quick::show))
        .route("/desk/columns", post(rows::want))
        .route("/desk/find", get(find::show))
        .route("/desk/t/{ticket}/link", post(work::link))
        .route("/desk/t/{ticket}/unlink", post(work::unlink))
        .route("/desk/t/{ticket}/merge", post(work::merge))
        .route("/desk/t/{ticket}/unmerge", post(work::unmerge))
        .route("/desk/t/{ticket}/snooze", post(snooze::put))
        .route("/desk/t/{ticket}/follow", post(work::follow))
        .route("/desk/seat", get(seat::show).post(seat::take))
        .route("/desk/seat/decline", post(seat::decline))
        .route("/desk/seat/leave", post(seat::leave))
        .route("/desk/seat/release", post(seat::release))
        .route("/desk/heartbeat", post(seat::heartbeat))
}
