//! Being told on this device: turned on by a press, said as it is, and what the browser shows then.

use anyhow::ensure;
use serde_json::{Value, json};
use test_support::{Browser, Find, Scheme, Screen, Server};

use crate::story::{Cast, demo};

const SWITCH: Find<'_> = Find::Css("#this-device [role=switch]");

async fn permission(browser: &Browser, server: &Server, setting: &str) -> anyhow::Result<()> {
    let origin = server.at("/");
    let permission = json!({
        "permission": { "name": "notifications" },
        "setting": setting,
        "origin": origin.trim_end_matches('/'),
    });
    browser.cdp("Browser.setPermission", permission).await?;
    Ok(())
}

async fn checked(browser: &Browser) -> anyhow::Result<Value> {
    browser.run("return document.querySelector('#this-device [role=switch]').ariaChecked", vec![]).await
}

/// A browser whose push service is away, or there: none is reached from here. What it subscribed to, it remembers.
const STANDS_IN: &str = "
    const endpoint = 'https://fcm.googleapis.com/fcm/send/of-a-test';
    const keys = { p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4', auth: 'BTBZMqHH6r4Tts7J_aSIgg' };
    const subscription = {
        endpoint, options: {}, toJSON: () => ({ endpoint, keys }),
        unsubscribe: async () => { localStorage.removeItem('stands-in'); return true; },
    };
    PushManager.prototype.getSubscription = async () => (localStorage.getItem('stands-in') === 'on' ? subscription : null);
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
        if (localStorage.getItem('stands-in') === 'away') throw new DOMException('push service error', 'AbortError');
        if (!userVisibleOnly || applicationServerKey.length !== 87) throw new TypeError('as no browser takes it');
        localStorage.setItem('stands-in', 'on');
        return subscription;
    };";

async fn told(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&Cast::of(&server)?.link("requester")?).await?;
    anna.cdp("Page.enable", json!({})).await?;
    anna.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": STANDS_IN })).await?;

    permission(&anna, &server, "denied").await?;
    anna.goto(&server.at("/me")).await?;
    anna.wait_for(Find::Text("Your browser blocks messages from this desk.")).await?;
    anna.inspect("push-1-blocked").await?;

    permission(&anna, &server, "granted").await?;
    anna.goto(&server.at("/me")).await?;
    anna.wait_for(Find::Text("This device is told nothing.")).await?;
    ensure!(checked(&anna).await? == "false");
    anna.run("localStorage.setItem('stands-in', 'away')", vec![]).await?;
    anna.click(SWITCH).await?;
    anna.wait_for(Find::Text("push service did not answer. Nothing has changed")).await?;
    ensure!(checked(&anna).await? == "false");

    anna.run(
        "localStorage.removeItem('stands-in'); document.querySelector('#this-device [role=switch]').focus()",
        vec![],
    )
    .await?;
    anna.press(" ").await?;
    anna.wait_for(Find::Text("This device is told.")).await?;
    ensure!(checked(&anna).await? == "true");
    anna.wait_for(Find::Css("[data-this]")).await?;
    anna.inspect("push-2-on").await?;

    // Turned off as it was turned on, by its keys.
    anna.run("document.querySelector('#this-device [role=switch]').focus()", vec![]).await?;
    anna.press(" ").await?;
    anna.wait_gone(Find::Css("[data-device]")).await?;
    anna.wait_for(Find::Text("This device is told nothing.")).await?;

    // One of elsewhere is removed from the list.
    let add = "return fetch('/api/v1/me/push-subscriptions', { method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ endpoint: 'https://web.push.apple.com/elsewhere',
            p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
            auth: 'BTBZMqHH6r4Tts7J_aSIgg' }) }).then((it) => it.status)";
    ensure!(anna.run(add, vec![]).await? == 201);
    anna.reload().await?;
    anna.wait_for(Find::Css("[data-device]")).await?;
    anna.wait_for(Find::Text("This device is told nothing.")).await?;
    ensure!(!anna.shows(Find::Css("[data-this]")).await?);
    anna.click(Find::Css("[data-device] button")).await?;
    anna.wait_gone(Find::Css("[data-device]")).await?;

    // Without its script the page says that it needs one.
    anna.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    anna.goto(&server.at("/me")).await?;
    anna.wait_for(Find::Text("let your browser run the scripts of this page")).await?;
    Ok(())
}

#[tokio::test]
async fn a_device_is_told_by_a_press_and_says_so_on_a_desktop() -> anyhow::Result<()> {
    told(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn a_device_is_told_by_a_press_and_says_so_on_a_phone() -> anyhow::Result<()> {
    told(Screen::Phone, Scheme::Dark).await
}

/// Messages as a push service brings them, ill-made ones too.
#[tokio::test]
async fn a_message_shows_a_number_and_that_something_happened() -> anyhow::Result<()> {
    let server = demo()?;
    let anna = Browser::open(Screen::Desktop, Scheme::Light).await?;
    anna.goto(&Cast::of(&server)?.link("requester")?).await?;
    permission(&anna, &server, "granted").await?;
    let ready = "return navigator.serviceWorker.ready.then((worker) => Boolean(worker.active))";
    ensure!(anna.run(ready, vec![]).await? == true);
    anna.cdp("ServiceWorker.enable", json!({})).await?;
    for (data, title, body, to) in [
        (
            r#"{"news":"answered","number":"INC-1042"}"#,
            "INC-1042",
            "Your ticket was answered",
            "/tickets/INC-1042",
        ),
        (r#"{"news":"waits","number":"REQ-7"}"#, "REQ-7", "Your ticket waits for you", "/tickets/REQ-7"),
        (r#"{"news":"approval","number":"REQ-8"}"#, "REQ-8", "An approval waits for you", "/approvals"),
        (r#"{"news":"constructor","number":"../../x"}"#, "Freehold", "Something is new", "/"),
        ("no JSON", "Freehold", "Something is new", "/"),
    ] {
        let origin = server.at("/");
        let message = json!({ "origin": origin.trim_end_matches('/'), "registrationId": "0", "data": data });
        // Closed before the next is told: one of the same tag would be closed with it.
        let look = "const [title] = arguments;
            return navigator.serviceWorker.ready.then((worker) => new Promise((resolve) => {
                let [seen, left] = [null, 40];
                const look = async () => {
                    const [found] = (await worker.getNotifications()).filter((it) => it.title === title);
                    if (!found && (seen || !left)) return resolve(seen);
                    if (found) {
                        seen = [found.body, found.data];
                        found.close();
                    }
                    left -= 1;
                    setTimeout(look, 50);
                };
                look();
            }))";
        // What is delivered to a worker that has only just begun may not arrive; a push service sends again, too.
        let mut shown = Value::Null;
        for _ in 0..10 {
            anna.cdp("ServiceWorker.deliverPushMessage", message.clone()).await?;
            shown = anna.run(look, vec![title.into()]).await?;
            if !shown.is_null() {
                break;
            }
        }
        ensure!(shown == json!([body, to]), "{data}: {shown}");
    }
    Ok(())
}
