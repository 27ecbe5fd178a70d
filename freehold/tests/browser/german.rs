//! The employee's pages in German: nothing of the catalogues is left in English, and all of it fits.

use anyhow::ensure;
use serde_json::Value;
use test_support::{Browser, Find, Scheme, Screen};

use crate::{
    pages::{PAGES, go},
    story::{Cast, demo},
};

const CATALOGUES: [&str; 2] = [
    include_str!("../../../web/words/de/employees.txt"),
    include_str!("../../../web/words/de/told.txt"),
];

/// Roles whose pages are German to the last, and what they look at beside those of [`PAGES`].
const ROLES: [(&str, &[(&str, &str)]); 2] = [
    ("", &[]),
    (
        "requester",
        &[
            ("home-nothing", "/?q=xyzzy"),
            ("ticket-over", "/tickets>main section:last-of-type a[href^='/tickets/']:not([href$=new])"),
        ],
    ),
];

/// Of the others, those pages that are.
const ALSO: &[(&str, &str)] =
    &[("article-kept", "/knowledge/KB-3"), ("gaps", "/knowledge/gaps"), ("me-work", "/me")];

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
    let own = ROLES.into_iter().map(|(role, more)| {
        let all = PAGES.iter().find(|(of, _)| *of == role).map_or(&[][..], |(_, pages)| pages);
        // What is written in English is asked for in English there.
        let all = all.iter().filter(|(_, path)| !path.contains("language=") && *path != "/knowledge/KB-1");
        (role, all.chain(more).collect::<Vec<_>>())
    });
    let german = [("article", "/knowledge/KB-1?language=de")];
    let also = [("requester", german.iter().collect()), ("agent_exclusive", ALSO.iter().collect())];
    for (role, pages) in own.chain(also) {
        if !role.is_empty() {
            browser.goto(&cast.link(role)?).await?;
        }
        ensure!(!pages.is_empty(), "nobody looks at anything as {role}");
        for (name, path) in pages {
            go(&browser, &server, name, path).await?;
            faults.extend(read(&browser, name).await?);
            if let Err(fault) = browser.inspect(&format!("german-{name}")).await {
                faults.push(format!("{name}: {fault:#}"));
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));

    // Chosen once, it stays, and is chosen away again.
    browser.goto(&server.at("/me")).await?;
    browser.click(Find::Control("English")).await?;
    browser.wait_for(Find::Control("Sign out")).await?;
    Ok(())
}

#[tokio::test]
async fn an_employee_reads_german_on_a_desktop() -> anyhow::Result<()> {
    in_german(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn an_employee_reads_german_on_a_phone() -> anyhow::Result<()> {
    in_german(Screen::Phone, Scheme::Dark).await
}
