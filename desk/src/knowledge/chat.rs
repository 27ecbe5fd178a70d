//! Conversations with the bot. Each message is an act of the person who says it; the bot acts on nothing. It quotes articles,
//! tells how the person's own tickets stand, and asks what a technician would ask. A ticket is raised by the person's own
//! button, with the conversation in it; from then on the people of the service desk answer in the same thread.

use domain::{
    ChatId, OutageId, PersonId, Timestamp,
    effort::Effort,
    identity::Capability,
    knowledge::{
        ArticleNumber, Found, INTAKE, Language, Passage, Passages, Phrasing, Reply, Speaker, Unfit, Wish,
        wish,
    },
    licence::Action,
    ticket::{Kind, Markdown, Said, Subject, Ticket, TicketNumber, progress},
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    ReadTx, StoreError,
    knowledge::{self, Chat, ChatLine},
};

use super::{
    known::{self, Known},
    library::LibraryCache,
    read::ArticleHit,
};
use crate::{
    Act, Command, Context, Desk, Look, Query, Refused, Result, Threshold,
    ticket::{OutageView, RaiseTicket, TicketOutcome},
};

/// The most lines that a conversation has: nobody reads more, and a machine that talks for ever is stopped.
const MOST_LINES: u64 = 200;
/// Among so many of one's newest tickets the bot looks for open ones.
const LOOKED_AT: u32 = 50;
/// Of one's own open tickets the bot tells so many.
const TOLD: u32 = 5;

/// A passage of an article, word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The article.
    pub number: ArticleNumber,
    /// Its title.
    pub title: String,
    /// The heading of the section, where one fits better than the lead alone.
    pub heading: Option<String>,
    /// The words, in Markdown.
    pub text: String,
}

impl Quote {
    /// All of it, with its title, as it is compared with other words.
    pub fn whole(&self) -> String {
        format!("{}\n{}\n{}", self.title, self.heading.as_deref().unwrap_or_default(), self.text)
    }
}

/// What the bot says to a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BotAnswer {
    /// What it says of its own: which of its few sentences.
    pub words: String,
    /// What it quotes, or what its words were made from.
    pub quotes: Vec<Quote>,
    /// Who found its words, where they are not the bot's own.
    #[serde(default)]
    pub phrased_by: Option<String>,
    /// The articles it quotes or points at.
    pub cites: Vec<ArticleNumber>,
    /// The known outages it tells of.
    #[serde(default)]
    pub outages: Vec<OutageId>,
    /// Whether anything answered the message.
    pub answered: bool,
}

impl Desk {
    /// Says something to the bot, in the latest conversation or a new one.
    ///
    /// What the articles and known outages say is looked up before the door, where no writer waits for it.
    pub async fn say(&self, ctx: Context, said: Said) -> Result<BotAnswer> {
        let looked = self.look_up(&ctx, said).await?;
        self.say_looked_up(ctx, looked).await
    }

    /// [`Self::say`] for the command line and for tests.
    pub fn say_now(&self, ctx: Context, said: Said) -> Result<BotAnswer> {
        let looked = self.look_up_now(&ctx, said)?;
        self.execute_now(ctx, Say { looked })
    }

    /// What is written down about a message. Nothing is said yet: between this and [`Self::say_looked_up`] its answer may be
    /// put in other words, which takes as long as it takes.
    pub async fn look_up(&self, ctx: &Context, said: Said) -> Result<Looked> {
        let (articles, person, now) = (self.articles(), ctx.principal.person_id(), ctx.now);
        self.read(move |tx| Looked::up(tx, &articles, person, said, now)).await
    }

    /// [`Self::look_up`] for tests.
    pub fn look_up_now(&self, ctx: &Context, said: Said) -> Result<Looked> {
        let (articles, person, now) = (self.articles(), ctx.principal.person_id(), ctx.now);
        self.database().read_now(move |tx| Looked::up(tx, &articles, person, said, now))
    }

    /// Says what was looked up.
    pub async fn say_looked_up(&self, ctx: Context, looked: Looked) -> Result<BotAnswer> {
        self.execute(ctx, Say { looked }).await
    }

    /// [`Self::say_looked_up`] for tests.
    pub fn say_looked_up_now(&self, ctx: Context, looked: Looked) -> Result<BotAnswer> {
        self.execute_now(ctx, Say { looked })
    }
}

/// What is written down about a message.
#[derive(Debug)]
pub struct Looked {
    said: Said,
    reply: Reply,
    known: Known,
    /// The conversation that it was said in.
    chat: Option<ChatNow>,
    phrased: Option<(String, Phrasing)>,
}

/// A conversation, and whether people have it.
type ChatNow = (ChatId, bool);

fn chat_now(chat: &Chat) -> ChatNow {
    (chat.id, chat.ticket.is_some())
}

impl Looked {
    fn up(
        tx: &mut ReadTx<'_>,
        articles: &LibraryCache,
        person: Option<PersonId>,
        said: Said,
        now: Timestamp,
    ) -> Result<Self> {
        let library = articles.get(tx)?;
        let (known, chat) = match person {
            Some(person) => (
                Known::look_up(tx, &library, person, said.as_str(), now)?,
                knowledge::latest_chat(tx, person)?.as_ref().map(chat_now),
            ),
            None => (Known::default(), None),
        };
        Ok(Self { reply: library.reply(said.as_str()), said, known, chat, phrased: None })
    }

    /// The passages that answer the message and may be put in other words; none where the answer is not from articles, or
    /// an outage comes first: that is told at once.
    pub fn passages(&self) -> Vec<Quote> {
        match (wish(self.said.as_str()), &self.reply) {
            (Wish::Knowledge, Reply::Answers(found)) if !self.known.tells_of_any() => quotes(found),
            _ => Vec::new(),
        }
    }

    /// The message.
    pub fn said(&self) -> &Said {
        &self.said
    }

    /// Has the answer said in other words, if all of them are from the passages; `by` is who found them.
    pub fn phrase(&mut self, by: &str, words: &str) -> std::result::Result<(), Unfit> {
        let passages: Vec<_> = self.passages().iter().map(Quote::whole).collect();
        let passages: Vec<_> = passages.iter().map(String::as_str).collect();
        self.phrased = Some((known::plain(by), Phrasing::judge(words, &passages)?));
        Ok(())
    }
}

/// What somebody says to the bot, and what is written down about it.
struct Say {
    looked: Looked,
}

impl Command for Say {
    type Outcome = BotAnswer;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let person = at.person().ok_or(Refused::NotFound("person"))?;
        if let Some(chat) = knowledge::latest_chat(at.tx, person)? {
            at.aim(chat.id);
        }
        Ok(Action::ChatSay)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<BotAnswer> {
        let person = act.person().ok_or(Refused::NotFound("person"))?;
        let latest = match knowledge::latest_chat(act.tx, person)? {
            Some(chat) => knowledge::lock_chat(act.tx, chat.id)?,
            None => None,
        };
        // What was meant for one conversation is not said in another, whether that began or went to people meanwhile.
        if latest.as_ref().map(chat_now) != self.looked.chat {
            return Err(Refused::Rule(
                "this conversation changed in another window; look at it, and send your words again"
                    .to_owned(),
            ));
        }
        let mut chat = match latest.filter(|chat| chat.ticket.is_none()) {
            Some(chat) => chat,
            None => begin(act)?,
        };
        if chat.lines >= MOST_LINES {
            return Err(Refused::Rule(
                "this conversation is long enough; send it to the service desk, or begin a new one"
                    .to_owned(),
            ));
        }
        let said = self.looked.said.clone();
        let (answer, cited) = answer(act, &mut chat, self.looked)?;
        let speaker = if answer.answered { Speaker::Person } else { Speaker::Unanswered };
        add(act, &mut chat, speaker, said.as_str(), "")?;
        let cites: Vec<_> = known::cite(&answer.outages)
            .chain(cited.iter().map(|(number, language)| format!("{number}.{language}")))
            .collect();
        let words = spoken(&answer);
        add(act, &mut chat, Speaker::Bot, &words, &cites.join(" "))?;
        knowledge::update_chat(act.tx, &chat)?;
        act.announce(format!("mine:{person}"));
        act.target = chat.id.into();
        // What somebody said to a machine is not for a record that is never forgotten.
        act.detail = json!({ "answered": answer.answered, "cites": answer.cites, "outages": answer.outages });
        Ok(answer)
    }
}

fn begin(act: &mut Act<'_, '_>) -> Result<Chat> {
    let person = act.person().ok_or(Refused::NotFound("person"))?;
    let id: ChatId = act.new_id();
    match knowledge::begin_chat(act.tx, id, person, act.now()) {
        // Another of theirs began at the same moment.
        Err(StoreError::Duplicate { .. }) => return Err(StoreError::Busy.into()),
        begun => begun?,
    }
    Ok(Chat { id, person, started_at: act.now(), lines: 0, asked: 0, ticket: None })
}

fn add(act: &mut Act<'_, '_>, chat: &mut Chat, speaker: Speaker, body: &str, cites: &str) -> Result<()> {
    chat.lines += 1;
    let line =
        ChatLine { seq: chat.lines, at: act.now(), speaker, body: body.to_owned(), cites: cites.to_owned() };
    Ok(knowledge::add_line(act.tx, chat.id, &line)?)
}

/// An answer as one text in Markdown: its words, and each quotation with the article that it is from.
fn spoken(answer: &BotAnswer) -> String {
    let mut text = answer.words.clone();
    if let Some(by) = &answer.phrased_by {
        let passages = answer.quotes.iter().enumerate().map(|(nth, quote)| {
            let heading = quote.heading.as_ref().map(|heading| format!(", {heading}")).unwrap_or_default();
            format!(
                "\\[{}\\] {}: {}",
                nth + 1,
                quote.number,
                known::plain(&format!("{}{heading}", quote.title))
            )
        });
        let passages = passages.collect::<Vec<_>>().join("\n\n");
        return format!("{text}\n\n*Phrased by {by} from these passages:*\n\n{passages}");
    }
    for quotes in answer.quotes.chunk_by(|one, next| one.number == next.number) {
        for quote in quotes {
            let heading =
                quote.heading.as_ref().map(|heading| format!("**{heading}**\n\n")).unwrap_or_default();
            text = format!("{text}\n\n{heading}{}", quote.text);
        }
        text = format!("{text}\n\n*From {}: {}*", quotes[0].number, quotes[0].title);
    }
    text
}

/// The passages of articles that answer: the lead of each, and the section that fits better.
fn quotes(found: &[Found]) -> Vec<Quote> {
    let of = |hit: &Found| {
        let passages = Passages::of(&hit.article.body);
        let section = hit.section.and_then(|at| passages.0.get(at).cloned());
        let quote = |passage: Passage<'_>| Quote {
            number: hit.article.number,
            title: hit.article.title.clone(),
            heading: passage.heading.map(str::to_owned),
            text: passage.text.to_owned(),
        };
        passages.lead().cloned().into_iter().chain(section).map(quote).collect::<Vec<_>>()
    };
    found.iter().flat_map(of).collect()
}

/// The articles that an answer quotes or points at, each in the language that it was found in.
type Cited = Vec<(ArticleNumber, Language)>;

fn answer(act: &mut Act<'_, '_>, chat: &mut Chat, looked: Looked) -> Result<(BotAnswer, Cited)> {
    let outages = looked.known.ids();
    let own = |words: String| {
        let (quotes, cites, outages) = (Vec::new(), Vec::new(), outages.clone());
        (BotAnswer { words, quotes, phrased_by: None, cites, outages, answered: true }, Cited::new())
    };
    let cited = |found: &[Found]| -> Cited {
        found.iter().map(|hit| (hit.article.number, hit.article.language)).collect()
    };
    let numbers = |cited: &Cited| cited.iter().map(|(number, _)| *number).collect();
    match wish(looked.said.as_str()) {
        Wish::Status(number) => return Ok(own(status(act, number)?)),
        Wish::MyTickets => return Ok(own(my_tickets(act)?)),
        Wish::Human => {
            return Ok(own(
                "Press **Send it to the service desk** below: a person reads all of this and answers you here.".to_owned(),
            ));
        }
        Wish::Outages | Wish::Knowledge => {}
    }
    // What is out of order comes first: nothing that is written down helps against it.
    let zone = zone_of(act)?;
    let outage = looked.known.words(act.now(), &zone);
    match looked.reply {
        Reply::Answers(found) => {
            let (phrased_by, words) = match looked.phrased {
                Some((by, phrasing)) => (Some(by), phrasing.markdown()),
                None if found.len() == 1 => (None, "This is what we have written down:".to_owned()),
                None => (None, "One after the other:".to_owned()),
            };
            let words = outage.into_iter().chain([words]).collect::<Vec<_>>().join("\n\n");
            let (quotes, cited) = (quotes(&found), cited(&found));
            let cites = numbers(&cited);
            Ok((BotAnswer { words, quotes, phrased_by, cites, outages, answered: true }, cited))
        }
        Reply::Unsure(_) if outage.is_some() => Ok(own(outage.unwrap_or_default())),
        Reply::Unsure(near) => {
            let asked = usize::try_from(chat.asked).unwrap_or(usize::MAX);
            let in_intake = chat.asked > 0;
            let next = INTAKE.get(asked);
            chat.asked = chat.asked.saturating_add(u64::from(next.is_some()));
            let cited = if in_intake { Cited::new() } else { cited(&near) };
            let opening = match (in_intake, cited.is_empty()) {
                (true, _) => "Thank you.",
                (false, true) => "I have nothing written down about that.",
                (false, false) => {
                    "I am not sure. Perhaps one of these is about it; if not, a few questions for our people."
                }
            };
            let words = match next {
                Some(question) => format!("{opening} {question}"),
                None => format!(
                    "{opening} That is all I need. Press **Send it to the service desk**, and a person answers you here."
                ),
            };
            let cites = numbers(&cited);
            let quotes = Vec::new();
            Ok((BotAnswer { words, quotes, phrased_by: None, cites, outages, answered: in_intake }, cited))
        }
    }
}

/// The clock of the person who speaks.
fn zone_of(act: &mut Act<'_, '_>) -> Result<TimeZone> {
    let Some(person) = act.person() else { return Ok(TimeZone::UTC) };
    let zone = store::person::by_id(act.tx, person)?.map(|person| person.zone);
    Ok(zone.and_then(|zone| TimeZone::get(&zone).ok()).unwrap_or(TimeZone::UTC))
}

/// How a ticket stands, if it is the person's own.
fn status(act: &mut Act<'_, '_>, number: TicketNumber) -> Result<String> {
    let person = act.person();
    let ticket =
        crate::ticket::find(act.tx, number.into())?.filter(|ticket| Some(ticket.requester) == person);
    match ticket {
        Some(ticket) => line(act, &ticket),
        None => Ok(format!("You have no ticket {number}. I tell only of your own.")),
    }
}

fn my_tickets(act: &mut Act<'_, '_>) -> Result<String> {
    let person = act.person();
    let tickets = store::ticket::newest(act.tx, person, None, LOOKED_AT)?;
    let looked_at = u32::try_from(tickets.len()).unwrap_or(LOOKED_AT);
    let open: Vec<_> =
        tickets.into_iter().filter(|ticket| ticket.phase.is_open()).take(TOLD as usize).collect();
    if open.is_empty() {
        return Ok(match looked_at {
            LOOKED_AT => format!("None of your newest {LOOKED_AT} tickets is open."),
            _ => "Nothing of yours is open.".to_owned(),
        });
    }
    let lines = open
        .iter()
        .map(|ticket| line(act, ticket).map(|line| format!("- {line}")))
        .collect::<Result<Vec<_>>>()?;
    Ok(format!("Your open tickets:\n\n{}", lines.join("\n")))
}

fn line(act: &mut Act<'_, '_>, ticket: &Ticket) -> Result<String> {
    let rules = act.rules()?;
    let subject = known::plain(ticket.subject.as_str());
    Ok(format!("**{}** {subject}: {}", ticket.number, progress(ticket, &rules.workflow).sentence))
}

/// Raises a ticket with the conversation in it. People answer it, and what they say stands in the same thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileChat {
    /// What it took to get here, where a page counts it.
    pub effort: Option<Effort>,
}

impl Command for FileChat {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let person = at.person().ok_or(Refused::NotFound("person"))?;
        let chat = knowledge::latest_chat(at.tx, person)?.ok_or(Refused::NotFound("conversation"))?;
        at.aim(chat.id);
        not_sent(at.tx, &chat)?;
        Ok(Action::TicketRaise)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let person = act.person().ok_or(Refused::NotFound("person"))?;
        let latest = knowledge::latest_chat(act.tx, person)?.ok_or(Refused::NotFound("conversation"))?;
        let mut chat = knowledge::lock_chat(act.tx, latest.id)?.ok_or(Refused::NotFound("conversation"))?;
        not_sent(act.tx, &chat)?;
        let lines = knowledge::lines(act.tx, chat.id, 400)?;
        let first = lines.iter().find(|line| line.speaker != Speaker::Bot);
        let Some(first) = first else {
            return Err(Refused::Rule("say first what is wrong; there is nothing to send yet".to_owned()));
        };
        let subject: String = first.body.split_whitespace().collect::<Vec<_>>().join(" ");
        let subject: String = subject.chars().filter(|c| !c.is_control()).take(Subject::LIMIT).collect();
        let subject = Subject::new(&subject).map_err(|error| Refused::field("said", error))?;
        let description =
            Markdown::new(&transcript(&lines)).map_err(|error| Refused::field("said", error))?;
        let plain = RaiseTicket::of(Kind::Incident, subject, Some(description));
        let raised = RaiseTicket { effort: self.effort, ..plain }.perform(act)?;
        chat.ticket = Some(raised.id);
        knowledge::update_chat(act.tx, &chat)?;
        if let Some(detail) = act.detail.as_object_mut() {
            detail.insert("chat".to_owned(), json!(chat.id));
        }
        Ok(raised)
    }
}

/// A conversation becomes a ticket once.
fn not_sent(tx: &mut ReadTx<'_>, chat: &Chat) -> Result<()> {
    let Some(ticket) = chat.ticket else { return Ok(()) };
    let number = store::ticket::by_id(tx, ticket)?.map(|ticket| format!(" as {}", ticket.number));
    let number = number.unwrap_or_default();
    Err(Refused::Rule(format!("it was sent already{number}; what you write there is read by people")))
}

/// A conversation as a technician reads it, cut where a ticket could not hold it.
fn transcript(lines: &[ChatLine]) -> String {
    const ROOM: usize = Markdown::LIMIT - 200;
    let mut text = String::from("*Told to the bot:*\n");
    for line in lines {
        let said = match line.speaker {
            Speaker::Person | Speaker::Unanswered => {
                let quoted: Vec<_> = line.body.lines().map(|line| format!("> {line}")).collect();
                quoted.join("\n")
            }
            // Its quotations can be read where they are from.
            Speaker::Bot if cites(line).next().is_none() => line.body.clone(),
            Speaker::Bot => {
                let numbers: Vec<_> = cites(line).map(|(number, _)| number.to_string()).collect();
                let outage = if known::cited(&line.cites).next().is_some() {
                    "told of a known outage and "
                } else {
                    ""
                };
                format!("The bot {outage}pointed to {}.", numbers.join(", "))
            }
        };
        if text.len() + said.len() + 2 > ROOM {
            text.push_str("\n\n*It goes on; ask its requester for the rest.*");
            break;
        }
        text.push_str("\n\n");
        text.push_str(&said);
    }
    text
}

/// Puts the conversation aside and begins a new one.
#[derive(Debug, Clone, Copy)]
pub struct StartAnew;

impl Command for StartAnew {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.person().ok_or(Refused::NotFound("person"))?;
        Ok(Action::ChatSay)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let chat = begin(act)?;
        act.target = chat.id.into();
        act.detail = json!({ "began": chat.id });
        Ok(())
    }
}

/// What a line cites, as it is kept: `KB-1.en KB-7.de`.
fn cites(line: &ChatLine) -> impl Iterator<Item = (ArticleNumber, Language)> {
    line.cites.split(' ').filter_map(|cite| {
        let (number, language) = cite.split_once('.')?;
        Some((number.parse().ok()?, Language::parse(language)?))
    })
}

/// A line of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChatLineView {
    /// Whether the bot says it.
    pub bot: bool,
    /// What is said, in Markdown.
    pub body: String,
    /// When.
    pub at: Timestamp,
    /// The articles it quotes or points at.
    pub cites: Vec<ArticleHit>,
    /// The known outages it tells of, as they stand now.
    pub outages: Vec<OutageView>,
}

/// The latest conversation of the caller.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChatView {
    /// What was said, in order.
    pub lines: Vec<ChatLineView>,
    /// The ticket that it became: people answer there, and it is shown here.
    pub ticket: Option<TicketNumber>,
    /// Whether there is something to send.
    pub can_be_sent: bool,
}

/// The latest conversation of the caller.
#[derive(Debug, Clone, Copy)]
pub struct MyChat;

impl Query for MyChat {
    type Answer = ChatView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let person = look.person().ok_or(Refused::NotFound("person"))?;
        let Some(chat) = knowledge::latest_chat(look.tx, person)? else {
            return Ok(ChatView { lines: Vec::new(), ticket: None, can_be_sent: false });
        };
        let lines = knowledge::lines(look.tx, chat.id, 400)?;
        let ticket = match chat.ticket {
            Some(ticket) => store::ticket::by_id(look.tx, ticket)?.map(|ticket| ticket.number),
            None => None,
        };
        let known = known::standing(look, person, lines.iter().map(|line| line.cites.as_str()))?;
        let technician = look.may(Capability::TicketRead);
        let library = look.library.get(look.tx)?;
        let cited = |line: &ChatLine| -> Vec<ArticleHit> {
            let found =
                cites(line).filter_map(|(number, language)| library.article(number, language, technician));
            found.map(|found| ArticleHit::of(&found)).collect()
        };
        let lines: Vec<_> = lines
            .iter()
            .map(|line| ChatLineView {
                bot: line.speaker == Speaker::Bot,
                body: line.body.clone(),
                at: line.at,
                cites: cited(line),
                outages: known::cited(&line.cites).filter_map(|id| known.get(&id).cloned()).collect(),
            })
            .collect();
        Ok(ChatView { can_be_sent: chat.ticket.is_none() && !lines.is_empty(), lines, ticket })
    }
}
