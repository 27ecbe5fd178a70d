//! Every page in German: nothing of the catalogues is left in English, nothing else sounds English, and all of it fits.

use std::sync::LazyLock;

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

/// What can be read or heard on a page, folded or not. What people wrote, which is in whatever language they wrote it and has
/// its own direction, is "…" here, also where it is part of a sentence.
const TEXTS: &str = "const theirs = '[dir=auto], bdi, code, kbd, option[value*=\"/\"]';
    const written = [...document.querySelectorAll('[dir=auto], bdi')].flatMap((one) => [one.textContent, one.value ?? ''])
      .map((text) => text.trim()).filter((text) => text.length > 3).sort((one, other) => other.length - one.length);
    const texts = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode())
        if (!walk.currentNode.parentElement.closest(theirs)) texts.push(walk.currentNode.data);
    for (const name of ['aria-label', 'aria-description', 'title', 'placeholder'])
        for (const one of document.querySelectorAll(`[${name}]`))
            if (!one.closest(theirs)) texts.push(one.getAttribute(name));
    texts.push(document.title);
    const own = (text) => written.reduce((rest, part) => rest.replaceAll(part, '…'), text).trim();
    return [document.documentElement.lang, ...texts.map(own).filter(Boolean)]";

/// Pieces of English that no page in German has: whole sentences, and what stands between the blanks of others.
fn english() -> Vec<(&'static str, bool)> {
    let mut found = Vec::new();
    // What is a word of German too.
    let german: Vec<_> =
        CATALOGUES.iter().flat_map(|it| it.lines()).filter_map(|line| line.strip_prefix("= ")).collect();
    for catalogue in CATALOGUES {
        let lines: Vec<_> = catalogue.lines().collect();
        for pair in lines.windows(2) {
            let Some(words) = pair[1].strip_prefix("= ") else { continue };
            // What the sample organisation calls a category is nobody's to translate.
            if german.contains(&pair[0])
                || [words, "E-mail", "English"].contains(&pair[0])
                || NAMES.contains(&pair[0])
                || pair[0].starts_with('%')
            {
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

/// Names that the sample organisation gave, and words that are the same in German.
const NAMES: [&str; 13] = [
    "Identity and Access",
    "Service Desk",
    "Service desk",
    "Administration",
    "Port_of_Spain",
    "Isle_of_Man",
    "Tag",
    "People",
    "Problem management",
    "Problem Management",
    "Business hours",
    "Read",
    "problem",
];

/// What the sample organisation is made of: what its people wrote.
const WRITTEN: [&str; 16] = [
    include_str!("../../src/demo/approvals.rs"),
    include_str!("../../src/demo/catalogue.rs"),
    include_str!("../../src/demo/contracts.rs"),
    include_str!("../../src/demo/knowledge.en.md"),
    include_str!("../../src/demo/effort.rs"),
    include_str!("../../src/demo/known_errors.rs"),
    include_str!("../../src/demo/load.rs"),
    include_str!("../../src/demo/problems.rs"),
    include_str!("../../src/demo/notes.rs"),
    include_str!("../../src/demo/outages.rs"),
    include_str!("../../src/demo/people.rs"),
    include_str!("../../src/demo/pool.rs"),
    include_str!("../../src/demo/problems.txt"),
    include_str!("../../src/demo/recurring.rs"),
    include_str!("../../src/demo/texts.rs"),
    include_str!("../../src/demo/tickets/wording.rs"),
];

/// The words of a text, in lower case.
fn plain(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

static THEIRS: LazyLock<String> = LazyLock::new(|| plain(&WRITTEN.join(" ")).join(" "));

/// Whether the sample organisation says three words of it one after the other, or all of it; or enough pairs, where it fills in
/// names.
fn is_theirs(text: &str) -> bool {
    let words = plain(text);
    let known = |some: &[String]| THEIRS.contains(&some.join(" "));
    let pairs = words.windows(2).filter(|pair| known(pair)).count();
    words.windows(words.len().clamp(1, 3)).any(known) || (pairs > 1 && 5 * pairs >= 2 * (words.len() - 1))
}

/// Whether a text has two of [`ENGLISH`] or, being short, one.
fn sounds_english(text: &str) -> bool {
    let text = NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name, "…"));
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
    for text in texts.iter().filter(|text| sounds_english(text) && !is_theirs(text)) {
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
