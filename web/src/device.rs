//! What makes the portal an app on a device: how it is installed, the worker that opens it without a connection, the page
//! that shows then, and who is signed in when what waited is sent.

use std::sync::LazyLock;

use axum::{
    Json, Router,
    extract::Path,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, header};
use maud::html;
use serde_json::{Value, json};

use crate::{
    AppState, asset,
    page::{PageResult, Reader},
    portal,
    problem::Problem,
    ui::{
        self, Look,
        assets::{Asset, File, url, worker},
    },
    words::{self, Language, t},
};

/// The routes of what a device keeps.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/manifest.webmanifest", get(manifest))
        .route("/sw.js", get(serve_worker))
        .route("/offline", get(offline))
        .route("/offline/{language}", get(offline_in))
        .route("/me/sending", get(sending))
}

/// Asked for again each time: an address that never changes says nothing of its content.
const FRESH: &str = "no-cache";

/// The page that shows without a connection, in every language: the same for everybody, since the browser keeps it for
/// everybody.
static OFFLINE: LazyLock<[String; 2]> = LazyLock::new(|| {
    [Language::En, Language::De].map(|language| words::speak(language, without_a_connection))
});

fn without_a_connection() -> String {
    let main = html! {
        div data-offline {
            h1 { (t!("You are offline")) }
            p.lead { (t!("The desk cannot be reached from here just now. What you typed is kept on this device.")) }
            // An empty address is the one that was asked for.
            div.acts { a.button href="" { (t!("Try again")) } a.button href="/" { (t!("Home")) } }
            div data-somebody hidden {
                div.meanwhile {
                    h2 { (t!("Something is wrong? Write it down now")) }
                    p.soft { (t!("It is sent by itself as soon as you are online again, and only once. To read your tickets and the answers you need a connection.")) }
                    (portal::without_a_connection())
                }
            }
            div data-nobody hidden {
                p.meanwhile { (t!("Once you have signed in on this device, you can write down here what is wrong, and it is sent as soon as you are online again.")) }
            }
        }
    };
    ui::document(t!("You are offline"), Look::default(), &html! {}, &ui::single(&main)).into_string()
}

static WORKER: LazyLock<Asset> = LazyLock::new(|| worker(&OFFLINE.concat()));

async fn serve_worker(headers: HeaderMap) -> Response {
    asset::send(&WORKER, FRESH, &headers)
}

async fn offline() -> Response {
    in_language(words::language())
}

/// The one of them that the worker keeps for readers of a language.
async fn offline_in(Path(tag): Path<String>) -> PageResult {
    let language = Language::of_tag(&tag).ok_or_else(|| Problem::not_found("page"))?;
    Ok(in_language(language))
}

fn in_language(language: Language) -> Response {
    let [english, german] = &*OFFLINE;
    let page = match language {
        Language::En => english,
        Language::De => german,
    };
    with_cache_control(Html(page.as_str()).into_response())
}

/// How the portal is installed (W3C, Web Application Manifest).
async fn manifest() -> Response {
    // Its blue stands on light and dark alike; around a page, the page itself says which.
    let blue = "#3350c4";
    let icon = |file, size: u16, purpose| json!({ "src": url(file), "type": "image/png", "sizes": format!("{size}x{size}"), "purpose": purpose });
    let manifest = json!({
        "id": "/",
        "name": t!("Freehold service desk"),
        "short_name": "Freehold",
        "description": t!("Say what is in your way, and see what becomes of it."),
        "lang": words::language().as_str(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": blue,
        "background_color": blue,
        "icons": [
            icon(File::App, 192, "any"),
            icon(File::AppLarge, 512, "any"),
            icon(File::AppWhole, 512, "maskable"),
        ],
        "shortcuts": [
            { "name": t!("New ticket"), "url": "/tickets/new" },
            { "name": t!("Your tickets"), "url": "/tickets" },
        ],
    });
    let mut response = manifest.to_string().into_response();
    let kind = HeaderValue::from_static("application/manifest+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    with_cache_control(response)
}

fn with_cache_control(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(FRESH));
    response
}

/// Whose words are sent now, and the token that their forms carry. Another site may make a browser ask, and cannot read
/// the answer.
async fn sending(reader: Reader) -> Json<Value> {
    Json(json!({ "person": reader.id(), "csrf": reader.csrf() }))
}
