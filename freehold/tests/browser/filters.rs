//! A list of tickets that somebody puts together, and its link in somebody else's hands.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo};

#[tokio::test]
async fn a_filtered_list_is_a_link_that_shows_the_same_to_somebody_else() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let desk = Browser::open(Screen::Desktop, Scheme::Light).await?;
    desk.goto(&cast.link("agent_exclusive")?).await?;
    desk.goto(&server.at("/desk/q/open")).await?;
    desk.click(Find::Control("Filter")).await?;
    desk.wait_for(Find::Css("#filter summary")).await?;
    desk.click(Find::Css("#filter summary")).await?;
    desk.wait_for(Find::Css("[name=state]")).await?;
    desk.inspect("filters-1-form").await?;
    for (name, value) in [("state", "any"), ("kind", "incident"), ("sort", "newest")] {
        let choose = format!("document.querySelector('.filter-form [name={name}]').value = '{value}'");
        desk.run(&choose, Vec::new()).await?;
    }
    desk.click(Find::Control("Show")).await?;
    desk.wait_for(Find::Text("Any state")).await?;
    let link = desk.address().await?;
    ensure!(link.query() == Some("state=any&kind=incident&sort=newest"), "the shortest address: {link}");
    desk.inspect("filters-2-chips").await?;

    // The list stays beside the ticket, and the way back leads to it.
    desk.click(Find::Css(".row a[data-row]")).await?;
    desk.wait_for(Find::Css("#ticket")).await?;
    let back = "return document.querySelector('.back-to-list').getAttribute('href')";
    let back = desk.run(back, Vec::new()).await?;
    ensure!(back == "/desk/q/all?state=any&kind=incident&sort=newest", "{back}");
    ensure!(desk.text(Find::Css("#list")).await?.contains("INC-"), "the list is beside it");
    desk.inspect("filters-3-ticket").await?;

    // The next page begins where this one ends.
    desk.goto(link.as_str()).await?;
    desk.wait_for(Find::Css("a[rel=next]")).await?;
    let numbers =
        "return [...document.querySelectorAll('.row-number')].map((it) => it.textContent).join(' ')";
    let first = desk.run(numbers, Vec::new()).await?;
    desk.click(Find::Css("a[rel=next]")).await?;
    desk.wait_for(Find::Css("a[rel=prev]")).await?;
    let second = desk.run(numbers, Vec::new()).await?;
    let (first, second) = (first.as_str().unwrap_or_default(), second.as_str().unwrap_or_default());
    ensure!(first.split(' ').count() == 50 && !second.is_empty(), "{first} / {second}");
    ensure!(second.split(' ').all(|number| !first.split(' ').any(|it| it == number)), "{first} / {second}");

    let other = Browser::open(Screen::Phone, Scheme::Dark).await?;
    other.goto(&cast.link("agent_concurrent")?).await?;
    other.goto(link.as_str()).await?;
    other.wait_for(Find::Css("a[rel=next]")).await?;
    let seen = other.run(numbers, Vec::new()).await?;
    ensure!(seen == first, "{seen} is not {first}");
    other.inspect("filters-4-phone").await?;
    // Without a chip, without its part.
    other.click(Find::Css("[aria-label='Remove filter Kind: incident']")).await?;
    other.wait_gone(Find::Css("[aria-label='Remove filter Kind: incident']")).await?;
    let shorter = other.address().await?;
    ensure!(shorter.query() == Some("state=any&sort=newest"), "{shorter}");
    other.click(Find::Css("#filter summary")).await?;
    other.wait_for(Find::Css("[name=state]")).await?;
    other.inspect("filters-5-phone-form").await?;

    other.goto(&server.at("/desk/q/all?category=Nowhere&age=3660")).await?;
    other.wait_for(Find::Text("No ticket is like this")).await?;
    other.inspect("filters-6-empty").await?;
    Ok(())
}
