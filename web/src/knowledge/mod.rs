//! What is written down: everybody reads it, technicians write it.

mod article;
mod edit;
mod list;

use axum::{
    Router,
    routing::{get, post},
};
use desk::Refused;
use domain::knowledge::{ArticleNumber, Passages};
use maud::{Markup, html};

use crate::{
    AppState,
    markdown::{self, For},
    page::PageResult,
};

pub(crate) use list::hit_item;

/// The routes of what is written down.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/knowledge", get(list::show))
        .route("/knowledge/gaps", get(list::gaps))
        .route("/knowledge/new", get(edit::new).post(edit::add))
        .route("/knowledge/{article}", get(article::show))
        .route("/knowledge/{article}/edit", get(edit::show).post(edit::change))
        .route("/knowledge/{article}/feedback", post(article::feedback))
        .route("/knowledge/{article}/keep", post(article::keep))
        .route("/knowledge/{article}/retire", post(article::retire))
}

fn number(text: &str) -> PageResult<ArticleNumber> {
    Ok(text.parse().map_err(|_| Refused::NotFound("article"))?)
}

/// An article's text, its sections one level below the title of the page, whatever level their author wrote.
fn body(text: &str) -> Markup {
    html! {
        @for passage in Passages::of(text).0 {
            @if let Some(heading) = passage.heading { h2 { (plain(heading)) } }
            (markdown::html(passage.text, For::Requester))
        }
    }
}

/// The first words of some Markdown, without its marks, for a line of a list.
pub(crate) fn first_words(text: &str) -> String {
    let words: String = plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(140) {
        Some((at, _)) => format!("{}…", words[..at].trim_end()),
        None => words,
    }
}

fn plain(text: &str) -> String {
    text.replace(['*', '`'], "")
}
