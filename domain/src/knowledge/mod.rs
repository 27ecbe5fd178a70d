//! Knowledge: articles, the search that ranks them, and the bot that answers by quoting them.

mod article;
mod bot;
mod index;
mod phrasing;
mod words;

pub use crate::Language;
pub use article::{
    ArticleNumber, ArticleState, Asked, Audience, InvalidArticleNumber, Passage, Passages, Published,
    ReviewEvery, Speaker, Verdict,
};
pub use bot::{INTAKE, Reply, Wish, reply, tells_of, wish};
pub use index::{Found, Index};
pub use phrasing::{Phrasing, Unfit};
