//! Every page in German: nothing of the catalogues is left in English, nothing else sounds English, and all of it fits.

use anyhow::ensure;
use serde_json::Value;
use test_support::{Browser, Find, Scheme, Screen};

use crate::{
    pages::{PAGES, go},
    story::{Cast, demo},
};

const CATALOGUES: [&str; 6] = [
    include_str!("../../../web/words/de/employees.txt"),
    include_str!("../../../web/words/de/queue.txt"),
    include_str!("../../../web/words/de/workspace.txt"),
    include_str!("../../../web/words/de/licences.txt"),
    include_str!("../../../web/words/de/administration.txt"),
    include_str!("../../../web/words/de/told.txt"),
];

/// What somebody looks at beside [`PAGES`].
const ALSO: [(&str, &[(&str, &str)]); 2] = [
    (
        "requester",
        &[
            ("home-nothing", "/?q=xyzzy"),
            ("ticket-over", "/tickets>main section:last-of-type a[href^='/tickets/']:not([href$=new])"),
        ],
    ),
    ("agent_exclusive", &[("me-work", "/me")]),
];

/// Words that English sentences are made of, and no German ones.
const ENGLISH: [&str; 48] = [
    "the",
    "of",
    "and",
    "is",
    "are",
    "were",
    "has",
    "have",
    "with",
    "for",
    "to",
    "from",
    "you",
    "your",
    "this",
    "that",
    "these",
    "it",
    "its",
    "they",
    "their",
    "them",
    "yet",
    "who",
    "which",
    "when",
    "where",
    "nobody",
    "somebody",
    "everybody",
    "anybody",
    "nothing",
    "something",
    "be",
    "been",
    "can",
    "cannot",
    "or",
    "but",
    "if",
    "than",
    "there",
    "every",
    "each",
    "no",
    "not",
    "by",
    "until",
];

/// What can be read or heard on a page, folded or not, and was not written by people.
const TEXTS: &str = "const texts = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    // What people wrote is in whatever language they wrote it, and has its own direction.
    while (walk.nextNode())
        if (!walk.currentNode.parentElement.closest('[dir=auto]')) texts.push(walk.currentNode.data);
    for (const name of ['aria-label', 'aria-description', 'title', 'placeholder'])
        for (const one of document.querySelectorAll(`[${name}]`)) texts.push(one.getAttribute(name));
    texts.push(document.title);
    return [document.documentElement.lang, ...texts.map((text) => text.trim()).filter(Boolean)]";

/// Pieces of English that no page in German has: whole sentences, and what stands between the blanks of others.
fn english() -> Vec<(&'static str, bool)> {
    let mut found = Vec::new();
    for catalogue in CATALOGUES {
        let lines: Vec<_> = catalogue.lines().collect();
        for pair in lines.windows(2) {
            let Some(words) = pair[1].strip_prefix("= ") else { continue };
            // What the sample organisation calls a category is nobody's to translate.
            if [words, "E-mail"].contains(&pair[0]) || pair[0].starts_with('%') {
                continue;
            }
            for part in pair[0].split(['{', '}']).step_by(2).map(str::trim).filter(|part| !part.is_empty()) {
                let whole = part == pair[0];
                // One word may be part of German, and a few letters between blanks of any language.
                let within = part.len() > 10 && part.contains(' ');
                if whole || within {
                    found.push((part, within));
                }
            }
        }
    }
    found
}

/// Whether a text has two of [`ENGLISH`] or, being short, one.
fn sounds_english(text: &str) -> bool {
    let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let english = words.iter().filter(|word| ENGLISH.contains(&word.to_lowercase().as_str())).count();
    english > 1 || (english == 1 && words.len() < 8)
}

async fn read(browser: &Browser, name: &str) -> anyhow::Result<Vec<String>> {
    let texts = browser.run(TEXTS, vec![]).await?;
    let texts: Vec<&str> = texts.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (language, texts) = texts.split_first().unwrap_or((&"", &[]));
    let mut faults = Vec::new();
    if *language != "de" {
        faults.push(format!("{name} says that it is in {language:?}"));
    }
    for (words, within) in english() {
        if let Some(text) = texts.iter().find(|text| **text == words || (within && text.contains(words))) {
            faults.push(format!("{name}: {words:?} in {text:?}"));
        }
    }
    for text in texts.iter().filter(|text| sounds_english(text)) {
        faults.push(format!("{name} sounds English: {text:?}"));
    }
    Ok(faults)
}

async fn in_german(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let browser = Browser::open(screen, scheme).await?;
    browser.goto(&server.at("/sign-in")).await?;
    browser.click(Find::Control("Deutsch")).await?;
    browser.wait_for(Find::Control("Anmelden")).await?;
    let mut faults = Vec::new();
    for (role, pages) in PAGES.iter().chain(&ALSO) {
        if !role.is_empty() {
            browser.goto(&cast.link(role)?).await?;
        }
        // An article of which there is German is asked for in German there.
        let german = pages.iter().filter(|(_, path)| *path != "/knowledge/KB-1");
        for (name, path) in german {
            go(&browser, &server, name, path).await?;
            faults.extend(read(&browser, name).await?);
            if let Err(fault) = browser.inspect(&format!("german-{name}")).await {
                faults.push(format!("{name}: {fault:#}"));
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));

    Ok(())
}

#[tokio::test]
async fn somebody_reads_their_language_wherever_they_sign_in() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let link = cast.link("agent_exclusive")?;
    let office = Browser::open(Screen::Desktop, Scheme::Light).await?;
    office.goto(&link).await?;
    office.goto(&server.at("/me")).await?;
    office.click(Find::Control("Deutsch")).await?;
    office.wait_for(Find::Control("Abmelden")).await?;

    let phone = Browser::open(Screen::Phone, Scheme::Dark).await?;
    phone.goto(&server.at("/sign-in")).await?;
    phone.wait_for(Find::Control("Sign in")).await?;
    phone.goto(&link).await?;
    phone.goto(&server.at("/me")).await?;
    phone.wait_for(Find::Control("Abmelden")).await?;
    phone.click(Find::Control("English")).await?;
    phone.wait_for(Find::Control("Sign out")).await?;
    Ok(())
}

#[tokio::test]
async fn every_page_is_german_on_a_desktop() -> anyhow::Result<()> {
    in_german(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn every_page_is_german_on_a_phone() -> anyhow::Result<()> {
    in_german(Screen::Phone, Scheme::Dark).await
}
