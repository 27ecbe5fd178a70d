//! The conversation with the bot beside any page: by keyboard, with what is known to be out of order, and with people.

use anyhow::ensure;
use serde_json::{Value, json};
use test_support::{Browser, Find, Key, Scheme, Screen};

use crate::story::{Cast, demo, path};

const PANEL: Find<'_> = Find::Css("#ask-panel[open]");
const ASK: Find<'_> = Find::Css("#ask-panel #chat-body");
const MAIL: &str = "Mail to addresses outside the group arrives late";

/// What opens it on this screen.
fn opener(screen: Screen) -> &'static str {
    match screen {
        Screen::Desktop => ".ask-open a",
        Screen::Phone => ".tabbar a[data-ask]",
    }
}

async fn text_of(browser: &Browser, script: &str) -> anyhow::Result<String> {
    Ok(browser
        .run(&format!("return String({script})"), vec![])
        .await?
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

/// Waits until the focus is where the selector says.
async fn focused(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    browser.wait_for(Find::Css(&format!("{selector}:focus"))).await.map(drop)
}

async fn beside_the_page(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&cast.link("requester")?).await?;
    anna.goto(&server.at("/tickets")).await?;
    let asked = "performance.getEntriesByType('resource').filter((it) => it.name.endsWith('/chat')).length";
    ensure!(text_of(&anna, asked).await? == "0", "nothing of it is loaded before it is opened");

    // By keyboard: Enter opens it and the field has the focus, Escape shuts it and the focus is back.
    let opener = opener(screen);
    anna.run(&format!("document.querySelector('{opener}').focus()"), vec![]).await?;
    anna.press(&Key::Enter).await?;
    anna.wait_for(PANEL).await?;
    focused(&anna, "#chat-body").await?;
    ensure!(path(&anna).await? == "/tickets", "the page stays");
    anna.inspect("panel-1-open").await?;
    anna.press("mail to addresses outside").await?;
    anna.press(&Key::Escape).await?;
    anna.wait_gone(PANEL).await?;
    focused(&anna, opener).await?;
    ensure!(text_of(&anna, asked).await? == "1");

    // On the next page it is there again with what was typed, which the browser kept.
    anna.goto(&server.at("/")).await?;
    anna.click(Find::Css(opener)).await?;
    anna.wait_for(Find::Text("Your draft is back")).await?;
    focused(&anna, "#chat-body").await?;
    anna.press(" the group arrives late").await?;
    anna.press(&(Key::Control + &Key::Enter)).await?;
    anna.wait_for(Find::Text("This may be a known outage")).await?;
    let told = text_of(&anna, "document.querySelector('#ask-panel #talk').textContent").await?;
    ensure!(told.contains(MAIL) && told.contains("Expected to be over by"), "{told}");
    anna.inspect("panel-2-outage").await?;
    anna.click(Find::Css("#ask-panel .told-outage button")).await?;
    anna.wait_for(Find::Css("#ask-panel .told-outage .chip")).await?;
    anna.wait_for(Find::Css("#outages .chip")).await?;
    ensure!(path(&anna).await? == "/", "the page stays");
    ensure!(text_of(&anna, "document.activeElement.textContent").await? == "Not me after all");
    anna.inspect("panel-3-me-too").await?;

    // People take it over in the panel, and answer in it without a reload.
    anna.type_into(ASK, "the parrot of my neighbour is ill").await?;
    anna.click(Find::Css("#ask-panel #chat-send")).await?;
    anna.wait_for(Find::Text("I have nothing written down about that.")).await?;
    anna.click(Find::Control("Send it to the service desk")).await?;
    anna.wait_for(Find::Css("#ask-panel #talk .event a")).await?;
    let number = text_of(&anna, "document.querySelector('#talk .event a').textContent").await?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at(&format!("/desk/t/{number}"))).await?;
    tim.type_into(Find::Css("#composer-body"), "A vet helps with parrots.").await?;
    tim.click(Find::Css("#composer [value=send]")).await?;
    anna.wait_for(Find::Text("A vet helps with parrots.")).await?;
    anna.inspect("panel-4-person").await?;
    anna.type_into(ASK, "Thank you, Tim").await?;
    anna.click(Find::Css("#ask-panel #chat-send")).await?;
    tim.wait_for(Find::Text("Thank you, Tim")).await?;

    // Beside the ticket itself, which has a field of its own, each sends what was typed in it.
    anna.goto(&server.at(&format!("/tickets/{number}"))).await?;
    anna.type_into(Find::Css("#composer-body"), "Words for the page").await?;
    anna.click(Find::Css(opener)).await?;
    anna.type_into(ASK, "Words for the panel").await?;
    let twice = "const ids = [...document.querySelectorAll('[id]')].map((it) => it.id);
        return ids.filter((id, nth) => ids.indexOf(id) !== nth)";
    ensure!(anna.run(twice, vec![]).await? == json!([]), "no name is given twice");
    anna.press(&(Key::Control + &Key::Enter)).await?;
    tim.wait_for(Find::Text("Words for the panel")).await?;
    ensure!(text_of(&anna, "document.querySelector('#composer-body').value").await? == "Words for the page");
    anna.wait_for(Find::Text("Words for the panel")).await?;
    let seen = "const box = document.querySelector('#ask-panel #chat-body').getBoundingClientRect();
        return document.elementFromPoint(box.left + 9, box.top + 9)?.id ?? ''";
    let seen = anna.run(seen, vec![]).await?;
    ensure!(seen == "chat-body", "the field is seen where it is: {seen}");
    let last = "const place = document.querySelector('.ask-place'), box = place.getBoundingClientRect();
        const last = place.querySelector('#talk').lastElementChild.getBoundingClientRect();
        return last.top >= box.top && last.top < box.bottom";
    let last = anna.run(last, vec![]).await?;
    ensure!(last == true, "what was said last is seen");
    anna.inspect("panel-5-ticket").await?;

    // What is wrong with one is said by that one, under a name of its own, and leads to its field.
    anna.run("document.querySelector('#main').insertAdjacentHTML('beforeend', '<p id=errors>x</p>')", vec![])
        .await?;
    anna.type_into(ASK, "   ").await?;
    anna.click(Find::Css("#ask-panel #chat-send")).await?;
    anna.wait_for(Find::Css("#ask-panel #chat-errors:focus")).await?;
    ensure!(anna.run(twice, vec![]).await? == json!([]), "no name is given twice");
    anna.run("document.querySelector('#errors').remove()", vec![]).await?;
    // The browser notes the status of the answer.
    let noted = anna.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    anna.inspect("panel-6-wrong").await?;
    anna.click(Find::Css("#chat-errors a[href='#chat-body']")).await?;
    focused(&anna, "#chat-body").await?;
    anna.click(Find::Css("#ask-panel .ask-head button")).await?;
    anna.wait_gone(PANEL).await?;
    focused(&anna, opener).await
}

/// While it lies over the page, nothing behind it has the focus; and Escape shuts it from wherever that does not mean something
/// else.
async fn nothing_behind_it(screen: Screen) -> anyhow::Result<()> {
    let server = demo()?;
    let anna = Browser::open(screen, Scheme::Light).await?;
    anna.goto(&Cast::of(&server)?.link("requester")?).await?;
    anna.goto(&server.at("/tickets/new")).await?;
    let opener = opener(screen);
    anna.click(Find::Css(opener)).await?;
    focused(&anna, "#chat-body").await?;
    let inert = "return ['header', 'main'].filter((it) => document.querySelector('.employee > ' + it).inert)";
    let behind = if screen == Screen::Phone { json!(["header", "main"]) } else { json!([]) };
    ensure!(anna.run(inert, vec![]).await? == behind, "while it is open");
    let title = "document.querySelector('.employee [name=subject]')";
    if screen == Screen::Desktop {
        // Where something is typed the key is for that.
        anna.run(&format!("{title}.focus()"), vec![]).await?;
        anna.press(&Key::Escape).await?;
        ensure!(anna.shows(PANEL).await?, "it is still open");
        anna.run("document.querySelector('.employee > header a').focus()", vec![]).await?;
    } else {
        // All the way round by keyboard, what has the focus is seen.
        for _ in 0..20 {
            anna.press(&Key::Tab).await?;
            let behind = "return Boolean(document.activeElement.closest('.employee > :is(header, main)'))";
            ensure!(anna.run(behind, vec![]).await? == false, "the focus is behind it");
        }
        anna.run("document.querySelector('.tabbar a[href=\"/tickets\"]').focus()", vec![]).await?;
    }
    anna.press(&Key::Escape).await?;
    anna.wait_gone(PANEL).await?;
    focused(&anna, opener).await?;
    ensure!(anna.run(inert, vec![]).await? == json!([]), "and not afterwards");
    anna.run(&format!("{title}.focus()"), vec![]).await?;
    focused(&anna, "[name=subject]").await
}

/// What opens it lies over nothing, wherever the page is scrolled to; and it is there on every page but its own.
async fn over_nothing(screen: Screen) -> anyhow::Result<()> {
    let server = demo()?;
    let anna = Browser::open(screen, Scheme::Light).await?;
    anna.goto(&Cast::of(&server)?.link("requester")?).await?;
    for page in ["/", "/knowledge", "/knowledge/KB-1", "/tickets", "/tickets/new", "/outages", "/me"] {
        anna.goto(&server.at(page)).await?;
        anna.wait_for(Find::Css(opener(screen))).await?;
        let covered = "const box = document.querySelector(arguments[0]).getBoundingClientRect();
            const crosses = (it) => it.right > box.left && it.left < box.right && it.bottom > box.top && it.top < box.bottom;
            scrollTo(0, document.documentElement.scrollHeight);
            const own = (it) => it.closest('.ask-open, .tabbar');
            return [...document.querySelectorAll('main a, main button, main textarea, main input, .tabbar a')]
                .filter((it) => !own(it) && it.checkVisibility() && crosses(it.getBoundingClientRect()))
                .map((it) => it.outerHTML)";
        let covered = anna.run(covered, vec![opener(screen).into()]).await?;
        ensure!(covered == json!([]), "on {page}: {covered}");
    }
    if screen == Screen::Desktop {
        // Nor over the edge of what is read, where the page is hardly wider than that.
        anna.goto(&server.at("/knowledge/KB-1")).await?;
        for width in [641, 700, 750, 800] {
            let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
            anna.cdp("Emulation.setDeviceMetricsOverride", size).await?;
            let room = "const main = document.querySelector('main');
                const edge = main.getBoundingClientRect().right - parseFloat(getComputedStyle(main).paddingRight);
                return [innerWidth, document.querySelector('.ask-open a').getBoundingClientRect().left - edge]";
            let room = anna.run(room, vec![]).await?;
            ensure!(
                room[0] == width && room[1].as_f64().is_some_and(|room| room > 6.0),
                "at {width}: {room}"
            );
        }
    }
    anna.goto(&server.at("/chat")).await?;
    ensure!(anna.run("return document.querySelectorAll('a[data-ask]').length", vec![]).await? == 0);
    Ok(())
}

async fn without_script(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&Cast::of(&server)?.link("requester")?).await?;
    // What looks at the page is script too: only the page's own does not come.
    anna.cdp("Network.enable", json!({})).await?;
    anna.cdp("Network.setBlockedURLs", json!({ "urls": ["*/assets/freehold.*.js"] })).await?;
    anna.goto(&server.at("/tickets")).await?;
    ensure!(
        anna.run("return document.querySelectorAll('[aria-expanded]').length", vec![]).await? == 0,
        "it runs"
    );
    anna.click(Find::Css(opener(screen))).await?;
    anna.wait_for_path("/chat").await?;
    anna.type_into(Find::Css("#chat-body"), "is something down?").await?;
    anna.click(Find::Css("#chat-send")).await?;
    anna.wait_for(Find::Text("One outage is known right now")).await?;
    anna.click(Find::Css(".told-outage button")).await?;
    anna.wait_for(Find::Text("You hear when it is over")).await?;
    anna.wait_for_path("/chat").await
}

/// Signed out elsewhere, one is asked to sign in, and the page stays.
#[tokio::test]
async fn opened_when_signed_out_it_asks_to_sign_in_and_the_page_stays() -> anyhow::Result<()> {
    let server = demo()?;
    let anna = Browser::open(Screen::Desktop, Scheme::Light).await?;
    anna.goto(&Cast::of(&server)?.link("requester")?).await?;
    anna.goto(&server.at("/tickets/new")).await?;
    anna.type_into(Find::Css("[name=subject]"), "The kettle leaks").await?;
    let signed_out = "const token = document.querySelector('input[name=csrf]').value;
        return fetch('/sign-out', { method: 'POST', body: new URLSearchParams({ csrf: token }) }).then((r) => r.ok);";
    ensure!(anna.run(signed_out, vec![]).await? == Value::Bool(true), "signed out");
    anna.run("document.querySelector('.ask-open a').click()", vec![]).await?;
    anna.wait_for(Find::Text("You are signed out")).await?;
    ensure!(path(&anna).await? == "/tickets/new");
    ensure!(text_of(&anna, "document.querySelector('[name=subject]').value").await? == "The kettle leaks");
    Ok(())
}

#[tokio::test]
async fn the_bot_is_beside_every_page_on_a_desktop() -> anyhow::Result<()> {
    beside_the_page(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn the_bot_is_beside_every_page_on_a_phone() -> anyhow::Result<()> {
    beside_the_page(Screen::Phone, Scheme::Dark).await
}

#[tokio::test]
async fn nothing_behind_the_bot_has_the_focus_on_a_desktop() -> anyhow::Result<()> {
    nothing_behind_it(Screen::Desktop).await
}

#[tokio::test]
async fn nothing_behind_the_bot_has_the_focus_on_a_phone() -> anyhow::Result<()> {
    nothing_behind_it(Screen::Phone).await
}

#[tokio::test]
async fn what_opens_the_bot_covers_nothing() -> anyhow::Result<()> {
    over_nothing(Screen::Desktop).await?;
    over_nothing(Screen::Phone).await
}

#[tokio::test]
async fn without_script_the_bot_is_a_page_on_a_desktop() -> anyhow::Result<()> {
    without_script(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn without_script_the_bot_is_a_page_on_a_phone() -> anyhow::Result<()> {
    without_script(Screen::Phone, Scheme::Light).await
}
