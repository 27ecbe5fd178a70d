//! What it takes to get help: counted while somebody searches and asks, and read by whoever owns the service.

use anyhow::{Context as _, ensure};
use test_support::{Browser, Find, Scheme, Screen, Server};

use crate::story::{Cast, demo, path};

/// The numbers of the page before and after: "40 of 45 tickets raised on the portal are measured", "14 of 52 searches".
async fn numbers(owner: &Browser, server: &Server) -> anyhow::Result<[u64; 6]> {
    owner.goto(&server.at("/desk/effort")).await?;
    owner.wait_for(Find::Text("From landing to ticket")).await?;
    let script = "const text = [...document.querySelectorAll('main p')].map((p) => p.textContent).join('\\n'); \
                  return [/(\\d+) of (\\d+) tickets raised on the portal/, /(\\d+) of (\\d+) searches found nothing/, \
                          /(\\d+) of (\\d+) searches that found something/] \
                         .flatMap((sentence) => (text.match(sentence) ?? [0, 0, 0]).slice(1, 3).map(Number))";
    let numbers: Vec<u64> = serde_json::from_value(owner.run(script, vec![]).await?)?;
    numbers.try_into().ok().context("six numbers")
}

/// What is told while a page goes away is there soon after.
async fn counted(owner: &Browser, server: &Server, wanted: [u64; 6]) -> anyhow::Result<()> {
    let mut seen = [0; 6];
    for _ in 0..30 {
        seen = numbers(owner, server).await?;
        if seen == wanted {
            return Ok(());
        }
    }
    anyhow::bail!("the page says {seen:?} and should say {wanted:?}")
}

async fn measured(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let owner = Browser::open(screen, scheme).await?;
    owner.goto(&cast.link("admin")?).await?;
    let [measured, raised, nothing, searches, unopened, found] = numbers(&owner, &server).await?;
    ensure!(
        measured > 0 && raised > measured && nothing > 0,
        "the sample has figures: {measured} of {raised}, {nothing} of {searches}, {unopened} of {found}"
    );
    owner.inspect("effort-1-page").await?;

    // A search that finds nothing ends in a ticket.
    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&cast.link("requester")?).await?;
    anna.type_into(Find::Css("main [data-search]"), "quantum flux capacitor").await?;
    anna.wait_for(Find::Text("without your name, to those who write the answers")).await?;
    anna.inspect("effort-2-nothing-found").await?;
    anna.click(Find::Css("#answers .send")).await?;
    anna.wait_for(Find::Css("#raise")).await?;
    anna.type_into(Find::Css("[name=description]"), "It hums since this morning.").await?;
    let begun = "return Object.keys(localStorage).filter((key) => key.startsWith('freehold-begun:')).length";
    ensure!(anna.run(begun, vec![]).await? == 1, "that it was begun is known");
    anna.click(Find::Control("Send")).await?;
    anna.wait_for(Find::Text("It hums since this morning.")).await?;
    ensure!(path(&anna).await?.starts_with("/tickets/INC-"), "a ticket was raised");
    ensure!(anna.run(begun, vec![]).await? == 0, "what was sent is begun no more");
    let expected = [measured + 1, raised + 1, nothing + 1, searches + 1, unopened, found];
    counted(&owner, &server, expected).await?;

    // One that finds something and is opened, and one after which somebody leaves.
    anna.goto(&server.at("/knowledge")).await?;
    anna.type_into(Find::Css("main [data-search]"), "vpn from home").await?;
    anna.wait_for(Find::Css("#articles .send")).await?;
    anna.click(Find::Text("Connect to the VPN from home")).await?;
    anna.wait_for(Find::Text("Did this help?")).await?;
    anna.goto(&server.at("/")).await?;
    anna.type_into(Find::Css("main [data-search]"), "vpn from home").await?;
    anna.wait_for(Find::Text("Connect to the VPN from home")).await?;
    anna.goto(&server.at("/me")).await?;
    let expected = [measured + 1, raised + 1, nothing + 1, searches + 3, unopened + 1, found + 2];
    counted(&owner, &server, expected).await?;

    // The side bar leads to it, each figure to how it comes about, and the words to those who write the answers.
    owner.goto(&server.at("/knowledge/gaps")).await?;
    owner.wait_for(Find::Text("quantum flux capacitor")).await?;
    let sums = "const rows = [...document.querySelector('#searches table').rows].slice(1); \
                return [1, 2].map((n) => rows.reduce((sum, row) => sum + Number(row.cells[n].textContent), 0))";
    owner.goto(&server.at("/desk/effort")).await?;
    let sums: Vec<u64> = serde_json::from_value(owner.run(sums, vec![]).await?)?;
    ensure!(
        sums == [searches + 3, nothing + 1],
        "the table behind the chart has the sentence's sums: {sums:?}"
    );
    let links = "return [...document.querySelectorAll('.kpi a')].every((a) => document.querySelector(a.getAttribute('href')))";
    ensure!(owner.run(links, vec![]).await? == true, "each figure leads to its arithmetic");
    let side = "return [...document.querySelectorAll('a[href=\"/desk/effort\"]')].length";
    ensure!(owner.run(side, vec![]).await?.as_u64() > Some(0), "the side bar leads here");

    // Whoever works tickets and reads no reports has no such page.
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk")).await?;
    ensure!(tim.run(side, vec![]).await? == 0, "no link leads where nobody may go");
    // Whoever reads reports and works no tickets has it without a desk around it.
    let fay = Browser::open(screen, scheme).await?;
    fay.goto(&cast.link("finance")?).await?;
    fay.click(Find::Css("main a[href='/desk/effort']")).await?;
    fay.wait_for(Find::Text("From landing to ticket")).await?;
    fay.inspect("effort-3-finance").await?;
    Ok(())
}

#[tokio::test]
async fn what_it_takes_to_get_help_is_counted_and_read_with_its_arithmetic_on_a_desktop() -> anyhow::Result<()>
{
    measured(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn what_it_takes_to_get_help_is_counted_and_read_with_its_arithmetic_on_a_phone() -> anyhow::Result<()>
{
    measured(Screen::Phone, Scheme::Dark).await
}
