//! The agent workspace: queues, one ticket at a time, the seat it takes.

mod filter;
mod here;
mod home;
mod macros;
mod module;
mod outage;
mod problem;
mod queue;
mod raise;
mod seat;
mod snooze;
mod text;
mod ticket;
mod together;
mod views;
mod words;
mod work;

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
        .route("/desk/views", get(views::list).post(views::keep))
        .route("/desk/views/{view}", get(views::show).post(views::change))
        .route("/desk/views/{view}/remove", post(views::remove))
        .route("/desk/texts", get(text::list).post(text::add))
        .route("/desk/texts/{text}", get(text::show).post(text::change))
        .route("/desk/texts/{text}/remove", post(text::remove))
        .route("/desk/t/{ticket}/outage", get(outage::form).post(outage::announce))
        .route("/desk/t/{ticket}/outage/end", post(outage::end))
        .route("/desk/t/{ticket}/texts", get(text::offered))
        .route("/desk/t/{ticket}/draft", post(here::keep))
        .route("/desk/t/{ticket}/step", post(work::step))
        .route("/desk/t/{ticket}/assign", post(work::assign))
        .route("/desk/t/{ticket}/change", post(work::change))
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
