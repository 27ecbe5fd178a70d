//! Small acts: seen an alert, keep so many free, attach and fetch a document.

use axum::extract::{Path, State};
use desk::{
    Refused,
    contract::{
        AcknowledgeAlert, AttachContractDocument, ContractDetail, ContractDocumentOf, SetMinimumFree,
    },
};
use domain::identity::Capability;
use http::HeaderMap;

use super::{Typed, detail, position, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    portal::{file, upload::Upload},
    routes::{self, is_here},
    words::t,
    wrong::Wrong,
};

pub(super) async fn acknowledge(
    State(app): State<AppState>,
    Path(alert): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let alert = alert.parse().map_err(|_| Refused::NotFound("alert"))?;
    match app.desk.execute(reader.ctx(), AcknowledgeAlert { alert }).await {
        // Somebody else has seen it meanwhile: the page says who.
        Ok(()) | Err(Refused::Rule(_)) => {}
        Err(refused) => return Err(refused.into()),
    }
    let back = typed(&form, "back");
    Ok(see(if is_here(back) { back } else { "/licences" }))
}

pub(super) async fn minimum_free(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let licence = licence.parse().map_err(|_| Refused::NotFound("licence"))?;
    let number = typed(&form, "minimum_free").trim();
    let Ok(minimum_free) = (if number.is_empty() { "0" } else { number }).parse() else {
        return position::refused(&app, &reader, t!("Write a whole number, or nothing.")).await;
    };
    match app.desk.execute(reader.ctx(), SetMinimumFree { licence, minimum_free }).await {
        Ok(()) => Ok(see("/licences/position")),
        Err(Refused::Invalid(fields)) => {
            let words = fields.first().map_or("", |field| field.message.as_str());
            let words = crate::words::told(words);
            position::refused(&app, &reader, &words).await
        }
        Err(refused) => Err(refused.into()),
    }
}

pub(super) async fn attach(
    State(app): State<AppState>,
    Path(contract): Path<String>,
    Upload { reader, form: _, files }: Upload<Typed>,
) -> PageResult {
    reader.require(Capability::LicenceManage)?;
    let contract = contract.parse().map_err(|_| Refused::NotFound("contract"))?;
    app.desk.ask(reader.ctx(), ContractDetail { contract }).await?;
    if files.is_empty() {
        return detail::draw(&app, &reader, contract, &Wrong::field("file", t!("Choose a file first.")))
            .await;
    }
    for file in files {
        let crate::portal::upload::File { name, content_type, size, sha256 } = file;
        let attach = AttachContractDocument { contract, name, content_type, size, sha256 };
        app.desk.execute(reader.ctx(), attach).await?;
    }
    Ok(see(&routes::contract(contract)))
}

pub(super) async fn document(
    State(app): State<AppState>,
    reader: Reader,
    Path((contract, document)): Path<(String, String)>,
    asked: HeaderMap,
) -> PageResult {
    let contract = contract.parse().map_err(|_| Refused::NotFound("document"))?;
    let id = document.parse().map_err(|_| Refused::NotFound("document"))?;
    let kept = app.desk.ask(reader.ctx(), ContractDocumentOf { contract, id }).await?;
    file::content(&app, &id.to_string(), (&kept.name, &kept.content_type), kept.sha256, &asked).await
}
