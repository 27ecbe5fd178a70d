//! A contract as a licence manager writes it down on a phone: a slip that costs nothing typed, its order line, what is
//! owed for use above it.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo};

#[tokio::test]
async fn a_contract_is_written_down_bought_under_and_settled() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let phone = Browser::open(Screen::Phone, Scheme::Light).await?;
    phone.goto(&cast.link("licence_manager")?).await?;
    phone.goto(&server.at("/licences/contracts/new")).await?;
    phone.type_into(Find::Css("[name=number]"), "MHG-044").await?;
    phone.type_into(Find::Css("[name=vendor]"), "Northgate Software").await?;
    phone.type_into(Find::Css("[name=name]"), "More tokens").await?;
    phone.type_into(Find::Css("[name=currency]"), "Euro").await?;
    phone.click(Find::Control("Add the contract")).await?;
    phone.wait_for(Find::Css("#errors")).await?;
    let kept = phone.run("return document.querySelector('[name=name]').value", Vec::new()).await?;
    ensure!(kept == "More tokens", "what was typed is there: {kept}");
    // The browser itself notes that the form was refused; nothing else went wrong.
    let noted = phone.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    phone.inspect("contracts-1-refused").await?;

    phone.type_into(Find::Css("[name=currency]"), "EUR").await?;
    phone.click(Find::Control("Add the contract")).await?;
    phone.wait_for(Find::Text("Nothing was ordered under this contract yet.")).await?;
    phone.inspect("contracts-2-empty").await?;

    phone.click(Find::Control("Add an order line")).await?;
    phone.wait_for(Find::Css("[name=unit_price]")).await?;
    phone.type_into(Find::Css("[name=packs]"), "3").await?;
    phone.type_into(Find::Css("[name=pack_size]"), "5").await?;
    phone.type_into(Find::Css("[name=unit_price]"), "480.00").await?;
    phone.click(Find::Control("Add the line")).await?;
    phone.wait_for(Find::Text("EUR 7,200.00")).await?;
    phone.inspect("contracts-3-bought").await?;

    // Two seats more than were bought were given out before this line began; that is settled in one click.
    phone.goto(&server.at("/licences/true-ups")).await?;
    phone.click(Find::Control("Record")).await?;
    phone.wait_for(Find::Control("Take back")).await?;
    phone.wait_gone(Find::Control("Record")).await?;
    ensure!(
        phone.text(Find::Css("main")).await?.contains("above what was bought"),
        "it states its arithmetic"
    );
    phone.inspect("contracts-4-settled").await?;

    phone.goto(&server.at("/licences/contracts")).await?;
    phone.click(Find::Control("Seen")).await?;
    phone.wait_for(Find::Text("1 seen")).await?;
    phone.inspect("contracts-5-seen").await?;
    Ok(())
}
