//! Markdown as people write it, as HTML that is safe to show: rendered by `comrak`, cleaned by `ammonia`.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use maud::{Markup, PreEscaped};

/// Rendered comments kept in memory: a timeline is read far more often than it grows.
const KEPT: usize = 2_000;

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    // No remote images: opening a ticket must not tell a stranger that it was opened.
    cleaner
        .rm_tags(["img"])
        .link_rel(Some("noopener noreferrer nofollow"))
        .url_relative(ammonia::UrlRelative::Deny);
    cleaner
});

static RENDERED: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);

/// The HTML of a comment. The same text is rendered once.
pub(crate) fn html(text: &str) -> Markup {
    let mut rendered = RENDERED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(html) = rendered.get(text) {
        return PreEscaped(html.clone());
    }
    let html = render(text);
    // Long texts are rare and would crowd out the rest.
    if text.len() <= 8_192 {
        if rendered.len() >= KEPT {
            rendered.clear();
        }
        rendered.insert(text.to_owned(), html.clone());
    }
    PreEscaped(html)
}

fn render(text: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.render.hardbreaks = true;
    // Raw HTML in a comment is text, not markup.
    options.render.escape = true;
    CLEANER.clean(&comrak::markdown_to_html(text, &options)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_markup() {
        let shown = html("Try **eu-1**, then\n\n- one\n- two").into_string();
        assert!(shown.contains("<strong>eu-1</strong>") && shown.contains("<li>one</li>"), "{shown}");
    }

    #[test]
    fn nothing_that_runs_or_calls_home_survives() {
        for hostile in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "![pixel](https://tracker.example/p.gif)",
            "<img src=x onerror=alert(1)>",
            "<a href=\"data:text/html,x\" onclick=\"x()\">x</a>",
            "<svg><style>*{display:none}</style></svg>",
        ] {
            let shown = html(hostile).into_string().to_lowercase();
            for wrong in ["<script", "javascript:", "<img", "<svg", "<style", "<a href=\"data:"] {
                assert!(!shown.contains(wrong), "{hostile} became {shown}");
            }
        }
    }
}
