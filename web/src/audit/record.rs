//! One record: what it says, what stands beside it, and the proof that it is in the log, checked here and now.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    audit::{AuditDetail, AuditProof, AuditRead},
};
use domain::{
    AuditRecordId,
    audit::{Checkpoint, Outcome, TlogProof},
    identity::Capability,
};
use maud::{Markup, html};

use super::{room, words};
use crate::{
    AppState,
    page::{PageResult, Reader, sentence},
    routes::query_value,
    ui::{self, Icon, Tone, icon},
    words::{t, th, told, told_word},
};

/// What can be said about a record's place in the log.
enum Proved {
    /// It is in it: by this proof, under this checkpoint.
    Yes(Box<(TlogProof, Checkpoint)>),
    /// It cannot be shown, and why.
    No(Tone, String),
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(record): Path<String>,
) -> PageResult<Response> {
    reader.require(Capability::AuditRead)?;
    let id: AuditRecordId = record.parse().map_err(|_| Refused::NotFound("audit record"))?;
    let read = app.desk.ask(reader.ctx(), AuditDetail { id }).await?;
    let proved = prove(&app, &reader, &read).await?;
    let number = read.line.record.seq.map_or_else(|| t!("new").to_owned(), |seq| seq.to_string());
    let title = t!("Record {number}", number);
    let main = html! {
        a.back href="/audit" { (icon(Icon::Left)) (t!("Audit")) }
        (ui::page_head(&title, &in_a_sentence(&read), &html! {
            a.button href={ "/audit/" (id) "/entry" } { (t!("Download the record")) }
            @if matches!(proved, Proved::Yes(_)) { a.button.main href={ "/audit/" (id) "/proof" } { (t!("Download the proof")) } }
        }))
        (ui::panel(t!("What happened"), &html! { (ended(&read)) }, &html! { div.panel-body { (facts(&reader, &read)) } }))
        (detail(&read))
        (proof(&app, id, &read, &proved))
    };
    Ok(reader.page(&title, &room(&reader, &main)))
}

async fn prove(app: &AppState, reader: &Reader, read: &AuditRead) -> PageResult<Proved> {
    let Some(key) = app.config.log_key.clone() else {
        return Ok(Proved::No(
            Tone::Warn,
            t!("This process has no key of the log; start it as `freehold serve`.").to_owned(),
        ));
    };
    let ask = AuditProof { id: read.line.record.id, key: key.clone() };
    let proof = match app.desk.ask(reader.ctx(), ask).await {
        Ok(proof) => proof,
        Err(Refused::Rule(why)) => return Ok(Proved::No(Tone::Plain, sentence(&why))),
        Err(refused) => return Err(refused.into()),
    };
    Ok(match proof.verify(read.line.record.entry.as_bytes(), &key) {
        Ok(checkpoint) => Proved::Yes(Box::new((proof, checkpoint))),
        Err(error) => Proved::No(Tone::Bad, sentence(&error.to_string())),
    })
}

fn in_a_sentence(read: &AuditRead) -> String {
    let record = &read.line.record;
    let rule = read.entry.action().map(|action| told_word(action.rule().sentence));
    let did =
        format!("{}: {}, {}.", told(&read.line.actor_name), record.action, told(&read.line.target_name));
    rule.map_or_else(|| did.clone(), |rule| t!("{did} Rule: {rule}", did, rule))
}

fn ended(read: &AuditRead) -> Markup {
    let (tone, ended) = words::outcome(&read.line.record.outcome);
    ui::chip(tone, ended)
}

fn facts(reader: &Reader, read: &AuditRead) -> Markup {
    let (record, entry) = (&read.line.record, &read.entry);
    let clock = reader.clock();
    let mut rows = vec![
        (t!("When"), html! { (ui::exact(record.recorded_at, clock.zone)) }),
        (
            t!("Who"),
            html! { a.link href={ "/audit?actor=" (query_value(&record.actor)) } { (told(&read.line.actor_name)) } },
        ),
        (
            t!("Signed in as"),
            html! {
                (words::account(entry.authenticated_as()))
                @if let Some(account) = &read.account_name { ": " (account) }
                ", " (t!("by {channel}", channel = words::channel(entry.channel())))
            },
        ),
        (
            t!("Did"),
            html! { code { (record.action) } " " span.quiet { (t!("(action map, version {n})", n = entry.action_map())) } },
        ),
        (
            t!("To"),
            html! { a.link href={ "/audit?target=" (query_value(&record.target)) } { (told(&read.line.target_name)) } },
        ),
        (t!("By right of"), html! { (words::right(entry.outcome())) (licence_of(reader, entry.outcome())) }),
        (t!("Request"), html! { span.hash { (entry.request()) } }),
    ];
    if let Some(at) = entry.occurred_at() {
        rows.insert(
            1,
            (
                t!("Happened"),
                html! { (t!("{when} at another desk; recorded when it was brought in", when = ui::exact(at, clock.zone))) },
            ),
        );
    }
    ui::facts(&rows)
}

fn licence_of(reader: &Reader, outcome: Outcome) -> Markup {
    let (Outcome::Done(Some(consumed)) | Outcome::DoneWithModule { base: consumed, .. }, true) =
        (outcome, reader.may(Capability::LicenceRead))
    else {
        return html! {};
    };
    let licence = consumed.licence();
    html! { " " a.link href={ "/licences/" (licence) } { (t!("of its licence")) } }
}

/// What stands beside the record and can be erased without breaking the log.
fn detail(read: &AuditRead) -> Markup {
    let chip = match read.opens {
        Some(true) => ui::icon_chip(Tone::Ok, Icon::Check, t!("as it was recorded")),
        Some(false) => ui::icon_chip(Tone::Bad, Icon::Wrong, t!("not what was recorded")),
        None => ui::chip(Tone::Plain, t!("erased")),
    };
    let text = read.body.as_ref().and_then(|body| serde_json::to_string_pretty(body).ok());
    ui::panel(
        t!("Detail"),
        &chip,
        &html! { div.panel-body.stack {
            @match text {
                Some(text) => { pre.hash tabindex="0" { (text) } },
                None => p.soft { (t!("The detail was erased. The record stays, and still proves that something was done.")) },
            }
            p.quiet { (t!("Names and texts stand beside the record, not in it: the record holds a salted hash of them, so that a person's data can be erased and the log still verifies.")) }
        } },
    )
}

fn proof(app: &AppState, id: AuditRecordId, read: &AuditRead, proved: &Proved) -> Markup {
    let chip = match proved {
        Proved::Yes(_) => ui::icon_chip(Tone::Ok, Icon::Shield, t!("included, checked just now")),
        Proved::No(tone, _) => ui::icon_chip(*tone, Icon::Info, t!("not shown")),
    };
    ui::panel(
        t!("Proof"),
        &chip,
        &html! { div.panel-body.stack {
            @match proved {
                Proved::No(_, why) => p { (why) },
                Proved::Yes(found) => {
                    @let (proof, checkpoint) = &**found;
                    p {
                        (t!(
                            "This record is number {index} of {size}. With {n} hashes it leads to the root that the log's key signed:",
                            index = words::number(proof.index),
                            size = words::number(checkpoint.size),
                            n = proof.hashes.len()
                        ))
                    }
                    p.hash { (checkpoint.root) }
                    details.more {
                        summary { (icon(Icon::Book)) (t!("Check it without us")) }
                        ol.prose {
                            li { (th!(
                                "Download {record} and {proof}.",
                                record = html! { a.link href={ "/audit/" (id) "/entry" } { (t!("the record")) } },
                                proof = html! { a.link href={ "/audit/" (id) "/proof" } { (t!("its proof")) } },
                            )) }
                            li { (t!("Take SHA-256 of one zero byte and the record: that is its leaf (RFC 6962, 2.1).")) }
                            li { (t!("Join it with each hash of the proof, SHA-256 of one byte 01, left and right, up to the root.")) }
                            li { (t!("The root stands in the checkpoint at the end of the proof. Its Ed25519 signature is by the key below; get that key from somewhere else than here.")) }
                        }
                        p { (t!("The formats are public: c2sp.org/tlog-proof, tlog-checkpoint and signed-note. Any tool that reads them will do.")) }
                    }
                }
            }
            @if let Some(key) = &app.config.log_key {
                h3 { (t!("Verifier key")) }
                p.hash { (key) }
            }
            h3 { (t!("The record, to the byte")) }
            pre.hash tabindex="0" { (read.line.record.entry) }
        } },
    )
}
