//! Knowledge at the door: articles are written, published and judged; the bot answers from them.

mod chat;
mod library;
mod read;
mod write;

pub use chat::{BotAnswer, ChatLineView, ChatView, FileChat, MyChat, Quote, StartAnew};
pub(crate) use library::LibraryCache;
pub use read::{
    ArticleHit, ArticleView, Articles, ArticlesPage, Complained, Gaps, GapsView, Listed, OneArticle,
    RelatedArticles, SearchArticles, Unanswered, VersionView, WhichArticles,
};
pub use write::{ArticleWritten, GiveFeedback, KeepArticle, RetireArticle, WriteArticle};
