//! What is written down: found while typing, quoted by the bot, written from a ticket; and behind the bot, people.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, path};

const SEND: Find<'_> = Find::Css("#chat-composer [data-key=send]");
const ASK: Find<'_> = Find::Css("#chat-body");
const COMPOSER: Find<'_> = Find::Css("#composer-body");

async fn asked_and_handed_over(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&cast.link("requester")?).await?;
    anna.type_into(Find::Css("main [data-search]"), "vpn conect from hoem").await?;
    anna.wait_for(Find::Text("Connect to the VPN from home")).await?;
    anna.inspect("knowledge-1-found").await?;
    anna.click(Find::Text("Connect to the VPN from home")).await?;
    anna.click(Find::Control("Yes, it helped")).await?;
    anna.wait_for(Find::Text("You said that it helped")).await?;
    anna.inspect("knowledge-2-helped").await?;

    anna.goto(&server.at("/chat")).await?;
    anna.type_into(ASK, "my headset has no sound in teams").await?;
    anna.click(SEND).await?;
    anna.wait_for(Find::Text("This is what we have written down:")).await?;
    let focus = anna.run("return document.activeElement.id", vec![]).await?;
    ensure!(focus == "chat-send", "who pressed a button stays at it, not at {focus}");
    anna.inspect("knowledge-3-answer").await?;
    anna.type_into(ASK, "the parrot of my neighbour is ill").await?;
    anna.click(SEND).await?;
    anna.wait_for(Find::Text("I have nothing written down about that.")).await?;
    anna.click(Find::Control("Send it to the service desk")).await?;
    anna.wait_for(Find::Css("#talk .event a")).await?;
    let number = "return document.querySelector('#talk .event a').textContent";
    let number = anna.run(number, vec![]).await?;
    let number = number.as_str().unwrap_or_default().to_owned();
    ensure!(number.starts_with("INC-"), "{number}");
    anna.inspect("knowledge-4-handed-over").await?;

    // A person answers at the desk, and it stands in the same thread without a reload.
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at(&format!("/desk/t/{number}"))).await?;
    tim.type_into(COMPOSER, "A vet helps with parrots; the headset I bring by.").await?;
    tim.click(Find::Css("#composer [value=send]")).await?;
    anna.wait_for(Find::Text("the headset I bring by")).await?;
    anna.inspect("knowledge-5-person").await?;
    anna.type_into(ASK, "Thank you, Tim").await?;
    anna.click(SEND).await?;
    tim.wait_for(Find::Text("Thank you, Tim")).await?;
    Ok(())
}

async fn written_from_a_ticket(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/knowledge/new?ticket=INC-1")).await?;
    tim.run(
        "for (const name of ['title', 'body', 'asked']) document.querySelector(`[name=${name}]`).value = ''",
        vec![],
    )
    .await?;
    tim.type_into(Find::Css("[name=title]"), "The parrot cage squeaks").await?;
    tim.type_into(Find::Css("[name=body]"), "Oil the hinge.").await?;
    tim.type_into(Find::Css("[name=asked]"), "noise from the cage").await?;
    tim.click(Find::Control("Keep it as a draft")).await?;
    tim.wait_for(Find::Text("This is a draft: only technicians see it.")).await?;
    let at = path(&tim).await?;
    tim.inspect("knowledge-6-draft").await?;

    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&cast.link("requester")?).await?;
    anna.goto(&server.at("/knowledge?q=parrot%20cage")).await?;
    ensure!(!anna.text(Find::Css("main")).await?.contains("The parrot cage squeaks"), "a draft is found");

    tim.goto(&server.at(&format!("{at}/edit"))).await?;
    tim.click(Find::Control("Publish it")).await?;
    tim.wait_for(Find::Control("Retire it")).await?;
    anna.goto(&server.at("/knowledge?q=parrot%20cage")).await?;
    anna.wait_for(Find::Text("The parrot cage squeaks")).await?;
    Ok(())
}

#[tokio::test]
async fn the_bot_answers_and_hands_over_to_people_in_the_same_thread_on_a_desktop() -> anyhow::Result<()> {
    asked_and_handed_over(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn the_bot_answers_and_hands_over_to_people_in_the_same_thread_on_a_phone() -> anyhow::Result<()> {
    asked_and_handed_over(Screen::Phone, Scheme::Light).await
}

#[tokio::test]
async fn an_article_is_made_from_a_ticket_and_found_once_published_on_a_desktop() -> anyhow::Result<()> {
    written_from_a_ticket(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn an_article_is_made_from_a_ticket_and_found_once_published_on_a_phone() -> anyhow::Result<()> {
    written_from_a_ticket(Screen::Phone, Scheme::Dark).await
}
