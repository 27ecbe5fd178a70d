//! An answer that a service on this machine put in other words: who did, and what from, stands beside it.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
};

use anyhow::ensure;
use serde_json::json;
use test_support::{Browser, Find, Scheme, Screen, Server};

use crate::story::{Cast, FREEHOLD};

const WORDS: &str = "Connect to your home internet, then click the GlobalProtect globe near the clock [1]. *Wait* until the \
    globe shows a shield [1].";

/// A service that answers everything with the same words; its address.
fn service() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/v1/chat/completions", listener.local_addr()?);
    let body = json!({ "choices": [{ "message": { "content": WORDS } }] }).to_string();
    let answer =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut read = Vec::new();
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut piece) {
                read.extend_from_slice(&piece[..count]);
                if read.ends_with(b"}") {
                    break;
                }
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    Ok(address)
}

async fn phrased(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("freehold.toml");
    std::fs::write(&config, format!("[phrasing]\nurl = \"{}\"\nmodel = \"small-model\"\n", service()?))?;
    let server = Server::of(FREEHOLD).arg("demo").arg("--small").arg("--config").arg(config).start()?;
    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&Cast::of(&server)?.link("requester")?).await?;
    anna.goto(&server.at("/chat")).await?;
    anna.wait_for(Find::Text("Your question and the passages go to small-model to be worded.")).await?;
    anna.type_into(Find::Css("#chat-body"), "how do I connect to the vpn from home").await?;
    anna.click(Find::Css("#chat-send")).await?;
    anna.wait_for(Find::Text("Phrased by small-model")).await?;
    let said = anna.text(Find::Css("#talk")).await?;
    ensure!(
        said.contains("near the clock. [1] *Wait* until"),
        "shown as it was written, not as Markdown: {said}"
    );
    ensure!(said.contains("[1] KB-"), "{said}");
    anna.inspect("phrasing-1-answer").await
}

#[tokio::test]
async fn who_found_the_words_of_an_answer_stands_beside_it_on_a_desktop() -> anyhow::Result<()> {
    phrased(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn who_found_the_words_of_an_answer_stands_beside_it_on_a_phone() -> anyhow::Result<()> {
    phrased(Screen::Phone, Scheme::Dark).await
}
