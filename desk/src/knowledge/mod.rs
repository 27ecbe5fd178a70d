//! Knowledge at the door: articles are written, published and judged; the bot answers from them.

mod chat;
mod known;
mod library;
mod read;
mod write;

pub use chat::{BotAnswer, ChatLineView, ChatView, FileChat, Looked, MyChat, Quote, StartAnew};
pub(crate) use library::LibraryCache;
pub(crate) use read::ABOUT;
pub use read::{
    ArticleHit, ArticleView, Articles, ArticlesPage, Complained, Gaps, GapsView, Listed, OneArticle,
    RelatedArticles, SearchArticles, Searched, Unanswered, VersionView, WhichArticles,
};
pub use write::{ArticleWritten, GiveFeedback, KeepArticle, RetireArticle, WriteArticle};
