//! Knowledge of the sample organisation: what its technicians have written down, some of it in two languages.

use std::collections::HashMap;

use anyhow::Context as _;
use desk::{Context, Desk, knowledge::WriteArticle};
use domain::{
    identity::Principal,
    knowledge::{ArticleNumber, Asked, Audience, Language, ReviewEvery},
    ticket::{ArticleTitle, Keywords, Markdown},
};

use crate::edge;

const TEXTS: [(Language, &str); 2] =
    [(Language::En, include_str!("knowledge.en.md")), (Language::De, include_str!("knowledge.de.md"))];

/// Writes it down, as a technician would. A text in another language is a translation of the article of the same name.
pub(super) async fn load(desk: &Desk, by: &Principal) -> anyhow::Result<()> {
    let mut known: HashMap<&str, ArticleNumber> = HashMap::new();
    for (language, texts) in TEXTS {
        for text in texts.split("## slug: ").skip(1) {
            let (head, body) = text.split_once("\n\n").context("an article without a text")?;
            let name = head.lines().next().unwrap_or_default();
            let field = |field: &str| {
                let value = head.lines().find_map(|line| line.strip_prefix(field));
                value.map(str::trim).with_context(|| format!("{name} has no line {field}"))
            };
            let command = WriteArticle {
                article: known.get(name).copied(),
                language,
                seen: None,
                title: ArticleTitle::new(field("Title:")?)?,
                keywords: Some(Keywords::new(field("Keywords:")?)?),
                asked: Asked::new(&field("Asked:")?.replace(" | ", "\n"))?,
                body: Markdown::new(body.trim())?,
                audience: Some(
                    Audience::parse(field("Audience:")?).context("an audience that there is not")?,
                ),
                review: Some(
                    ReviewEvery::new(field("Review:")?.parse()?).context("a review that is too far")?,
                ),
                made_from: None,
                publish: true,
            };
            let context = Context::new(by.clone(), edge::now(), edge::seed()?);
            let written = desk.execute(context, command).await?;
            known.entry(name).or_insert(written.number);
        }
    }
    Ok(())
}
