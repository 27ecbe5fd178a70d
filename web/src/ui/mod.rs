//! The look of every page, as functions from small views to markup. Nothing in here knows the desk, the store or a
//! clock: a handler fills a view with words and numbers and gets a [`maud::Markup`] back.
//!
//! # A page in three steps
//!
//! ```text
//! let main = html! { h1 { "My tickets" } … };
//! let body = ui::employee(&ui::Employee { tab: Some(EmployeeTab::Tickets), person: "Åsa Berg", rooms: &[] }, &main);
//! ui::document("My tickets", look, &html! {}, &body)
//! ```
//!
//! | shell | for | holds |
//! |---|---|---|
//! | [`employee`] | `/`, `/tickets`, `/me` | one column; [`ask`], [`progress`], [`answer`]; class `talk` around a [`timeline`] |
//! | [`desk`] | `/desk…` | [`seat_box`], [`list_pane`] with a [`queue`], [`ticket_pane`] with [`timeline`] and [`composer`], [`section`]s |
//! | [`manager`] | `/licences`, `/audit`, `/admin` | [`page_head`], [`kpis`], [`panel`]s with [`pool`]s, [`step_chart`]s, tables |
//! | [`single`] | sign-in, set-up, errors | [`field`]s, [`error_summary`], [`error_page`] |
//!
//! Run `cargo run -p freehold-web --example gallery -- DIR` to see all of it; `web/examples/gallery.rs` shows each call.
//!
//! # What the script expects of a handler
//!
//! Every form and link works without script. Where an element has `data-live="id id…"`, the script sends the form (or
//! follows the link) with `fetch` and replaces exactly the elements of these ids by those of the answer. The answer may be
//! the whole page after the usual redirect, or only these elements: a handler needs no second rendering.
//!
//! - **Status decides.** 2xx: the ids are swapped, the draft of the form is forgotten. 4xx: nothing typed is touched; `#sheet`
//!   (a [`verdict_sheet`], a conflict), `#errors` and what else of the ids the answer carries is swapped, else its first
//!   heading is shown as a toast. So a missing seat answers 403 or 409, a stale version 412, a wrong field 422.
//! - `form[data-live][data-live-type]` (GET) submits while one types. `a[data-live]` keeps the address in step.
//! - `data-live-topic="ticket:ID"`: when `/events` sends `{"topics": ["ticket:ID"]}`, the element is fetched again from
//!   `data-live-src` (default: the page's own address) and replaced by id. Focus, scroll, open details and typed text stay.
//!   Topics used here: what you pass as `topic`, `counts` (the sidebar), `seat`.
//! - `data-follow`: when a swap makes it longer, what is new is scrolled to: one's own latest words, with what answers them.
//! - `data-draft="KEY"` on a textarea or a line of text keeps a draft in the browser until a send was acknowledged.
//! - `form[data-live][data-outbox="Words"]` (POST, with a hidden `key` that the handler takes for an idempotency key, answered by
//!   a redirect): without a connection it waits on the device under these words, and is sent once when there is one.
//! - [`seat_box`] with a token or a place in line posts `csrf` to `/desk/heartbeat` each 60 s while the page is visible; answer with a new
//!   [`seat_box`] or 204.
//! - `data-command="Words"` puts a link or button into the palette; `data-key="send"`, `"solve"` bind the send keys.
//! - [`look_switch`] posts `theme`, `contrast` or `density`, with `next` and `csrf`, to `/theme`; the cookies are called the same.
//!
//! Rows of `.table.fold-phone` become cards on a phone: give each `td` a `data-label`, and the first the class `lead`.
//!
//! Serve [`assets::asset`] under `/assets/` with [`assets::CACHE_CONTROL`], and every page with
//! [`assets::CONTENT_SECURITY_POLICY`]: no `style` attribute and no inline script anywhere.

pub mod assets;
mod composer;
mod employee;
mod filter;
mod form;
mod here;
mod icon;
mod notice;
mod page;
mod pool;
mod queue;
mod seat;
mod term;
mod timeline;
mod word;

pub use composer::{Composer, answer, composer, hidden};
pub use employee::{Employee, EmployeeTab, employee};
pub use filter::{FilterChip, FilterChoice, FilterPanel, filter_panel};
pub use form::{Field, Input, act, csrf_field, error_summary, field};
pub use here::{Companion, Here, OthersDraft, being_written, here};
pub use icon::{Icon, icon};
pub use notice::{empty, notice, toast};
pub use page::{
    Contrast, Density, Desk, InList, ListPane, Look, Manager, SideGroup, SideLink, Theme, TicketPane, desk,
    document, error_page, facts, in_list, language_switch, list_pane, look_switch, manager,
    own_language_switch, page_head, panel, section, single, ticket_pane,
};
pub use pool::{
    Bar, BarChart, CellKind, Kpi, Pair, PairChart, Pool, PoolCell, Step, StepChart, WeekChart, bar_chart,
    kpis, pair_chart, pool, pool_legend, step_chart, week_chart,
};
pub use queue::{Cell, QueueRow, ask, pager, pick_bar, queue, queue_row, search_box};
pub use seat::{Holder, Seat, VerdictSheet, seat_box, verdict_sheet};
pub use term::{Span, TermChart, TermMark, term_chart};
pub use timeline::{Attachment, Comment, Entry, Event, Voice, comment, progress, timeline};
pub use word::{
    Clock, Sla, Stage, Standing, Tone, age, chip, exact, face, icon_chip, initials, large_face, lone_face,
    relative, short_age, sla_chip, sla_why, state_chip, state_dot, time, who, why,
};
