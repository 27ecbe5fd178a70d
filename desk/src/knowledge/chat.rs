//! Conversations with the bot. Each message is an act of the person who says it; the bot acts on nothing. It quotes articles,
//! tells how the person's own tickets stand, and asks what a technician would ask. A ticket is raised by the person's own
//! button, with the conversation in it; from then on the people of the service desk answer in the same thread.

use domain::{
    ChatId, Timestamp,
    identity::Capability,
    knowledge::{ArticleNumber, Found, INTAKE, Language, Passages, Reply, Speaker, Wish, wish},
    licence::Action,
    ticket::{Kind, Markdown, Said, Subject, Ticket, TicketNumber, progress},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    ReadTx, StoreError,
    knowledge::{self, Chat, ChatLine},
};

use super::read::ArticleHit;
use crate::{
    Act, Command, Context, Desk, Look, Query, Refused, Result, Threshold,
    ticket::{RaiseTicket, TicketOutcome},
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

/// What the bot says to a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BotAnswer {
    /// What it says of its own: which of its few sentences.
    pub words: String,
    /// What it quotes.
    pub quotes: Vec<Quote>,
    /// The articles it quotes or points at.
    pub cites: Vec<ArticleNumber>,
    /// Whether anything answered the message.
    pub answered: bool,
}

impl Desk {
    /// Says something to the bot, in the latest conversation or a new one.
    ///
    /// What the articles say is looked up before the door, where no writer waits for it.
    pub async fn say(&self, ctx: Context, said: Said) -> Result<BotAnswer> {
        let (articles, asked) = (self.articles(), said.clone());
        let reply = self.read(move |tx| Ok(articles.get(tx)?.reply(asked.as_str()))).await?;
        self.execute(ctx, Say { said, reply }).await
    }

    /// [`Self::say`] for the command line and for tests.
    pub fn say_now(&self, ctx: Context, said: Said) -> Result<BotAnswer> {
        let (articles, asked) = (self.articles(), said.clone());
        let reply = self
            .database()
            .read_now(move |tx| -> Result<Reply> { Ok(articles.get(tx)?.reply(asked.as_str())) })?;
        self.execute_now(ctx, Say { said, reply })
    }
}

/// What somebody says to the bot, and what the articles say to it.
struct Say {
    said: Said,
    reply: Reply,
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
        let latest = knowledge::latest_chat(act.tx, person)?.filter(|chat| chat.ticket.is_none());
        let mut chat = match latest {
            Some(chat) => knowledge::lock_chat(act.tx, chat.id)?.ok_or(Refused::NotFound("conversation"))?,
            None => begin(act)?,
        };
        if chat.ticket.is_some() {
            // Sent to people while this waited for it: looked at again, it is another conversation or a reply.
            return Err(StoreError::Busy.into());
        }
        if chat.lines >= MOST_LINES {
            return Err(Refused::Rule(
                "this conversation is long enough; send it to the service desk, or begin a new one"
                    .to_owned(),
            ));
        }
        let (answer, cited) = answer(act, &mut chat, self.said.as_str(), self.reply)?;
        let speaker = if answer.answered { Speaker::Person } else { Speaker::Unanswered };
        add(act, &mut chat, speaker, self.said.as_str(), "")?;
        let cites: Vec<_> = cited.iter().map(|(number, language)| format!("{number}.{language}")).collect();
        let words = spoken(&answer);
        add(act, &mut chat, Speaker::Bot, &words, &cites.join(" "))?;
        knowledge::update_chat(act.tx, &chat)?;
        act.announce(format!("mine:{person}"));
        act.target = chat.id.into();
        // What somebody said to a machine is not for a record that is never forgotten.
        act.detail = json!({ "answered": answer.answered, "cites": answer.cites });
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

/// The articles that an answer quotes or points at, each in the language that it was found in.
type Cited = Vec<(ArticleNumber, Language)>;

fn answer(act: &mut Act<'_, '_>, chat: &mut Chat, said: &str, reply: Reply) -> Result<(BotAnswer, Cited)> {
    let own = |words: String| {
        (BotAnswer { words, quotes: Vec::new(), cites: Vec::new(), answered: true }, Cited::new())
    };
    let cited = |found: &[Found]| -> Cited {
        found.iter().map(|hit| (hit.article.number, hit.article.language)).collect()
    };
    let numbers = |cited: &Cited| cited.iter().map(|(number, _)| *number).collect();
    match wish(said) {
        Wish::Status(number) => return Ok(own(status(act, number)?)),
        Wish::MyTickets => return Ok(own(my_tickets(act)?)),
        Wish::Human => {
            return Ok(own(
                "Press **Send it to the service desk** below: a person reads all of this and answers you here.".to_owned(),
            ));
        }
        Wish::Knowledge => {}
    }
    match reply {
        Reply::Answers(found) => {
            let quotes: Vec<Quote> = found
                .iter()
                .flat_map(|hit| {
                    let passages = Passages::of(&hit.article.body);
                    let section = hit.section.and_then(|at| passages.0.get(at).cloned());
                    let quote = |passage: domain::knowledge::Passage<'_>| Quote {
                        number: hit.article.number,
                        title: hit.article.title.clone(),
                        heading: passage.heading.map(str::to_owned),
                        text: passage.text.to_owned(),
                    };
                    passages.lead().cloned().into_iter().chain(section).map(quote).collect::<Vec<_>>()
                })
                .collect();
            let words =
                if found.len() == 1 { "This is what we have written down:" } else { "One after the other:" };
            let cited = cited(&found);
            let cites = numbers(&cited);
            Ok((BotAnswer { words: words.to_owned(), quotes, cites, answered: true }, cited))
        }
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
            Ok((BotAnswer { words, quotes: Vec::new(), cites, answered: in_intake }, cited))
        }
    }
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
    // What a person wrote is shown as they wrote it, not as Markdown.
    let plain = ticket.subject.as_str().replace(['*', '_', '`', '[', ']', '<', '>', '\\'], " ");
    let subject = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(format!("**{}** {subject}: {}", ticket.number, progress(ticket, &rules.workflow).sentence))
}

/// Raises a ticket with the conversation in it. People answer it, and what they say stands in the same thread.
#[derive(Debug, Clone, Copy)]
pub struct FileChat;

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
        let raised = RaiseTicket::of(Kind::Incident, subject, Some(description)).perform(act)?;
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
            Speaker::Bot if line.cites.is_empty() => line.body.clone(),
            Speaker::Bot => {
                let numbers: Vec<_> = cites(line).map(|(number, _)| number.to_string()).collect();
                format!("The bot pointed to {}.", numbers.join(", "))
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
            })
            .collect();
        Ok(ChatView { can_be_sent: chat.ticket.is_none() && !lines.is_empty(), lines, ticket })
    }
}
