//! What a licence manager does on the page of a licence.

use axum::extract::{Path, State};
use desk::{
    Command, Refused,
    licence::{AssignSeat, ChangeLicence, EndEntitlement, Entitle, ForceRelease, RevokeSeat},
};
use domain::{LicenceId, licence::Origin};

use super::{Typed, detail::again, picker, typed, words};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    words::t,
    wrong::Wrong,
};

/// The licence of a page, and what was sent from it.
struct Sent {
    app: AppState,
    reader: Reader,
    licence: LicenceId,
    form: &'static str,
    values: Typed,
}

impl Sent {
    fn new(app: AppState, licence: &str, form: &'static str, posted: Posted<Typed>) -> PageResult<Self> {
        let licence = licence.parse().map_err(|_| Refused::NotFound("licence"))?;
        Ok(Self { app, reader: posted.reader, licence, form, values: posted.form })
    }

    fn typed(&self, name: &str) -> &str {
        typed(&self.values, name)
    }

    /// The page again, with what is wrong.
    async fn refused(&self, wrong: &Wrong) -> PageResult {
        again(&self.app, &self.reader, self.licence, self.form, &self.values, wrong).await
    }

    /// Does it and shows the licence.
    async fn act<C: Command + Send + 'static>(&self, command: C) -> PageResult
    where
        C::Outcome: Send,
    {
        match self.app.desk.execute(self.reader.ctx(), command).await {
            Ok(_) => Ok(see(&format!("/licences/{}", self.licence))),
            Err(refused) => self.refused(&Wrong::of(refused)?).await,
        }
    }
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let sent = Sent::new(app, &licence, "change", posted)?;
    let quantity = match sent.typed("quantity").trim() {
        "" => None,
        text => match text.parse() {
            Ok(quantity) => Some(quantity),
            Err(_) => return sent.refused(&Wrong::field("quantity", t!("Write a whole number."))).await,
        },
    };
    let change = ChangeLicence {
        licence: sent.licence,
        version: sent.typed("version").parse().ok(),
        name: Some(sent.typed("name").to_owned()),
        quantity,
        term: None,
        rules: None,
    };
    sent.act(change).await
}

pub(super) async fn assign(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let sent = Sent::new(app, &licence, "assign", posted)?;
    let person = match picker::find(&sent.app, &sent.reader, sent.typed("person")).await? {
        Ok(person) => person,
        Err(words) => return sent.refused(&Wrong::field("person", words)).await,
    };
    let review = sent.typed("next_review_at").trim();
    let next_review_at = words::day_begins(review, sent.reader.clock().zone);
    if next_review_at.is_none() && !review.is_empty() {
        return sent.refused(&Wrong::field("next_review_at", t!("Write a date such as 2027-06-30."))).await;
    }
    let assign = AssignSeat {
        licence: sent.licence,
        person,
        justification: sent.typed("justification").to_owned(),
        origin: Origin::Manual,
        next_review_at,
    };
    sent.act(assign).await
}

pub(super) async fn revoke(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let sent = Sent::new(app, &licence, "revoke", posted)?;
    let assignment = sent.typed("assignment").parse().map_err(|_| Refused::NotFound("assignment"))?;
    sent.act(RevokeSeat { assignment, because: sent.typed("because").to_owned() }).await
}

pub(super) async fn entitle(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let sent = Sent::new(app, &licence, "entitle", posted)?;
    let mut people = Vec::new();
    for line in sent.typed("people").split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty()) {
        match picker::find(&sent.app, &sent.reader, line).await? {
            Ok(person) => people.push(person),
            Err(words) => return sent.refused(&Wrong::field("people", format!("{line}: {words}"))).await,
        }
    }
    sent.act(Entitle { licence: sent.licence, people }).await
}

pub(super) async fn end(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let sent = Sent::new(app, &licence, "end", posted)?;
    let person = sent.typed("person").parse().map_err(|_| Refused::NotFound("person"))?;
    sent.act(EndEntitlement { licence: sent.licence, person }).await
}

pub(super) async fn release(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let sent = Sent::new(app, &licence, "release", posted)?;
    let person = sent.typed("person").parse().map_err(|_| Refused::NotFound("person"))?;
    let because = sent.typed("because").to_owned();
    sent.act(ForceRelease { licence: sent.licence, person, because }).await
}
