//! How somebody wants pages to look: chosen once, kept in the browser, the same in every room.

use anyhow::ensure;
use serde_json::Value;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo};

async fn look(browser: &Browser) -> anyhow::Result<Vec<String>> {
    let script =
        "const look = document.documentElement.dataset; return [look.theme, look.contrast, look.density]";
    let look = browser.run(script, vec![]).await?;
    Ok(look.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
}

async fn chosen(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&Cast::of(&server)?.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/me")).await?;
    ensure!(look(&tim).await? == ["system", "system", "comfortable"]);
    tim.inspect("look-1-choices").await?;
    tim.click(Find::Control("High contrast")).await?;
    tim.click(Find::Control("Compact")).await?;
    ensure!(look(&tim).await? == ["system", "high", "compact"], "at once");
    let pressed = "return [...document.querySelectorAll('.look [aria-pressed=true]:not([name=language])')].map((it) => it.value)";
    ensure!(tim.run(pressed, vec![]).await? == serde_json::json!(["system", "high", "compact"]));
    tim.inspect("look-2-chosen").await?;

    tim.goto(&server.at("/desk/q/open")).await?;
    ensure!(look(&tim).await? == ["system", "high", "compact"], "in the next room");
    tim.inspect("look-3-queue").await?;
    tim.click(Find::Css("#list [data-row]")).await?;
    tim.wait_for(Find::Css("#composer")).await?;
    tim.inspect("look-4-ticket").await?;

    // Without script the form leads back, changed; what nobody offers changes nothing.
    let posted = "return fetch('/theme', { method: 'POST', redirect: 'follow',
        body: new URLSearchParams({ contrast: 'system', density: '<b>', next: '/me' }) })
        .then((answer) => answer.text()).then((text) =>
            new DOMParser().parseFromString(text, 'text/html').documentElement.dataset.contrast)";
    ensure!(tim.run(posted, vec![]).await? == "system");
    tim.goto(&server.at("/me")).await?;
    ensure!(look(&tim).await? == ["system", "system", "comfortable"]);
    Ok(())
}

#[tokio::test]
async fn contrast_and_room_are_chosen_once_on_a_desktop() -> anyhow::Result<()> {
    chosen(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn contrast_and_room_are_chosen_once_on_a_phone() -> anyhow::Result<()> {
    chosen(Screen::Phone, Scheme::Dark).await
}

/// Whatever is wider than the page, and whatever begins on the wrong side of it.
const ASTRAY: &str = "const page = document.documentElement;
    const wide = page.scrollWidth > page.clientWidth ? [`the page is ${page.scrollWidth} wide`] : [];
    const list = document.querySelector('#list h1, main h1').getBoundingClientRect();
    return list.right < page.clientWidth / 2 ? [...wide, 'its title is on the left'] : wide";

async fn mirrored(screen: Screen, scheme: Scheme, name: &str) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let ann = Browser::open(screen, scheme).await?;
    for (role, address) in [
        ("requester", "/"),
        ("requester", "/tickets"),
        ("agent_exclusive", "/desk/q/open"),
        ("agent_exclusive", "/desk/t/INC-2?q=open"),
    ] {
        ann.goto(&cast.link(role)?).await?;
        ann.goto(&server.at(address)).await?;
        ann.run("document.documentElement.dir = 'rtl'", vec![]).await?;
        let astray = ann.run(ASTRAY, vec![]).await?;
        let at = address.trim_matches('/').replace(['/', '?', '='], "-");
        ann.inspect(&format!("look-5-mirrored-{at}-{name}")).await?;
        ensure!(astray == serde_json::json!([]), "{address}: {astray}");
    }
    Ok(())
}

#[tokio::test]
async fn pages_read_from_right_to_left_as_well_on_a_desktop() -> anyhow::Result<()> {
    mirrored(Screen::Desktop, Scheme::Light, "desktop").await
}

#[tokio::test]
async fn pages_read_from_right_to_left_as_well_on_a_phone() -> anyhow::Result<()> {
    mirrored(Screen::Phone, Scheme::Light, "phone").await
}
