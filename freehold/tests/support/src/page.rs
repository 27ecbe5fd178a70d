//! What a person does with a page: find, read, press, type, wait until something shows.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, bail};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::{CmdError, ErrorStatus};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::Browser;

/// How somebody would say which element they mean. Only visible ones are found.
#[derive(Clone, Copy, Debug)]
pub enum Find<'a> {
    /// The first that matches a CSS selector.
    Css(&'a str),
    /// A link, button, tab or menu item by the name it shows or announces.
    Control(&'a str),
    /// An input by its label.
    Field(&'a str),
    /// The innermost element that holds this text.
    Text(&'a str),
}

impl<'a> Find<'a> {
    const fn parts(self) -> (&'static str, &'a str) {
        match self {
            Self::Css(wanted) => ("css", wanted),
            Self::Control(wanted) => ("control", wanted),
            Self::Field(wanted) => ("field", wanted),
            Self::Text(wanted) => ("text", wanted),
        }
    }
}

impl fmt::Display for Find<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, wanted) = self.parts();
        write!(f, "{kind} “{wanted}”")
    }
}

/// Long enough for a page on a busy build machine; a page that is right takes a fraction of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_millis(30);
/// More controls than any page has.
const LONGEST_WAY: usize = 250;
/// The name under which `WebDriver` passes elements (its specification, §12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Browser {
    /// Waits until it shows.
    pub async fn wait_for(&self, find: Find<'_>) -> anyhow::Result<Element> {
        self.until(find, "does not show", async || self.look(find).await).await
    }

    /// Waits until it no longer shows.
    pub async fn wait_gone(&self, find: Find<'_>) -> anyhow::Result<()> {
        self.until(find, "does not go", async || Ok(self.look(find).await?.is_none().then_some(()))).await
    }

    /// Waits until the address has this path, whatever its query.
    pub async fn wait_for_path(&self, path: &str) -> anyhow::Result<()> {
        let there = async || Ok((self.client.current_url().await?.path() == path).then_some(()));
        self.until(path, "is not where it leads", there).await
    }

    /// Whether it shows now.
    pub async fn shows(&self, find: Find<'_>) -> anyhow::Result<bool> {
        Ok(self.look(find).await?.is_some())
    }

    /// The text it shows, as soon as it shows.
    pub async fn text(&self, find: Find<'_>) -> anyhow::Result<String> {
        self.until(find, "cannot be read", async || match self.look(find).await? {
            Some(element) => element.text().await.map(Some),
            None => Ok(None),
        })
        .await
    }

    /// Presses it as soon as it can be pressed.
    pub async fn click(&self, find: Find<'_>) -> anyhow::Result<()> {
        self.until(find, "cannot be pressed", async || match self.look(find).await? {
            Some(element) => {
                // As a person would: away from a bar at the edge of the screen that lies over it.
                let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
                self.client.execute(script, vec![serde_json::to_value(&element)?]).await?;
                element.click().await.map(Some)
            }
            None => Ok(None),
        })
        .await
    }

    /// Empties a field and types into it; for a file field, the text is the file's path.
    pub async fn type_into(&self, find: Find<'_>, text: &str) -> anyhow::Result<()> {
        self.until(find, "cannot be typed into", async || match self.look(find).await? {
            Some(element) => {
                element.clear().await?;
                element.send_keys(text).await.map(Some)
            }
            None => Ok(None),
        })
        .await
    }

    /// Chooses an option of a `select` by what it says.
    pub async fn choose(&self, find: Find<'_>, option: &str) -> anyhow::Result<()> {
        self.until(find, "cannot be chosen from", async || match self.look(find).await? {
            Some(element) => element.select_by_label(option).await.map(Some),
            None => Ok(None),
        })
        .await
        .with_context(|| format!("choosing “{option}”"))
    }

    /// Types where the focus is: letters, or keys as in `Key::Control + "k"`.
    pub async fn press(&self, keys: &str) -> anyhow::Result<()> {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    /// Where the first link that a selector finds leads to, on screen or not.
    pub async fn link(&self, selector: &str) -> anyhow::Result<String> {
        let script = "return document.querySelector(arguments[0])?.href ?? ''";
        self.until(Find::Css(selector), "leads nowhere", async || {
            let link = self.client.execute(script, vec![selector.into()]).await?;
            Ok(link.as_str().filter(|link| !link.is_empty()).map(str::to_owned))
        })
        .await
    }

    /// Goes on with the Tab key, from where the focus is, until it is on what is looked for: an input, or a control by its name.
    pub async fn tab_to(&self, find: Find<'_>) -> anyhow::Result<()> {
        let (kind, wanted) = find.parts();
        let script = format!(
            "const wanted = (() => {{ {} }})(); const it = wanted?.control ?? wanted;
             return document.activeElement === it || !!it?.contains(document.activeElement)",
            include_str!("find.js"),
        );
        self.wait_for(find).await?;
        for _ in 0..LONGEST_WAY {
            if self.run(&script, vec![kind.into(), wanted.into()]).await? == Value::Bool(true) {
                return Ok(());
            }
            // As a key, and not as something typed into an input, which dates and files take for their value.
            let tab =
                |kind: &str| json!({ "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 });
            self.cdp("Input.dispatchKeyEvent", tab("rawKeyDown")).await?;
            self.cdp("Input.dispatchKeyEvent", tab("keyUp")).await?;
        }
        bail!("the Tab key does not lead to {find}\n{}", self.what_shows().await)
    }

    async fn look(&self, find: Find<'_>) -> Result<Option<Element>, CmdError> {
        let (kind, wanted) = find.parts();
        let found = self.client.execute(include_str!("find.js"), vec![kind.into(), wanted.into()]).await?;
        let id = found.get(ELEMENT).and_then(Value::as_str).map(str::to_owned);
        Ok(id.map(|id| Element::from_element_id(self.client.clone(), ElementRef::from(id))))
    }

    /// Tries until there is an answer. A page that is changing under our hands is tried again.
    async fn until<T>(
        &self,
        what: impl fmt::Display,
        complaint: &str,
        attempt: impl AsyncFn() -> Result<Option<T>, CmdError>,
    ) -> anyhow::Result<T> {
        let end = Instant::now() + PATIENCE;
        let mut last = None;
        while Instant::now() < end {
            match attempt().await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => last = None,
                Err(error) if may_pass(&error) => last = Some(error),
                Err(error) => return Err(error).with_context(|| what.to_string()),
            }
            sleep(BETWEEN_LOOKS).await;
        }
        let reason = last.map(|error| format!(": {error}")).unwrap_or_default();
        bail!("{what} {complaint}{reason}\n{}", self.what_shows().await)
    }

    /// Where the browser is and what it shows, for the message of a failed test.
    async fn what_shows(&self) -> String {
        let picture = match self.screenshot("failed").await {
            Ok(file) => format!("a picture is in {}", file.display()),
            Err(error) => format!("no picture: {error:#}"),
        };
        let address = self.client.current_url().await.map_or_else(|_| "nowhere".to_owned(), String::from);
        let text = self.client.execute("return document.body.innerText", Vec::new()).await;
        let text = text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
        format!("at {address}, which shows ({picture}):\n{text}")
    }
}

/// Errors of a page that is just being replaced, covered or laid out.
fn may_pass(error: &CmdError) -> bool {
    let CmdError::Standard(error) = error else { return false };
    matches!(
        error.error,
        ErrorStatus::StaleElementReference
            | ErrorStatus::ElementClickIntercepted
            | ErrorStatus::ElementNotInteractable
            | ErrorStatus::InvalidElementState
            | ErrorStatus::NoSuchElement
    )
}
