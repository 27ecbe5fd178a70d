//! The instruments themselves: a browser test that cannot fail proves nothing.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use anyhow::Context as _;
use test_support::{Browser, Find, Key, Scheme, Screen};

const SOUND: &str = r##"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A sound page</title>
<style>
  body { font: 1rem/1.5 sans-serif; color: #111; background: #fff }
  [hidden] { display: none }
  @media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } }
</style>
<main>
  <h1>A sound page</h1>
  <p hidden>Sent later</p>
  <form>
    <label for="subject">Subject</label> <input id="subject">
    <label>Impact <select><option>Low</option><option>High</option></select></label>
    <button>Send</button>
  </form>
  <p id="said"></p>
</main>
<script>
  document.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    document.querySelector("form").hidden = true;
    requestAnimationFrame(() => {
      const [subject, impact] = [document.querySelector("input"), document.querySelector("select")];
      document.querySelector("#said").textContent = `Sent: ${subject.value}, ${impact.value}`;
    });
  });
</script>
"##;

const UNSOUND: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>An unsound page</title>
<main>
  <h1>An unsound page</h1>
  <img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">
  <div style="width: 2000px">wide</div>
</main>
<script>console.error("planted")</script>
"#;

#[tokio::test]
async fn a_sound_page_is_found_sound_in_every_size_and_scheme() -> anyhow::Result<()> {
    let page = serve(SOUND)?;
    for screen in Screen::ALL {
        for scheme in Scheme::ALL {
            let browser = Browser::open(screen, scheme).await?;
            browser.goto(&page).await?;
            browser.inspect("self-check").await?;
            let (width, _) = screen.size();
            assert_eq!(browser.run("return innerWidth", Vec::new()).await?, width);
            let dark =
                browser.run("return matchMedia('(prefers-color-scheme: dark)').matches", Vec::new()).await?;
            assert_eq!(dark, scheme == Scheme::Dark);
        }
    }
    Ok(())
}

#[tokio::test]
async fn planted_faults_are_found() -> anyhow::Result<()> {
    let browser = Browser::open(Screen::Phone, Scheme::Light).await?;
    browser.goto(&serve(UNSOUND)?).await?;

    let rules: Vec<String> = browser.axe().await?.into_iter().map(|violation| violation.id).collect();
    assert_eq!(rules, ["image-alt"]);
    assert_eq!(browser.too_wide().await?, [r#"<div style="width: 2000px"></div>"#]);
    let complaints = browser.complaints().await?;
    assert!(complaints.iter().any(|line| line.contains("planted")), "{complaints:?}");

    // The complaint was told once already; the other faults stay.
    let faults = browser.inspect("self-check-faults").await.unwrap_err().to_string();
    assert!(faults.contains("image-alt") && faults.contains("wider than the screen"), "{faults}");
    Ok(())
}

#[tokio::test]
async fn a_person_finds_things_by_their_names() -> anyhow::Result<()> {
    let browser = Browser::open(Screen::Desktop, Scheme::Light).await?;
    browser.goto(&serve(SOUND)?).await?;

    browser.type_into(Find::Field("Subject"), "Printer on fire").await?;
    browser.choose(Find::Field("Impact"), "High").await?;
    assert!(!browser.shows(Find::Text("Sent later")).await?, "what is hidden is not found");
    browser.click(Find::Control("Send")).await?;
    browser.wait_for(Find::Text("Sent: Printer on fire, High")).await?;
    browser.wait_gone(Find::Control("Send")).await?;
    assert_eq!(browser.text(Find::Css("#said")).await?, "Sent: Printer on fire, High");
    Ok(())
}

#[tokio::test]
async fn a_form_is_sent_from_the_keyboard() -> anyhow::Result<()> {
    let browser = Browser::open(Screen::Desktop, Scheme::Light).await?;
    browser.goto(&serve(SOUND)?).await?;
    browser.press(&Key::Tab).await?;
    browser.press("No sound").await?;
    browser.press(&Key::Enter).await?;
    browser.wait_for(Find::Text("Sent: No sound, Low")).await?;
    Ok(())
}

#[tokio::test]
async fn a_picture_is_as_wide_as_the_screen_and_as_high_as_the_page() -> anyhow::Result<()> {
    let browser = Browser::open(Screen::Desktop, Scheme::Light).await?;
    browser.goto(&serve(&SOUND.replace("<p hidden>", "<p style='height: 3000px'>"))?).await?;
    let picture = std::fs::read(browser.screenshot("self-check-long").await?)?;
    // The size stands at fixed places of a PNG's first chunk.
    let number =
        |at: usize| picture.get(at..at + 4).map(|bytes| bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b)));
    assert_eq!(number(16), Some(1280));
    assert!(number(20) > Some(3000), "{:?}", number(20));
    Ok(())
}

/// Serves one page at every path, for as long as the test program runs.
fn serve(page: &str) -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = format!("http://{}/", listener.local_addr()?);
    let page = page.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A browser that went away has no page to miss.
            let _ = answer(stream, &page);
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, page: &str) -> anyhow::Result<()> {
    let mut request = BufReader::new(stream.try_clone()?).lines();
    let first = request.next().context("no request")??;
    while !request.next().context("half a request")??.is_empty() {}
    let icon = first.contains("favicon");
    let (status, page) = if icon { ("204 No Content", "") } else { ("200 OK", page) };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )?;
    Ok(())
}
