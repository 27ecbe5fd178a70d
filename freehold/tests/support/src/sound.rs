//! What every page must be, whatever it is about: accessible, no wider than the screen, and without complaints.

use std::fmt;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::Browser;

/// A broken rule of accessibility, as axe-core tells it.
#[derive(Debug, Deserialize)]
pub struct Violation {
    /// The rule's name, such as `image-alt`.
    pub id: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: Option<String>,
    /// What to do.
    pub help: String,
    /// Where.
    pub nodes: Vec<Place>,
}

/// One element that breaks a rule.
#[derive(Debug, Deserialize)]
pub struct Place {
    /// The element's own HTML.
    pub html: String,
    /// Why it breaks the rule.
    #[serde(rename = "failureSummary")]
    pub summary: Option<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.id, self.impact.as_deref().unwrap_or("no impact given"), self.help)?;
        for place in &self.nodes {
            let summary = place.summary.as_deref().unwrap_or_default().replace('\n', " ");
            write!(f, "\n    {}\n      {summary}", place.html)?;
        }
        Ok(())
    }
}

/// Runs the rules of WCAG 2.2 A and AA and axe-core's own advice, and hands the answer to `WebDriver`.
const AXE: &str = "
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })
      .then((results) => done({ violations: results.violations }), (error) => done({ error: String(error) }));
";

/// Elements that reach beyond the right edge of the screen and are not inside something that scrolls by itself.
const TOO_WIDE: &str = "
    const [width] = arguments;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element) => {
      for (let outer = element.parentElement; outer && outer !== document.body; outer = outer.parentElement)
        if (getComputedStyle(outer).overflowX !== 'visible') return true;
      return false;
    };
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > width + 0.5 && !scrolls(element))
      .map((element) => element.cloneNode(false).outerHTML);
";

impl Browser {
    /// The broken rules of accessibility on this page.
    pub async fn axe(&self) -> anyhow::Result<Vec<Violation>> {
        if self.run("return typeof axe === 'undefined'", Vec::new()).await? == Value::Bool(true) {
            let file = std::env::var_os("FREEHOLD_TEST_AXE").context(
                "FREEHOLD_TEST_AXE names no axe-core: run through `cargo xtask test`, or `cargo xtask env -- cargo test …`",
            )?;
            let script =
                std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            self.run(&script, Vec::new()).await?;
        }
        let mut answer = self.client.execute_async(AXE, Vec::new()).await?;
        ensure!(answer["error"].is_null(), "axe-core failed: {}", answer["error"]);
        Ok(serde_json::from_value(answer["violations"].take())?)
    }

    /// The elements that make the page scroll sideways.
    pub async fn too_wide(&self) -> anyhow::Result<Vec<String>> {
        let (width, _) = self.screen().size();
        Ok(serde_json::from_value(self.run(TOO_WIDE, vec![width.into()]).await?)?)
    }

    /// Holds the page to all of it and takes its picture.
    pub async fn inspect(&self, name: &str) -> anyhow::Result<()> {
        let picture = self.screenshot(name).await?;
        let mut faults: Vec<String> = self.axe().await?.iter().map(Violation::to_string).collect();
        faults.extend(
            self.too_wide().await?.into_iter().map(|element| format!("wider than the screen: {element}")),
        );
        faults.extend(self.complaints().await?.into_iter().map(|line| format!("the page complains: {line}")));
        ensure!(
            faults.is_empty(),
            "{} is not sound; its picture is {}\n{}",
            self.address().await?,
            picture.display(),
            faults.join("\n"),
        );
        Ok(())
    }
}
