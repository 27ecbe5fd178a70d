//! A headless Chromium: its window, its session, and the raw commands that the rest stands on.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use url::{ParseError, Url};

use crate::driver::{Driver, program};
use crate::page::{BETWEEN_LOOKS, PATIENCE};

/// The two sizes every page is made for, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 1280 × 900, a mouse.
    Desktop,
    /// 390 × 844, touch: the phone in most pockets.
    Phone,
}

impl Screen {
    /// Both, for a test that holds on either.
    pub const ALL: [Self; 2] = [Self::Desktop, Self::Phone];

    /// Width and height.
    pub const fn size(self) -> (u32, u32) {
        match self {
            Self::Desktop => (1280, 900),
            Self::Phone => (390, 844),
        }
    }

    fn emulation(self) -> Value {
        let (width, height) = self.size();
        let phone = self == Self::Phone;
        let metrics = json!({
            "width": width,
            "height": height,
            "pixelRatio": if phone { 2.0 } else { 1.0 },
            "mobile": phone,
            "touch": phone,
        });
        json!({ "deviceMetrics": metrics })
    }
}

/// What the person prefers to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

impl Scheme {
    /// Both, for a test that holds on either.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Light => "light",
            Self::Dark => "dark",
        })
    }
}

/// One person's browser, with no memory of earlier ones. Open several for several people.
///
/// Dropping it closes the browser.
pub struct Browser {
    // The order of the fields is the order of the end: session, browser, profile.
    pub(crate) client: Client,
    driver: Driver,
    profile: TempDir,
    screen: Screen,
    scheme: Scheme,
}

impl Browser {
    /// Starts a browser on an empty page.
    pub async fn open(screen: Screen, scheme: Scheme) -> anyhow::Result<Self> {
        let driver = Driver::start()?;
        let profile = tempfile::Builder::new().prefix("freehold-chromium-").tempdir()?;
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "binary": program("FREEHOLD_TEST_CHROMIUM", "/usr/bin/chromium"),
                "args": [
                    "--headless=new",
                    "--no-sandbox", // refused to root, whom a build machine often is
                    "--disable-gpu",
                    "--disable-dev-shm-usage", // small in most containers
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--hide-scrollbars",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "mobileEmulation": screen.emulation(),
            },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("written as an object above") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.address())
            .await
            .context("the browser does not start")?;
        let browser = Self { client, driver, profile, screen, scheme };
        // Reduced motion, so that a picture never catches an animation half way.
        browser
            .cdp(
                "Emulation.setEmulatedMedia",
                json!({ "features": [
                    { "name": "prefers-color-scheme", "value": scheme.to_string() },
                    { "name": "prefers-reduced-motion", "value": "reduce" },
                ]}),
            )
            .await?;
        Ok(browser)
    }

    /// The size it pretends to be.
    pub const fn screen(&self) -> Screen {
        self.screen
    }

    /// Goes to an address and waits until the page has loaded.
    pub async fn goto(&self, address: &str) -> anyhow::Result<()> {
        self.client.goto(address).await.with_context(|| format!("cannot open {address}"))
    }

    /// Loads the page again.
    pub async fn reload(&self) -> anyhow::Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// Goes one page back.
    pub async fn back(&self) -> anyhow::Result<()> {
        Ok(self.client.back().await?)
    }

    /// Where it is.
    pub async fn address(&self) -> anyhow::Result<Url> {
        Ok(self.client.current_url().await?)
    }

    /// The body of a function, run in the page; its `return` value.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// A picture of the whole page, below the fold too, as `target/screens/NAME-WIDTH-SCHEME.png`.
    pub async fn screenshot(&self, name: &str) -> anyhow::Result<PathBuf> {
        let end = Instant::now() + PATIENCE;
        // A page that is on its way to the next one is looked at again, until it is there.
        let picture = loop {
            let look = json!({ "format": "png", "captureBeyondViewport": true });
            match self.cdp("Page.captureScreenshot", look).await {
                Err(error)
                    if Instant::now() < end && format!("{error:#}").contains("aborted by navigation") =>
                {
                    sleep(BETWEEN_LOOKS).await;
                }
                picture => break picture?,
            }
        };
        let picture = STANDARD.decode(picture["data"].as_str().context("no picture in the answer")?)?;
        let folder = screens()?;
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{name}-{}-{}.png", self.screen.size().0, self.scheme));
        std::fs::write(&file, picture).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    /// What the page complained about since this was last asked: script errors, what the content security policy
    /// refused, what failed to load.
    pub async fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let entries = self.client.issue_cmd(Post::new("se/log", &json!({ "type": "browser" }))).await?;
        let entries = entries.as_array().context("no list of log entries")?;
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.filter_map(|entry| Some(entry["message"].as_str()?.to_owned())).collect())
    }

    /// Closes the browser the way a lost battery does: the page gets no chance to say goodbye.
    pub fn kill(self) {
        drop(self);
    }

    /// The folder of the browser's profile, which ends with it.
    pub fn profile(&self) -> &Path {
        self.profile.path()
    }

    /// A command of the Chrome `DevTools` protocol.
    pub async fn cdp(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        let command = Post::new("goog/cdp/execute", &json!({ "cmd": method, "params": parameters }));
        self.client.issue_cmd(command).await.with_context(|| format!("{method} at {}", self.driver.address()))
    }
}

/// Whether it is the browser that did not do as it was told, rather than the page.
pub fn is_of_the_browser(error: &anyhow::Error) -> bool {
    error.is::<fantoccini::error::CmdError>()
}

/// A command of Chromium's driver beyond the standard.
#[derive(Debug)]
struct Post {
    path: &'static str,
    body: String,
}

impl Post {
    fn new(path: &'static str, body: &Value) -> Self {
        Self { path, body: body.to_string() }
    }
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.clone()))
    }
}

/// `screens` in the folder cargo builds into, found from the running test: it lies in there.
fn screens() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Ok(target.context("the test does not run from cargo's target folder")?.join("screens"))
}
