//! Signed out elsewhere while composing: the page stays and says so, and the text is there when one is back.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, send_reply};

const COMPOSER: Find<'_> = Find::Css("#composer-body");
const WORDS: &str = "I have ordered a new one; it comes on Friday.";

async fn typed(browser: &Browser) -> anyhow::Result<String> {
    let value = browser.run("return document.getElementById('composer-body').value", vec![]).await?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

async fn nothing_is_lost(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/q/open")).await?;
    tim.click(Find::Css("#list [data-row]")).await?;
    tim.wait_for(COMPOSER).await?;
    tim.type_into(COMPOSER, WORDS).await?;
    tim.wait_for(Find::Text("Draft saved at the desk")).await?;

    // What another tab of this browser does.
    let signed_out = "const token = document.querySelector('input[name=csrf]').value;
        return fetch('/sign-out', { method: 'POST', body: new URLSearchParams({ csrf: token }) }).then((r) => r.ok);";
    ensure!(tim.run(signed_out, vec![]).await? == true, "signed out");

    // The page may have noticed by itself already, and lie behind what it says.
    tim.run("document.querySelector('#composer .if-reply [value=send]').click()", vec![]).await?;
    tim.run("document.querySelector('[data-send-now]').click()", vec![]).await?;
    tim.wait_for(Find::Text("You are signed out")).await?;
    ensure!(typed(&tim).await? == WORDS, "the text is still there");
    tim.inspect("signed-out").await?;
    // A wrong password says so where it was typed.
    tim.type_into(Find::Css("#signed-out [name=email]"), &cast.email("agent_exclusive")?).await?;
    tim.type_into(Find::Css("#signed-out [name=password]"), "not the one").await?;
    tim.click(Find::Css("#signed-out form button.main")).await?;
    tim.wait_for(Find::Css("#signed-out [aria-invalid=true], #signed-out [role=alert]")).await?;
    let noted = tim.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("40") || line.contains("42")), "{noted:?}");

    // Back by a link in another tab, under the same name.
    let link = cast.link("agent_exclusive")?;
    let back = "return fetch(arguments[0]).then((response) => response.ok);";
    ensure!(tim.run(back, vec![link.into()]).await? == true, "signed in");
    tim.click(Find::Control("I have signed in elsewhere")).await?;
    tim.wait_for(Find::Text("You are signed in again.")).await?;
    ensure!(typed(&tim).await? == WORDS, "the text is there");
    send_reply(&tim).await?;
    tim.wait_for(Find::Css("#timeline .card")).await?;
    tim.wait_for(Find::Text(WORDS)).await?;
    ensure!(typed(&tim).await?.is_empty(), "sent once");
    Ok(())
}

#[tokio::test]
async fn who_was_signed_out_while_composing_loses_no_word_on_a_desktop() -> anyhow::Result<()> {
    nothing_is_lost(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn who_was_signed_out_while_composing_loses_no_word_on_a_phone() -> anyhow::Result<()> {
    nothing_is_lost(Screen::Phone, Scheme::Dark).await
}
