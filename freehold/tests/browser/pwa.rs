//! The portal as an app: installed, opened without a connection, and what was written then sent later: once, by whoever
//! wrote it.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use test_support::{Browser, Find, Scheme, Screen, Server};

use crate::story::{Cast, demo, path};

const SUBJECT: &str = "The infusion pump on ward 3 beeps";
const DESCRIPTION: &str = "All the time, since the battery was changed.";
const ANSWER: &str = "It is back, on the same pump.";

const SUBJECT_FIELD: Find<'_> = Find::Css("[name=subject]");
const DESCRIPTION_FIELD: Find<'_> = Find::Css("[name=description]");
const SEND: Find<'_> = Find::Css("#raise button.main");
const OUTBOX: Find<'_> = Find::Css("#outbox");
const KEPT: Find<'_> = Find::Text("It is sent as soon as you are online again.");

async fn signed_in(server: &Server, screen: Screen, scheme: Scheme) -> anyhow::Result<Browser> {
    let browser = Browser::open(screen, scheme).await?;
    browser.goto(&Cast::of(server)?.link("requester")?).await?;
    browser.goto(&server.at("/tickets/new")).await?;
    // The worker is there, with all it keeps.
    let ready = "return navigator.serviceWorker.ready.then((worker) => Boolean(worker.active))";
    ensure!(browser.run(ready, vec![]).await? == true);
    Ok(browser)
}

async fn write(browser: &Browser, subject: &str) -> anyhow::Result<()> {
    browser.type_into(SUBJECT_FIELD, subject).await?;
    browser.type_into(DESCRIPTION_FIELD, DESCRIPTION).await
}

/// Nothing is sent but by pages: the worker always has a network here, and would not wait for theirs.
async fn without_background_sync(browser: &Browser, server: &Server) -> anyhow::Result<()> {
    let denied = json!({
        "permission": { "name": "background-sync" },
        "setting": "denied",
        "origin": server.at("/").trim_end_matches('/'),
    });
    browser.cdp("Browser.setPermission", denied).await?;
    Ok(())
}

/// Takes the network away from the page, or gives it back.
async fn network(browser: &Browser, there: bool) -> anyhow::Result<()> {
    browser.cdp("Network.enable", json!({})).await?;
    let speed = if there { -1 } else { 0 };
    let conditions =
        json!({ "offline": !there, "latency": 0, "downloadThroughput": speed, "uploadThroughput": speed });
    browser.cdp("Network.emulateNetworkConditions", conditions).await?;
    Ok(())
}

/// What the browser notes by itself of a connection that is not there, and nothing else.
async fn noted(browser: &Browser, also: &str) -> anyhow::Result<()> {
    let noted = browser.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("net::ERR_") || line.contains(also)), "{noted:?}");
    Ok(())
}

/// As every page, while the browser notes that it tries in vain.
async fn sound(browser: &Browser, name: &str) -> anyhow::Result<()> {
    browser.screenshot(name).await?;
    let faults: Vec<String> = browser.axe().await?.iter().map(ToString::to_string).collect();
    ensure!(faults.is_empty(), "{name}: {}", faults.join("\n"));
    let wide = browser.too_wide().await?;
    ensure!(wide.is_empty(), "{name}: wider than the screen: {wide:?}");
    noted(browser, "net::ERR_").await
}

/// How many tickets of the person have this subject.
async fn tickets(browser: &Browser, server: &Server, subject: &str) -> anyhow::Result<usize> {
    browser.goto(&server.at("/tickets")).await?;
    let script = "return [...document.querySelectorAll('#mine li')].filter((it) => it.textContent.includes(arguments[0])).length";
    let count = browser.run(script, vec![subject.into()]).await?;
    count.as_u64().and_then(|count| count.try_into().ok()).context("no number")
}

/// Waits until the outbox has looked, and asked who is there.
const LOOKED: &str = "const named = (part) => performance.getEntriesByType('resource').find(({ name }) => name.includes(part));
    return new Promise((resolve) => {
        const look = () => (named('/outbox.') && named('/me/sending') ? resolve() : setTimeout(look, 50));
        look();
    })
        .then(() => import(named('/outbox.').name))
        .then(() => navigator.locks.request('freehold-outbox', () => document.getElementById('outbox') === null));";

/// Everything that waits on the device, whoever wrote it.
async fn waiting(browser: &Browser) -> anyhow::Result<usize> {
    let script = "return new Promise((resolve) => {
        const request = indexedDB.open('freehold');
        request.onsuccess = () => {
            const base = request.result;
            if (!base.objectStoreNames.length) return resolve(0);
            const all = base.transaction('outbox').objectStore('outbox').count();
            all.onsuccess = () => { base.close(); resolve(all.result); };
        };
    })";
    let count = browser.run(script, vec![]).await?;
    count.as_u64().and_then(|count| count.try_into().ok()).context("no number")
}

/// Waits until nothing waits on the device.
async fn nothing_waits(browser: &Browser) -> anyhow::Result<()> {
    // As long as the script may run.
    let script = "return new Promise((resolve) => {
        const look = () => {
            const request = indexedDB.open('freehold');
            request.onsuccess = () => {
                const base = request.result;
                const all = base.transaction('outbox').objectStore('outbox').count();
                all.onsuccess = () => { base.close(); all.result ? setTimeout(look, 50) : resolve(0); };
            };
        };
        look();
    })";
    browser.run(script, vec![]).await.context("something waits still").map(|_| ())
}

#[tokio::test]
async fn the_portal_can_be_installed() -> anyhow::Result<()> {
    let server = demo()?;
    for screen in Screen::ALL {
        let browser = signed_in(&server, screen, Scheme::Light).await?;
        browser.goto(&server.at("/")).await?;
        // The browser looks for itself, and says so when a page came and went meanwhile.
        let moved = json!([{ "errorArguments": [], "errorId": "manifest-location-changed" }]);
        let mut faults = json!(null);
        for _ in 0..20 {
            faults = browser.cdp("Page.getInstallabilityErrors", json!({})).await?;
            if faults["installabilityErrors"] != moved {
                break;
            }
            browser.goto(&server.at("/")).await?;
        }
        ensure!(faults["installabilityErrors"] == json!([]), "{faults}");
        let manifest = browser.cdp("Page.getAppManifest", json!({})).await?;
        ensure!(manifest["errors"] == json!([]), "{manifest}");
        let text: Value = serde_json::from_str(manifest["data"].as_str().context("no manifest")?)?;
        ensure!(
            text["display"] == "standalone" && text["start_url"] == "/" && text["scope"] == "/",
            "{text}"
        );
        let sizes = "return Promise.all(arguments[0].map(async ({ src }) => {
            const drawing = await createImageBitmap(await (await fetch(src)).blob());
            return `${drawing.width}x${drawing.height}`;
        }))";
        let drawn = browser.run(sizes, vec![text["icons"].clone()]).await?;
        ensure!(drawn == json!(["192x192", "512x512", "512x512"]), "{drawn}");
        noted(&browser, "net::ERR_").await?;
    }
    Ok(())
}

async fn opens_without_a_connection(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let mut server = demo()?;
    let browser = signed_in(&server, screen, scheme).await?;
    server.kill()?;
    browser.goto(&server.at("/knowledge")).await?;
    browser.wait_for(Find::Text("What you typed is kept on this device.")).await?;
    browser.wait_for(SUBJECT_FIELD).await?;
    sound(&browser, "pwa-1-offline").await?;
    // Everything that the page needs is there, its drawings too.
    let looks = "return getComputedStyle(document.querySelector('#raise button.main')).borderRadius";
    ensure!(browser.run(looks, vec![]).await? != "0px");

    write(&browser, SUBJECT).await?;
    browser.click(SEND).await?;
    browser.wait_for(KEPT).await?;
    ensure!(browser.text(OUTBOX).await?.contains(SUBJECT));
    sound(&browser, "pwa-2-offline-kept").await?;
    // It is still there when the page is opened anew.
    browser.goto(&server.at("/tickets")).await?;
    browser.wait_for(KEPT).await?;
    noted(&browser, "net::ERR_").await?;

    server.start_again_in_place()?;
    // By itself it becomes the page that was asked for.
    browser.wait_for(Find::Css("#mine")).await?;
    browser.wait_gone(OUTBOX).await?;
    noted(&browser, "net::ERR_").await?;
    ensure!(tickets(&browser, &server, SUBJECT).await? == 1);
    browser.inspect("pwa-3-online").await?;
    Ok(())
}

#[tokio::test]
async fn without_a_connection_it_opens_and_takes_a_ticket_on_a_desktop() -> anyhow::Result<()> {
    opens_without_a_connection(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn without_a_connection_it_opens_and_takes_a_ticket_on_a_phone() -> anyhow::Result<()> {
    opens_without_a_connection(Screen::Phone, Scheme::Dark).await
}

async fn sent_once(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let browser = signed_in(&server, screen, scheme).await?;
    without_background_sync(&browser, &server).await?;
    let photo = server.data().join("pump.txt");
    std::fs::write(&photo, "beep")?;

    // A ticket with a file, and another one: each once.
    network(&browser, false).await?;
    write(&browser, SUBJECT).await?;
    browser.type_into(Find::Css("[name=files]"), photo.to_str().context("a path in UTF-8")?).await?;
    browser.click(SEND).await?;
    browser.wait_for(KEPT).await?;
    browser.wait_for(Find::Text("New ticket with 1 file")).await?;
    let empty =
        "return ['subject', 'description'].every((name) => !document.querySelector(`[name=${name}]`).value)";
    ensure!(browser.run(empty, vec![]).await? == true, "the next ticket begins empty");
    write(&browser, "The chair at the desk is broken").await?;
    browser.click(SEND).await?;
    browser.wait_for(Find::Text("2 messages are kept on this device.")).await?;
    sound(&browser, "pwa-4-kept").await?;
    network(&browser, true).await?;
    browser.wait_gone(OUTBOX).await?;
    noted(&browser, "net::ERR_").await?;
    ensure!(tickets(&browser, &server, "The chair at the desk is broken").await? == 1);
    ensure!(tickets(&browser, &server, SUBJECT).await? == 1);
    browser.click(Find::Text(SUBJECT)).await?;
    browser.wait_for(Find::Text("pump.txt")).await?;

    // An answer on it.
    let ticket = path(&browser).await?;
    network(&browser, false).await?;
    browser.type_into(Find::Css("#composer-body"), ANSWER).await?;
    browser.click(Find::Css("#composer-send")).await?;
    browser.wait_for(KEPT).await?;
    ensure!(browser.text(OUTBOX).await?.contains(ANSWER));
    noted(&browser, "net::ERR_").await?;
    network(&browser, true).await?;
    browser.wait_gone(OUTBOX).await?;
    browser.goto(&server.at(&ticket)).await?;
    let said = "return [...document.querySelectorAll('#timeline .card')].filter((it) => it.textContent.includes(arguments[0])).length";
    ensure!(browser.run(said, vec![ANSWER.into()]).await? == 1);

    // The desk takes it, and its answer is lost on the way: it is sent again, and is the same ticket.
    noted(&browser, "net::ERR_").await?;
    browser.goto(&server.at("/tickets/new")).await?;
    let loses = "const real = window.fetch;
        window.posts = 0;
        window.fetch = async (address, options) => {
            const answer = await real(address, options);
            if (options?.method === 'POST' && String(address).endsWith('/tickets')) {
                window.posts += 1;
                if (window.posts === 1) throw new TypeError('lost on the way');
            }
            return answer;
        };";
    browser.run(loses, vec![]).await?;
    write(&browser, "The printer prints twice").await?;
    browser.click(SEND).await?;
    browser.wait_for(Find::Text("Sent: New ticket.")).await?;
    browser.wait_gone(OUTBOX).await?;
    ensure!(browser.run("return window.posts", vec![]).await? == 2, "it was posted twice");
    ensure!(tickets(&browser, &server, "The printer prints twice").await? == 1);
    Ok(())
}

#[tokio::test]
async fn what_was_written_without_a_connection_is_sent_once_on_a_desktop() -> anyhow::Result<()> {
    sent_once(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn what_was_written_without_a_connection_is_sent_once_on_a_phone() -> anyhow::Result<()> {
    sent_once(Screen::Phone, Scheme::Light).await
}

#[tokio::test]
async fn the_worker_sends_what_waits_when_no_page_does() -> anyhow::Result<()> {
    let server = demo()?;
    for screen in Screen::ALL {
        let browser = signed_in(&server, screen, Scheme::Light).await?;
        // The page never comes back to the network.
        network(&browser, false).await?;
        let subject = format!("{SUBJECT} on a {screen:?}");
        write(&browser, &subject).await?;
        browser.click(SEND).await?;
        // It is taken from the form.
        browser.wait_for(Find::Css("[name=subject]:invalid")).await?;
        nothing_waits(&browser).await?;
        browser.wait_gone(OUTBOX).await?;
        noted(&browser, "net::ERR_").await?;
        network(&browser, true).await?;
        ensure!(tickets(&browser, &server, &subject).await? == 1);
    }
    Ok(())
}

async fn only_by_its_author(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let mut server = demo()?;
    let cast = Cast::of(&server)?;
    let browser = signed_in(&server, screen, scheme).await?;
    server.kill()?;
    write(&browser, SUBJECT).await?;
    browser.click(SEND).await?;
    browser.wait_for(KEPT).await?;
    browser.goto("about:blank").await?;
    server.start_again_in_place()?;

    // The session has ended meanwhile: whoever comes by reads nothing.
    browser.cdp("Network.clearBrowserCookies", json!({})).await?;
    browser.goto(&server.at("/tickets")).await?;
    browser.wait_for(Find::Text("Sign in to send it.")).await?;
    ensure!(!browser.text(OUTBOX).await?.contains(SUBJECT), "nobody reads what another wrote");
    browser.complaints().await?;
    browser.inspect("pwa-5-sign-in").await?;

    // Somebody else signs in: it is neither shown nor sent.
    browser.goto(&cast.link("agent_exclusive")?).await?;
    ensure!(tickets(&browser, &server, SUBJECT).await? == 0);
    // The outbox has looked: what waits is another's.
    ensure!(browser.run(LOOKED, vec![]).await? == true);
    ensure!(tickets(&browser, &server, SUBJECT).await? == 0);
    ensure!(waiting(&browser).await? == 1);

    // Its author is back.
    browser.goto(&cast.link("requester")?).await?;
    nothing_waits(&browser).await?;
    ensure!(tickets(&browser, &server, SUBJECT).await? == 1);
    Ok(())
}

#[tokio::test]
async fn what_waits_is_sent_by_nobody_but_its_author_on_a_desktop() -> anyhow::Result<()> {
    only_by_its_author(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn what_waits_is_sent_by_nobody_but_its_author_on_a_phone() -> anyhow::Result<()> {
    only_by_its_author(Screen::Phone, Scheme::Dark).await
}

/// A ticket without a subject is kept, and refused as soon as there is a connection.
async fn refused(browser: &Browser) -> anyhow::Result<()> {
    network(browser, false).await?;
    write(browser, " ").await?;
    browser.click(SEND).await?;
    browser.wait_for(OUTBOX).await?;
    network(browser, true).await?;
    browser.wait_for(Find::Text("Say in a few words what it is about.")).await?;
    noted(browser, "422").await
}

async fn mended_or_forgotten(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let browser = signed_in(&server, screen, scheme).await?;
    without_background_sync(&browser, &server).await?;
    refused(&browser).await?;
    browser.inspect("pwa-6-refused").await?;
    browser.goto(&server.at("/")).await?;
    browser.click(Find::Control("Open")).await?;
    browser.wait_for(Find::Text("You opened it to change it")).await?;
    let typed = browser.run("return document.querySelector('[name=description]').value", vec![]).await?;
    ensure!(typed == DESCRIPTION, "it stands in the form again: {typed}");
    browser.type_into(SUBJECT_FIELD, SUBJECT).await?;
    browser.inspect("pwa-7-opened").await?;
    browser.click(SEND).await?;
    browser.wait_for(Find::Text("We have it.")).await?;
    ensure!(tickets(&browser, &server, SUBJECT).await? == 1);
    nothing_waits(&browser).await?;
    browser.wait_gone(OUTBOX).await?;

    // What is too large for the device is not taken, and stays where it is.
    browser.goto(&server.at("/tickets/new")).await?;
    network(&browser, false).await?;
    write(&browser, SUBJECT).await?;
    let large = "const files = new DataTransfer();
        files.items.add(new File([new Uint8Array(26 * 1024 * 1024)], 'film.mp4'));
        document.querySelector('[name=files]').files = files.files;";
    browser.run(large, vec![]).await?;
    browser.click(SEND).await?;
    browser.wait_for(Find::Text("Too large to be kept on this device")).await?;
    let typed = browser.run("return document.querySelector('[name=subject]').value", vec![]).await?;
    ensure!(typed == SUBJECT, "{typed}");
    ensure!(waiting(&browser).await? == 0);
    network(&browser, true).await?;
    noted(&browser, "net::ERR_").await?;

    // Discarding takes two presses.
    browser.goto(&server.at("/tickets/new")).await?;
    refused(&browser).await?;
    browser.click(Find::Control("Discard")).await?;
    browser.click(Find::Control("Discard for good")).await?;
    browser.wait_gone(OUTBOX).await?;
    nothing_waits(&browser).await?;

    // Signing out says what it forgets, and forgets it.
    refused(&browser).await?;
    browser.goto(&server.at("/me")).await?;
    browser.wait_for(OUTBOX).await?;
    browser.click(Find::Control("Sign out")).await?;
    browser.wait_for(Find::Text("One message is not sent yet")).await?;
    browser.inspect("pwa-8-sign-out").await?;
    browser.click(Find::Control("Stay signed in")).await?;
    ensure!(waiting(&browser).await? == 1);
    browser.click(Find::Control("Sign out")).await?;
    browser.click(Find::Control("Sign out and discard")).await?;
    browser.wait_for_path("/sign-in").await?;
    ensure!(waiting(&browser).await? == 0);
    nothing_is_left(&browser).await
}

/// Neither drafts nor names, neither files nor a worker.
async fn nothing_is_left(browser: &Browser) -> anyhow::Result<()> {
    let left = "return Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()])
        .then(([names, workers]) => [localStorage.length, names.length, workers.length])";
    let left = browser.run(left, vec![]).await?;
    ensure!(left == json!([0, 0, 0]), "{left}");
    Ok(())
}

#[tokio::test]
async fn signing_out_everywhere_forgets_here_too() -> anyhow::Result<()> {
    let server = demo()?;
    for screen in Screen::ALL {
        // On two devices, so that there is an everywhere.
        signed_in(&server, screen, Scheme::Light).await?;
        let browser = signed_in(&server, screen, Scheme::Light).await?;
        browser.goto(&server.at("/me")).await?;
        let cached = "return fetch('/me', { cache: 'only-if-cached', mode: 'same-origin' }).then((it) => it.ok, () => false)";
        ensure!(browser.run(cached, vec![]).await? == true);
        browser.click(Find::Control("Sign out everywhere")).await?;
        browser.wait_for_path("/sign-in").await?;
        nothing_is_left(&browser).await?;
        ensure!(browser.run(cached, vec![]).await? == false, "the browser has the page still");
        // Nor does the way back through the history show what was there.
        browser.back().await?;
        browser.wait_for_path("/sign-in").await?;
        ensure!(!browser.shows(Find::Control("Sign out everywhere")).await?);
        ensure!(
            browser.run("return document.querySelector('meta[name=person]') === null", vec![]).await? == true
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_is_refused_is_mended_and_signing_out_forgets_on_a_desktop() -> anyhow::Result<()> {
    mended_or_forgotten(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn what_is_refused_is_mended_and_signing_out_forgets_on_a_phone() -> anyhow::Result<()> {
    mended_or_forgotten(Screen::Phone, Scheme::Dark).await
}

#[tokio::test]
async fn what_a_device_caches_is_nobodys() -> anyhow::Result<()> {
    let server = demo()?;
    let browser = signed_in(&server, Screen::Phone, Scheme::Light).await?;
    for page in ["/", "/tickets", "/knowledge/KB-1", "/me", "/tickets/new"] {
        browser.goto(&server.at(page)).await?;
    }
    let cached = "return caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name))))
        .then((all) => Promise.all(all.map(async (cache) =>
            Promise.all((await cache.keys()).map(async (request) =>
                [new URL(request.url).pathname, await (await cache.match(request)).text()])))))";
    let cached = browser.run(cached, vec![]).await?;
    let files = cached[0].as_array().context("one cache")?;
    ensure!(cached.as_array().is_some_and(|all| all.len() == 1) && files.len() == 10, "{}", files.len());
    let name = browser.run("return document.querySelector('meta[name=person]').content", vec![]).await?;
    for file in files {
        let (path, text) = (file[0].as_str().unwrap_or_default(), file[1].as_str().unwrap_or_default());
        ensure!(path.starts_with("/assets/") || path.starts_with("/offline/"), "{path}");
        ensure!(!text.contains(name.as_str().context("a person")?), "{path} names somebody");
        ensure!(!text.contains("name=\"csrf\""), "{path} has somebody's token");
    }
    Ok(())
}

const HELD: &str = "const real = window.fetch;
    window.fetch = async (address, options) => {
        if (options?.method !== 'POST' || !String(address).endsWith(arguments[0])) return real(address, options);
        const failed = await new Promise((resolve) => { window.letGo = resolve; });
        if (failed) throw new TypeError('lost on the way');
        return real(address, options);
    };";

/// What a field holds.
async fn typed(browser: &Browser, selector: &str) -> anyhow::Result<String> {
    let value =
        browser.run("return document.querySelector(arguments[0]).value", vec![selector.into()]).await?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

async fn opening_loses_nothing(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    const CHAIR: &str = "The chair at the desk is broken";
    const MENDED: &str = "The infusion pump on ward 4 beeps";
    let server = demo()?;
    let browser = signed_in(&server, screen, scheme).await?;
    without_background_sync(&browser, &server).await?;
    let photo = server.data().join("chair.txt");
    std::fs::write(&photo, "crack")?;
    network(&browser, false).await?;
    write(&browser, SUBJECT).await?;
    browser.click(SEND).await?;
    browser.wait_for(KEPT).await?;

    // Another one stands in the form, with a file, when the first is opened: it waits beside it.
    write(&browser, CHAIR).await?;
    browser.type_into(Find::Css("[name=files]"), photo.to_str().context("a path in UTF-8")?).await?;
    browser.click(Find::Css("#outbox li:first-child a")).await?;
    browser.wait_for(Find::Text("New ticket with 1 file")).await?;
    browser.wait_for(Find::Text("2 messages were not sent.")).await?;
    ensure!(typed(&browser, "[name=subject]").await? == SUBJECT);
    ensure!(typed(&browser, "[name=files]").await?.is_empty(), "the file is not the first one's");
    ensure!(browser.text(OUTBOX).await?.contains(CHAIR));
    sound(&browser, "pwa-9-beside").await?;

    // So do the changes of the first, when the other is opened again.
    browser.type_into(SUBJECT_FIELD, MENDED).await?;
    browser.click(Find::Css("#outbox li:last-child a")).await?;
    browser.wait_for(Find::Text(MENDED)).await?;
    ensure!(typed(&browser, "[name=subject]").await? == CHAIR);
    ensure!(typed(&browser, "[name=files]").await?.ends_with("chair.txt"));
    ensure!(waiting(&browser).await? == 2);
    // Opened once more, it stays as it was changed.
    browser.type_into(SUBJECT_FIELD, "The chair is broken").await?;
    browser.click(Find::Css("#outbox li:last-child a")).await?;
    ensure!(typed(&browser, "[name=subject]").await? == "The chair is broken");
    noted(&browser, "net::ERR_").await?;

    network(&browser, true).await?;
    browser.click(SEND).await?;
    browser.wait_for(Find::Text("We have it.")).await?;
    browser.wait_for(OUTBOX).await?;
    browser.wait_for(Find::Text("One message was not sent.")).await?;
    browser.click(Find::Css("#outbox li button")).await?;
    nothing_waits(&browser).await?;
    noted(&browser, "net::ERR_").await?;
    for (subject, count) in [("The chair is broken", 1), (CHAIR, 0), (MENDED, 1), (SUBJECT, 0)] {
        ensure!(tickets(&browser, &server, subject).await? == count, "{subject}");
    }
    Ok(())
}

#[tokio::test]
async fn opening_what_waits_loses_nothing_on_a_desktop() -> anyhow::Result<()> {
    opening_loses_nothing(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn opening_what_waits_loses_nothing_on_a_phone() -> anyhow::Result<()> {
    opening_loses_nothing(Screen::Phone, Scheme::Dark).await
}

#[tokio::test]
async fn signing_out_asks_for_what_somebody_else_wrote_too() -> anyhow::Result<()> {
    let mut server = demo()?;
    let cast = Cast::of(&server)?;
    for screen in Screen::ALL {
        let browser = signed_in(&server, screen, Scheme::Dark).await?;
        server.kill()?;
        write(&browser, SUBJECT).await?;
        browser.click(SEND).await?;
        browser.wait_for(KEPT).await?;
        browser.goto("about:blank").await?;
        server.start_again_in_place()?;
        browser.cdp("Network.clearBrowserCookies", json!({})).await?;
        browser.goto(&cast.link("finance")?).await?;
        browser.goto(&server.at("/me")).await?;
        ensure!(browser.run(LOOKED, vec![]).await? == true);
        browser.complaints().await?;
        browser.click(Find::Control("Sign out")).await?;
        browser.wait_for(Find::Text("Somebody else's message waits here; it is lost if you go on.")).await?;
        let page = browser.run("return document.body.textContent", vec![]).await?;
        ensure!(!page.as_str().context("no text")?.contains(SUBJECT), "nobody reads what another wrote");
        browser.inspect("pwa-10-somebody-else").await?;
        browser.click(Find::Control("Stay signed in")).await?;
        ensure!(waiting(&browser).await? == 1);
        browser.click(Find::Control("Sign out")).await?;
        browser.click(Find::Control("Sign out and discard")).await?;
        browser.wait_for_path("/sign-in").await?;
        ensure!(waiting(&browser).await? == 0);
    }
    Ok(())
}

async fn typed_meanwhile(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    const NEXT: &str = "And where is the form for it?";
    let server = demo()?;
    let browser = signed_in(&server, screen, scheme).await?;
    without_background_sync(&browser, &server).await?;
    let chat = Find::Css("#chat-body");
    browser.goto(&server.at("/chat")).await?;
    browser.run(HELD, vec!["/chat".into()]).await?;
    browser.type_into(chat, "How do I connect to the VPN from home?").await?;
    browser.click(Find::Css("#chat-send")).await?;
    browser.wait_for(Find::Text("Sending…")).await?;
    browser.inspect("pwa-11-sending").await?;
    browser.type_into(chat, NEXT).await?;
    browser.run("window.letGo(false)", vec![]).await?;
    browser.wait_for(Find::Text("How do I connect to the VPN from home?")).await?;
    ensure!(typed(&browser, "#chat-body").await? == NEXT, "what was typed meanwhile stands in the new form");
    browser.reload().await?;
    ensure!(typed(&browser, "#chat-body").await? == NEXT, "and is a draft");
    // What was not changed meanwhile has gone, lines and all.
    let lines = "const area = document.querySelector('#chat-body');
        area.value = 'My screen is dark.\\nWhat now?';
        area.dispatchEvent(new Event('input', { bubbles: true }));";
    browser.run(lines, vec![]).await?;
    browser.click(Find::Css("#chat-send")).await?;
    browser.wait_for(Find::Text("What now?")).await?;
    ensure!(typed(&browser, "#chat-body").await?.is_empty());
    browser.reload().await?;
    ensure!(typed(&browser, "#chat-body").await?.is_empty());

    // A form that is kept because nobody answers.
    browser.goto(&server.at("/tickets/new")).await?;
    browser.run(HELD, vec!["/tickets".into()]).await?;
    write(&browser, SUBJECT).await?;
    browser.click(SEND).await?;
    browser.wait_for(Find::Text("Sending…")).await?;
    network(&browser, false).await?;
    browser.type_into(SUBJECT_FIELD, "The chair at the desk is broken").await?;
    browser.run("window.letGo(true)", vec![]).await?;
    browser.wait_for(KEPT).await?;
    ensure!(browser.text(OUTBOX).await?.contains(SUBJECT));
    ensure!(typed(&browser, "[name=subject]").await? == "The chair at the desk is broken");
    ensure!(typed(&browser, "[name=description]").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_typed_while_an_answer_is_on_its_way_stays_on_a_desktop() -> anyhow::Result<()> {
    typed_meanwhile(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn what_is_typed_while_an_answer_is_on_its_way_stays_on_a_phone() -> anyhow::Result<()> {
    typed_meanwhile(Screen::Phone, Scheme::Light).await
}

#[tokio::test]
async fn what_cannot_be_sent_keeps_nothing_else_from_being_sent() -> anyhow::Result<()> {
    const CHAIR: &str = "The chair at the desk is broken";
    let server = demo()?;
    for screen in Screen::ALL {
        let browser = signed_in(&server, screen, Scheme::Light).await?;
        without_background_sync(&browser, &server).await?;
        network(&browser, false).await?;
        let [first, second] = [SUBJECT, CHAIR].map(|subject| format!("{subject} on a {screen:?}"));
        write(&browser, &first).await?;
        browser.click(SEND).await?;
        browser.wait_for(KEPT).await?;
        write(&browser, &second).await?;
        browser.click(SEND).await?;
        browser.wait_for(Find::Text("2 messages are kept on this device.")).await?;
        let refuses = "const real = window.fetch;
            window.fetch = async (address, options) => {
                const body = options?.method === 'POST' && options.body;
                if (body instanceof FormData && body.get('subject') === arguments[0])
                    throw new TypeError('a file is gone');
                return real(address, options);
            };";
        browser.run(refuses, vec![first.as_str().into()]).await?;
        network(&browser, true).await?;
        browser.wait_for(Find::Text("Sent: New ticket.")).await?;
        browser.wait_for(KEPT).await?;
        ensure!(waiting(&browser).await? == 1);
        noted(&browser, "net::ERR_").await?;
        // It can be discarded meanwhile.
        browser.click(Find::Control("Discard")).await?;
        browser.click(Find::Control("Discard for good")).await?;
        nothing_waits(&browser).await?;
        ensure!(tickets(&browser, &server, &second).await? == 1);
        ensure!(tickets(&browser, &server, &first).await? == 0);
    }
    Ok(())
}
