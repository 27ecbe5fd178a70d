//! Links that sign somebody in. Mail programs look at links before people do, so looking uses none up.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use desk::{Refused, identity::LinkPurpose};
use http::{HeaderMap, StatusCode};
use maud::html;

use super::{enter, lone_page};
use crate::{
    AppState,
    context::browser,
    page::{PageProblem, PageResult, look_of, see, sentence},
    state::{Arrival, seed},
    ui::{self, Look},
    words::t,
};

/// Asks before a link is used. A link of a demonstration may be used as often as one likes and asks nothing.
pub(super) async fn show(
    State(app): State<AppState>,
    arrival: Arrival,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> PageResult {
    let look = look_of(&headers);
    let seen = match app.desk.look_at_link(&secret, arrival.now).await {
        Ok(seen) => seen,
        Err(refused) => return over(look, refused),
    };
    let (title, lead, button) = match seen.purpose {
        LinkPurpose::Demo => return use_link(&app, &arrival, &headers, &secret).await,
        LinkPurpose::Setup => return Ok(see(&format!("/set-up/{secret}"))),
        LinkPurpose::SignIn => {
            (t!("Welcome back"), t!("This link signs you in once, in this browser."), t!("Sign in"))
        }
        LinkPurpose::NewPassword => (
            t!("Choose a new password"),
            t!("This link signs you in once and forgets your old password. Your sessions elsewhere end."),
            t!("Go on"),
        ),
    };
    let main = html! {
        h1 { (title) }
        p.lead { (lead) }
        form.form method="post" action={ "/sign-in/" (secret) } {
            button.button.main.large.wide { (button) }
        }
    };
    Ok(lone_page(look, title, &main))
}

/// Uses a link.
pub(super) async fn follow(
    State(app): State<AppState>,
    arrival: Arrival,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> PageResult {
    use_link(&app, &arrival, &headers, &secret).await
}

async fn use_link(app: &AppState, arrival: &Arrival, headers: &HeaderMap, secret: &str) -> PageResult {
    let look = look_of(headers);
    let purpose = match app.desk.look_at_link(secret, arrival.now).await {
        Ok(seen) => seen.purpose,
        Err(refused) => return over(look, refused),
    };
    match app.desk.use_sign_in_link(secret, browser(headers, arrival), arrival.now, seed()).await {
        Ok(signed_in) => {
            let next = (purpose == LinkPurpose::NewPassword).then_some("/me/password");
            Ok(enter(app, arrival, &signed_in, next).await)
        }
        Err(refused) => over(look, refused),
    }
}

/// A link that cannot be used any more.
pub(super) fn over(look: Look, refused: Refused) -> PageResult {
    let Refused::SignIn(why) = refused else { return Err(PageProblem::from(refused)) };
    let main = ui::error_page(
        StatusCode::GONE.as_u16(),
        t!("This link does not work any more"),
        &sentence(why),
        &[("/sign-in", t!("Sign in with a password"))],
    );
    let page: Response = lone_page(look, t!("Link is over"), &main);
    Ok((StatusCode::GONE, page).into_response())
}
