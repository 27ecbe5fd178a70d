//! Articles, and the bot that answers from them.

use axum::{Json, extract::State, response::Response};
use channels::phrasing;
use desk::{
    knowledge::{
        ArticleHit, ArticleView, ArticleWritten, Articles, BotAnswer, ChatLineView, ChatView, Complained,
        FileChat, Gaps, GapsView, GiveFeedback, KeepArticle, Listed as ListedArticle, MyChat, OneArticle,
        Quote, RetireArticle, SearchArticles, Searched, StartAnew, Unanswered, VersionView, WhichArticles,
        WriteArticle,
    },
    ticket::OutageView,
};
use domain::{
    OutageId, Timestamp,
    identity::Capability,
    knowledge::{ArticleNumber, ArticleState, Asked as AskedFor, Audience, Language, ReviewEvery, Verdict},
    ticket::{ArticleTitle, Keywords, Markdown, Missing, Said, Ticket, TicketNumber},
};
use http::StatusCode;
use jiff::civil::Date;
use serde_json::json;

use super::{
    answer::{Listed, created, created_version},
    body::{Asked, At, Call, told},
    operation::{self, get, post, put},
    tickets::other_ticket,
    wire::wire,
};
use crate::{
    context::ApiCaller,
    problem::{Kind, Problem, Result},
    routes::{self, API},
    state::AppState,
};

/// Articles of a page.
const ROWS: u32 = 100;

pub(super) fn subject() -> operation::Subject {
    let example = json!({
        "title": "Restart the projector", "body": "Press the button for five seconds.", "asked": "beamer stays dark",
        "keywords": "projector, beamer", "publish": true,
    });
    let which = json!({ "type": "string", "enum": ["published", "drafts", "due", "retired"] });
    operation::Subject {
        tag: "knowledge",
        about: "Articles with versions, drafts and translations; and the bot, which answers by quoting them.",
        operations: vec![
            get("list_articles", "/knowledge", list)
                .says("Articles by number. All but the published are for technicians.")
                .asks("which", which, "Which.")
                .asks("cursor", json!({ "type": "string" }), "`next` of the page before.")
                .lists::<ListedArticle>(),
            get("search_articles", "/knowledge/search", search)
                .says("Articles that words may mean, the best first; the last word may be only begun.")
                .must_ask("q", json!({ "type": "string" }), "What to look for.")
                .lists::<ArticleHit>(),
            get("knowledge_gaps", "/knowledge/gaps", gaps)
                .says("What knowledge lacks: questions without answer, searches that found nothing, articles that did not help, tickets without article.")
                .needs(Capability::TicketRead)
                .answers::<GapsView>(),
            get("article", "/knowledge/{article}", one)
                .says("One article, as its readers see it or at another version.")
                .asks("language", json!({ "type": "string", "enum": ["en", "de"] }), "In this language, if there is a text in it.")
                .asks("version", json!({ "type": "integer", "minimum": 1 }), "This version; for technicians.")
                .answers::<ArticleView>(),
            post("write_article", "/knowledge", write)
                .says("Write an article, as a draft or to be published at once.")
                .needs(Capability::TicketWork)
                .takes::<ArticleSent>(example.clone())
                .creates::<ArticleWritten>(),
            put("rewrite_article", "/knowledge/{article}", rewrite)
                .says("Write a new version of an article's text, or a translation. `seen` is the latest version you saw.")
                .needs(Capability::TicketWork)
                .takes::<ArticleSent>(example)
                .refuses(Kind::Stale)
                .answers::<ArticleWritten>(),
            post("retire_article", "/knowledge/{article}/retire", retire)
                .says("Take an article out of what people find.")
                .needs(Capability::TicketWork),
            post("keep_article", "/knowledge/{article}/keep", keep)
                .says("Say that an article is still true, or bring a retired one back.")
                .needs(Capability::TicketWork),
            post("judge_article", "/knowledge/{article}/feedback", judge)
                .says("Say whether an article helped; said again, it counts instead.")
                .takes::<FeedbackSent>(json!({ "verdict": "helped" })),
            get("chat", "/chat", chat).says("One's latest conversation with the bot.").answers::<ChatView>(),
            post("say", "/chat", say)
                .says("Say something to the bot. It quotes articles, tells of known outages and how your own tickets stand, and does nothing.")
                .takes::<SaySent>(json!({ "said": "How do I connect to the VPN?" }))
                .answers::<BotAnswer>(),
            post("chat_anew", "/chat/new", anew).says("Put the conversation aside and begin a new one."),
            post("file_chat", "/chat/ticket", file)
                .says("Send the conversation to the service desk: it becomes a ticket, once.")
                .creates::<Ticket>(),
        ],
    }
}

wire! {
    /// An article in a list: once, in English where there is a text in it; a draft once for each language.
    ListedArticle as "ListedArticle" {
        number: ArticleNumber,
        language: Language,
        title: String,
        state: ArticleState,
        /// Whether there is a version that readers do not see yet.
        has_draft: bool,
        audience: Audience,
        review_at: Option<Timestamp>,
        changed_at: Timestamp,
        helped: u64,
        did_not_help: u64,
    }
    /// An article that a search found.
    ArticleHit as "ArticleHit" {
        number: ArticleNumber,
        language: Language,
        title: String,
        /// What stands before its first heading, in Markdown.
        lead: String,
        /// 0 for no word in common, about 1 for a good answer, 2 at most.
        fit: f64,
    }
    /// A version of an article's text.
    VersionView as "ArticleVersion" {
        version: u64,
        title: String,
        author_name: String,
        at: Timestamp,
        /// Whether readers see this one.
        published: bool,
    }
    /// An article in one language, at one version.
    ArticleView as "Article" {
        number: ArticleNumber,
        state: ArticleState,
        language: Language,
        languages: Vec<Language>,
        version: u64,
        latest: u64,
        published: Option<u64>,
        title: String,
        keywords: String,
        /// How people ask for it, one phrasing a line.
        asked: String,
        body: String,
        audience: Audience,
        owner_name: String,
        author_name: String,
        written_at: Timestamp,
        review_months: u8,
        review_at: Option<Timestamp>,
        /// The ticket that it was made from, for technicians.
        made_from: Option<TicketNumber>,
        helped: u64,
        did_not_help: u64,
        /// What the caller said of it.
        said: Option<Verdict>,
        /// Its history, for technicians.
        versions: Vec<VersionView>,
    }
    /// Which article was written.
    ArticleWritten as "ArticleWritten" {
        number: ArticleNumber,
        version: u64,
    }
    /// A question that nothing answered.
    Unanswered as "UnansweredQuestion" {
        words: String,
        at: Timestamp,
    }
    /// An article that did not help.
    Complained as "ArticleComplaint" {
        number: ArticleNumber,
        title: String,
        person_name: String,
        words: String,
        at: Timestamp,
    }
    /// A search outside the bot that found nothing; not whose.
    Searched as "FruitlessSearch" {
        words: String,
        times: u64,
        /// The last day, in UTC.
        day: Date,
    }
    /// What knowledge lacks.
    GapsView as "KnowledgeGaps" {
        unanswered: Vec<Unanswered>,
        searched: Vec<Searched>,
        did_not_help: Vec<Complained>,
        /// Number and subject of the newest tickets that no article is about.
        without_article: Vec<(TicketNumber, String)>,
        /// How many of the newest tickets were looked at.
        tickets_seen: usize,
        since: Timestamp,
    }
    /// A passage of an article, word for word.
    Quote as "Quote" {
        number: ArticleNumber,
        title: String,
        heading: Option<String>,
        text: String,
    }
    /// What the bot says.
    BotAnswer as "BotAnswer" {
        words: String,
        quotes: Vec<Quote>,
        /// Who found its words, where they are not the bot's own: from the quotes, each sentence naming one.
        phrased_by: Option<String>,
        cites: Vec<ArticleNumber>,
        /// The known outages that it tells of.
        outages: Vec<OutageId>,
        /// Whether anything answered the message.
        answered: bool,
    }
    /// A line of a conversation.
    ChatLineView as "ChatLine" {
        bot: bool,
        body: String,
        at: Timestamp,
        cites: Vec<ArticleHit>,
        /// The known outages that it tells of, as they stand now.
        outages: Vec<OutageView>,
    }
    /// A conversation with the bot.
    ChatView as "Chat" {
        lines: Vec<ChatLineView>,
        /// The ticket that it became.
        ticket: Option<TicketNumber>,
        can_be_sent: bool,
    }
}

told! {
    /// An article's text.
    ArticleSent {
        /// Its title.
        required title: ArticleTitle,
        /// Its text, in Markdown; each heading begins a section that the bot can quote.
        required body: Markdown,
        /// The words it is found by, separated by commas.
        optional keywords: Keywords,
        /// How people ask for it, one phrasing a line.
        optional asked: AskedFor,
        /// The language of the text; English where nothing is said.
        optional language: Language,
        /// Who reads it, once this is published; where nothing is said, as it is, and everybody for a new one.
        optional audience: Audience,
        /// After how many months it is looked at again: 1 to 36; where nothing is said, as it is, and 12 for a new one.
        optional review_months: u8,
        /// The ticket that it is made from, by id or number.
        optional made_from: String,
        /// Whether readers see this version; otherwise it is a draft.
        optional publish: bool,
        /// The latest version of this text that you saw, where there is one.
        optional seen: u64,
    }
    /// What a reader says of an article.
    FeedbackSent {
        /// Whether it helped.
        required verdict: Verdict,
        /// What is missing.
        optional words: Missing,
    }
    /// A message to the bot.
    SaySent {
        /// What.
        required said: Said,
    }
}

impl ArticleSent {
    fn command(self, article: Option<ArticleNumber>) -> Result<WriteArticle> {
        let review = match self.review_months {
            None => None,
            Some(months) => {
                let review = ReviewEvery::new(months);
                Some(review.ok_or_else(|| Problem::field("review_months", "must be a number from 1 to 36"))?)
            }
        };
        let made_from = self.made_from.map(|ticket| other_ticket("made_from", &ticket)).transpose()?;
        Ok(WriteArticle {
            article,
            language: self.language.unwrap_or(Language::En),
            seen: self.seen,
            title: self.title,
            keywords: self.keywords,
            asked: self.asked.unwrap_or_default(),
            body: self.body,
            audience: self.audience,
            review,
            made_from,
            publish: self.publish.unwrap_or(false),
        })
    }
}

async fn list(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<ListedArticle>>> {
    let (which, cursor) = asked.read(|query| {
        Some((
            query.optional::<String>("which", "a kind of list"),
            query.optional::<String>("cursor", "`next` of a page"),
        ))
    })?;
    let which = match which.as_deref() {
        None | Some("published") => WhichArticles::Published,
        Some("drafts") => WhichArticles::Drafts,
        Some("due") => WhichArticles::Due,
        Some("retired") => WhichArticles::Retired,
        Some(_) => return Err(Problem::field("which", "must be one of published, drafts, due, retired")),
    };
    let after = cursor.map(|cursor| place(&cursor)).transpose()?;
    let page = app.desk.ask(caller.context(), Articles { which, after, limit: ROWS }).await?;
    Ok(Listed::new(page.items, page.next.map(|(number, language)| format!("{number}.{language}"))))
}

fn place(cursor: &str) -> Result<(ArticleNumber, Language)> {
    let wrong = || Problem::field("cursor", "is not one that a page gave; begin without it");
    let (number, language) = cursor.split_once('.').ok_or_else(wrong)?;
    Ok((number.parse().map_err(|_| wrong())?, Language::parse(language).ok_or_else(wrong)?))
}

async fn search(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<ArticleHit>>> {
    const LONGEST: usize = 500;
    let text = asked.read(|query| query.required::<String>("q", "what to look for"))?;
    if text.chars().count() > LONGEST {
        return Err(Problem::field("q", format!("is too long; look for at most {LONGEST} characters")));
    }
    Ok(Listed::whole(app.desk.ask(caller.context(), SearchArticles { text, limit: 20 }).await?))
}

async fn gaps(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<GapsView>> {
    Ok(Json(app.desk.ask(caller.context(), Gaps).await?))
}

async fn one(
    State(app): State<AppState>,
    At(number): At<ArticleNumber>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<ArticleView>> {
    let (language, version) = asked.read(|query| {
        let language = query.optional::<String>("language", "`en` or `de`");
        Some((language, query.optional::<u64>("version", "the number of a version")))
    })?;
    let language = match language {
        Some(text) => {
            Some(Language::parse(&text).ok_or_else(|| Problem::field("language", "must be one of en, de"))?)
        }
        None => None,
    };
    let one = OneArticle { number, language, version, latest: false };
    Ok(Json(app.desk.ask(caller.context(), one).await?))
}

async fn write(State(app): State<AppState>, call: Call<ArticleSent>) -> Result<Response> {
    let written = app.desk.execute(call.ctx, call.told.command(None)?).await?;
    Ok(created(&format!("{API}/knowledge/{}", written.number), written))
}

async fn rewrite(
    State(app): State<AppState>,
    At(number): At<ArticleNumber>,
    call: Call<ArticleSent>,
) -> Result<Json<ArticleWritten>> {
    Ok(Json(app.desk.execute(call.ctx, call.told.command(Some(number))?).await?))
}

async fn retire(
    State(app): State<AppState>,
    At(article): At<ArticleNumber>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, RetireArticle { article }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn keep(
    State(app): State<AppState>,
    At(article): At<ArticleNumber>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, KeepArticle { article }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn judge(
    State(app): State<AppState>,
    At(article): At<ArticleNumber>,
    call: Call<FeedbackSent>,
) -> Result<StatusCode> {
    let FeedbackSent { verdict, words } = call.told;
    app.desk.execute(call.ctx, GiveFeedback { article, verdict, words }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn chat(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<ChatView>> {
    Ok(Json(app.desk.ask(caller.context(), MyChat).await?))
}

async fn say(State(app): State<AppState>, call: Call<SaySent>) -> Result<Json<BotAnswer>> {
    let phraser = app.config.phraser.as_deref();
    Ok(Json(phrasing::say(&app.desk, phraser, call.ctx, call.told.said).await?))
}

async fn anew(State(app): State<AppState>, call: Call<()>) -> Result<StatusCode> {
    app.desk.execute(call.ctx, StartAnew).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn file(State(app): State<AppState>, call: Call<()>) -> Result<Response> {
    let ticket = app.desk.execute(call.ctx, FileChat::default()).await?;
    Ok(created_version(&routes::api_ticket(ticket.id), ticket.version, ticket))
}
