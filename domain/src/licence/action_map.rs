//! The action map: which capability and which licence each action needs. One table, read by enforcement,
//! documentation (`freehold actions`) and audit alike.

use serde::Serialize;

use super::Module;
use crate::{
    identity::{Capability, named},
    ticket::Kind,
};

/// The version of the map. It rises with every change of a row; audit records carry it, so that an old decision can be
/// read under the rules of its day.
pub const ACTION_MAP_VERSION: u32 = 14;

/// What an action takes from the licence pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceNeed {
    /// Nothing: requesters do this, and so does the running of the desk itself.
    Free,
    /// A seat, token or pass of the base product.
    Base,
    /// That, and a seat, token or pass of a module.
    Module(Module),
}

named! {
    /// Everything that can be done to the desk, by whatever channel.
    Action {
        /// Raise a ticket for oneself.
        TicketRaise = "ticket.raise",
        /// Raise a ticket for somebody else.
        TicketRaiseFor = "ticket.raise_for",
        /// Answer on one's own ticket.
        TicketReplyOwn = "ticket.reply_own",
        /// Attach a file to one's own ticket.
        TicketAttachOwn = "ticket.attach_own",
        /// Withdraw one's own ticket.
        TicketWithdrawOwn = "ticket.withdraw_own",
        /// Reopen one's own ticket.
        TicketReopenOwn = "ticket.reopen_own",
        /// Follow a ticket one may read, or stop following it.
        TicketFollow = "ticket.follow",
        /// Say how one was helped with one's own ticket.
        TicketRate = "ticket.rate",
        /// Send a public reply.
        TicketReply = "ticket.reply",
        /// Write a work note.
        TicketNote = "ticket.note",
        /// Attach a file to anybody's ticket.
        TicketAttach = "ticket.attach",
        /// Change subject, category, impact or urgency.
        TicketUpdate = "ticket.update",
        /// Give a ticket to a group or a person.
        TicketAssign = "ticket.assign",
        /// Move a ticket through its workflow.
        TicketTransition = "ticket.transition",
        /// Add or remove another person as watcher.
        TicketWatch = "ticket.watch",
        /// Put a ticket off for oneself, or take it up again.
        TicketSnooze = "ticket.snooze",
        /// Link two tickets, or unlink them.
        TicketLink = "ticket.link",
        /// Merge a ticket into another.
        TicketMerge = "ticket.merge",
        /// Undo a merge.
        TicketUnmerge = "ticket.unmerge",
        /// Tell everybody of an outage, how it stands, and that it is over.
        OutageAnnounce = "outage.announce",
        /// Say that an outage hits one too.
        OutageJoin = "outage.join",
        /// Ask people to approve a ticket, or take that back.
        ApprovalAsk = "approval.ask",
        /// Answer whether a ticket may go on, when one is asked.
        ApprovalAnswer = "approval.answer",
        /// Change the checklist of a ticket.
        ChecklistChange = "checklist.change",
        /// Record the time that a ticket took, or take that back.
        TimeRecord = "time.record",
        /// Write an item of the catalogue, or change it.
        CatalogueChange = "catalogue.change",
        /// Request something from the catalogue.
        CatalogueRequest = "catalogue.request",
        /// Make, send or revoke the link by which a guest follows their ticket.
        GuestLink = "guest.link",
        /// Open the desk to guests, or close it to them.
        GuestsChange = "guests.change",
        /// Say which devices somebody works with.
        DeviceChange = "device.change",
        /// Write, change or remove a text module.
        TextModuleChange = "text_module.change",
        /// Write, change or remove a macro.
        MacroChange = "macro.change",
        /// Write, change or remove what tickets begin with.
        TemplateChange = "template.change",
        /// Write, stop or remove a ticket that comes back by the calendar.
        RecurringChange = "recurring.change",
        /// Raise a ticket whose time has come by the calendar.
        RecurringRaise = "recurring.raise",
        /// Keep, change or remove a view.
        ViewChange = "view.change",
        /// Write an article, or a translation or new version of one.
        ArticleWrite = "article.write",
        /// Publish what was written, retire an article, or say that it is still true.
        ArticlePublish = "article.publish",
        /// Say whether an article helped.
        ArticleFeedback = "article.feedback",
        /// Talk to the bot.
        ChatSay = "chat.say",
        /// Open a problem: a record of the cause behind incidents.
        ProblemRaise = "problem.raise",
        /// Change subject, category, impact or urgency of a problem.
        ProblemUpdate = "problem.update",
        /// Give a problem to a group or a person.
        ProblemAssign = "problem.assign",
        /// Move a problem through its workflow.
        ProblemTransition = "problem.transition",
        /// Merge a problem into another, or undo that.
        ProblemMerge = "problem.merge",
        /// Check a token of a named pool out for other software, or give it back there.
        LeaseCheckout = "lease.checkout",
        /// Give back one's own token.
        LeaseRelease = "lease.release",
        /// Take one's own token along to work without a connection.
        LeaseBorrow = "lease.borrow",
        /// Take or decline the token one is offered, or leave the line.
        QueueAnswer = "queue.answer",
        /// Wait in line for a token.
        QueueJoin = "queue.join",
        /// Create a licence or change its quantity, term or rules.
        LicenceChange = "licence.change",
        /// Entitle people to a concurrent licence, or end that.
        LicenceEntitle = "licence.entitle",
        /// Put a person on an exclusive seat.
        SeatAssign = "seat.assign",
        /// Take a person off an exclusive seat.
        SeatRevoke = "seat.revoke",
        /// Take a token away from its holder.
        LeaseForceRelease = "lease.force_release",
        /// Add or change a contract, its order lines or its documents.
        ContractChange = "contract.change",
        /// Bring in contracts and order lines from a file.
        ContractImport = "contract.import",
        /// Write into the true-up ledger, or take an entry back.
        TrueUpRecord = "true_up.record",
        /// Say when to be told of low stock, and that one has seen an alert.
        AlertTend = "alert.tend",
        /// Create or change a person, their roles or groups.
        PersonChange = "person.change",
        /// Create or change a group.
        GroupChange = "group.change",
        /// Set one's own password.
        PasswordSet = "password.set",
        /// Choose the language that one reads.
        LanguageChoose = "language.choose",
        /// Sign in.
        SignIn = "session.sign_in",
        /// Sign out, here or everywhere.
        SignOut = "session.sign_out",
        /// Have one's own browsers told when something waits for one, or end that.
        PushOwn = "push.own",
        /// Create or revoke one's own API token.
        TokenOwn = "token.own",
        /// Create or revoke a service account or its tokens.
        ServiceAccountChange = "service_account.change",
        /// Change the priority matrix, service levels, calendars or the workflow.
        ServiceLevelChange = "service_level.change",
        /// Bring in people and history from another desk.
        ImportRun = "import.run",
        /// Bring in figures that other systems measured.
        FigureImport = "figure.import",
        /// The program's own upkeep: expiry of leases and offers.
        Upkeep = "upkeep",
    }
}

/// One row of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ActionRule {
    /// The action.
    pub action: Action,
    /// The capability its actor must have.
    pub capability: Capability,
    /// The licence it consumes.
    pub licence: LicenceNeed,
    /// The rule as a sentence.
    pub sentence: &'static str,
}

impl Action {
    /// The map's row for this action.
    pub const fn rule(self) -> ActionRule {
        use Capability as C;
        use LicenceNeed::{Base, Free};
        const PROBLEM: LicenceNeed = LicenceNeed::Module(Module::Problem);
        let (capability, licence, sentence) = match self {
            Self::TicketRaise => (C::PortalUse, Free, "Anybody raises tickets for themselves."),
            Self::TicketRaiseFor => (C::TicketWork, Base, "A technician raises tickets for other people."),
            Self::TicketReplyOwn => (C::PortalUse, Free, "Anybody answers on their own tickets."),
            Self::TicketAttachOwn => (C::PortalUse, Free, "Anybody attaches files to their own tickets."),
            Self::TicketWithdrawOwn => (C::PortalUse, Free, "Anybody withdraws their own tickets."),
            Self::TicketReopenOwn => (C::PortalUse, Free, "Anybody reopens their own tickets."),
            Self::TicketFollow => (C::PortalUse, Free, "Anybody follows a ticket that they may read."),
            Self::TicketRate => {
                (C::PortalUse, Free, "Anybody says how they were helped with their own tickets.")
            }
            Self::TicketReply => (C::TicketWork, Base, "A technician replies to requesters."),
            Self::TicketNote => (C::TicketWork, Base, "A technician writes work notes."),
            Self::TicketAttach => (C::TicketWork, Base, "A technician attaches files to any ticket."),
            Self::TicketUpdate => (C::TicketWork, Base, "A technician changes what a ticket says."),
            Self::TicketAssign => (C::TicketWork, Base, "A technician gives tickets to groups and people."),
            Self::TicketTransition => {
                (C::TicketWork, Base, "A technician moves tickets through the workflow.")
            }
            Self::TicketWatch => (C::TicketWork, Base, "A technician adds and removes watchers."),
            Self::TicketSnooze => (C::TicketWork, Free, "A technician puts a ticket off for themselves."),
            Self::TicketLink => (C::TicketWork, Base, "A technician links tickets."),
            Self::TicketMerge => (C::TicketWork, Base, "A technician merges duplicates."),
            Self::TicketUnmerge => (C::TicketWork, Base, "A technician takes a merge apart again."),
            Self::OutageAnnounce => (C::TicketWork, Base, "A technician tells everybody of an outage."),
            Self::OutageJoin => (C::PortalUse, Free, "Anybody says that an outage hits them too."),
            Self::ApprovalAsk => (C::TicketWork, Base, "A technician asks people to approve a ticket."),
            Self::ApprovalAnswer => {
                (C::PortalUse, Free, "Anybody who is asked says whether a ticket may go on.")
            }
            Self::ChecklistChange => (C::TicketWork, Base, "A technician keeps the checklist of a ticket."),
            Self::TimeRecord => (C::TicketWork, Base, "A technician records the time that a ticket took."),
            Self::CatalogueChange => (C::Admin, Free, "An administrator looks after the catalogue."),
            Self::CatalogueRequest => (C::PortalUse, Free, "Anybody requests what the catalogue offers."),
            Self::GuestLink => {
                (C::TicketWork, Base, "A technician makes, sends and revokes the links of guests.")
            }
            Self::GuestsChange => (C::Admin, Free, "An administrator opens the desk to guests."),
            Self::DeviceChange => (C::Admin, Free, "An administrator says who works with which device."),
            Self::TextModuleChange => (C::TicketWork, Free, "A technician keeps texts to write again."),
            Self::MacroChange => (C::TicketWork, Free, "A technician keeps work to do again."),
            Self::TemplateChange => (C::TicketWork, Free, "A technician keeps what tickets begin with."),
            Self::RecurringChange => {
                (C::TicketWork, Base, "A technician has tickets raised by the calendar for other people.")
            }
            Self::RecurringRaise => {
                (C::Admin, Free, "The desk raises a ticket whose time has come; nobody else does.")
            }
            Self::ViewChange => (C::TicketWork, Free, "A technician keeps lists to come back to."),
            Self::ArticleWrite => (C::TicketWork, Base, "A technician writes down what helped."),
            Self::ArticlePublish => (C::TicketWork, Base, "A technician publishes and retires articles."),
            Self::ArticleFeedback => (C::PortalUse, Free, "Anybody says whether an article helped them."),
            Self::ChatSay => (C::PortalUse, Free, "Anybody talks to the bot; it acts on nothing."),
            Self::ProblemRaise => {
                (C::TicketWork, PROBLEM, "A problem manager opens a problem behind incidents.")
            }
            Self::ProblemUpdate => (C::TicketWork, PROBLEM, "A problem manager changes what a problem says."),
            Self::ProblemAssign => {
                (C::TicketWork, PROBLEM, "A problem manager gives problems to groups and people.")
            }
            Self::ProblemTransition => {
                (C::TicketWork, PROBLEM, "A problem manager moves problems through the workflow.")
            }
            Self::ProblemMerge => {
                (C::TicketWork, PROBLEM, "A problem manager merges problems and takes that apart.")
            }
            Self::LeaseCheckout => {
                (C::PortalUse, Free, "Anybody entitled to a pool checks its tokens out for other software.")
            }
            Self::LeaseRelease => (C::PortalUse, Free, "A holder gives their own token back."),
            Self::LeaseBorrow => {
                (C::PortalUse, Free, "A holder takes their own token along, to work without a connection.")
            }
            Self::QueueAnswer => {
                (C::PortalUse, Free, "A waiting person takes or declines an offer, or leaves.")
            }
            Self::QueueJoin => (C::TicketWork, Free, "A technician waits in line for a token."),
            Self::LicenceChange => (C::LicenceManage, Free, "A licence manager changes licences."),
            Self::LicenceEntitle => (C::LicenceManage, Free, "A licence manager entitles people to a pool."),
            Self::SeatAssign => (C::LicenceManage, Free, "A licence manager puts a person on a seat."),
            Self::SeatRevoke => (C::LicenceManage, Free, "A licence manager takes a person off a seat."),
            Self::LeaseForceRelease => (C::LicenceManage, Free, "A licence manager takes a token away."),
            Self::ContractChange => {
                (C::LicenceManage, Free, "A licence manager keeps contracts and order lines.")
            }
            Self::ContractImport => {
                (C::LicenceManage, Free, "A licence manager brings in contracts from a file.")
            }
            Self::TrueUpRecord => {
                (C::LicenceManage, Free, "A licence manager records use above what was bought.")
            }
            Self::AlertTend => (C::LicenceManage, Free, "A licence manager sets and acknowledges alerts."),
            Self::PersonChange => (C::Admin, Free, "An administrator looks after people."),
            Self::GroupChange => (C::Admin, Free, "An administrator looks after groups."),
            Self::PasswordSet => (C::PortalUse, Free, "Anybody sets their own password."),
            Self::LanguageChoose => (C::PortalUse, Free, "Anybody chooses the language that they read."),
            Self::SignIn => (C::PortalUse, Free, "Anybody signs in; signing in consumes nothing."),
            Self::SignOut => (C::PortalUse, Free, "Anybody signs out."),
            Self::PushOwn => {
                (C::PortalUse, Free, "Anybody has their own browsers told that something waits for them.")
            }
            Self::TokenOwn => (C::PortalUse, Free, "Anybody makes API tokens for themselves."),
            Self::ServiceAccountChange => (C::Admin, Free, "An administrator looks after service accounts."),
            Self::ServiceLevelChange => {
                (C::Admin, Free, "An administrator sets service levels and the workflow.")
            }
            Self::ImportRun => (C::Admin, Free, "An administrator imports history from another desk."),
            Self::FigureImport => {
                (C::Admin, Free, "An administrator imports figures of monitoring and surveys.")
            }
            Self::Upkeep => (C::Admin, Free, "The program expires leases and offers."),
        };
        ActionRule { action: self, capability, licence, sentence }
    }
}

impl Action {
    /// What somebody is doing who does this, to `ticket` if to one: "replying to INC-1042".
    pub fn doing(self, ticket: Option<&str>) -> String {
        let it = ticket.unwrap_or("a ticket");
        let fixed = match self {
            Self::TicketRaise => "raising a ticket",
            Self::TicketReplyOwn => return format!("answering on {it}"),
            Self::TicketAttachOwn | Self::TicketAttach => return format!("attaching a file to {it}"),
            Self::TicketWithdrawOwn => return format!("withdrawing {it}"),
            Self::TicketReopenOwn => return format!("reopening {it}"),
            Self::TicketFollow => return format!("following {it}"),
            Self::TicketRate => return format!("rating {it}"),
            Self::TicketRaiseFor => "raising a ticket for somebody",
            Self::TicketReply => return format!("replying to {it}"),
            Self::TicketNote => return format!("writing a note on {it}"),
            Self::TicketUpdate | Self::ProblemUpdate => return format!("changing {it}"),
            Self::TicketAssign | Self::ProblemAssign => return format!("assigning {it}"),
            Self::TicketTransition | Self::ProblemTransition => return format!("moving {it} on"),
            Self::TicketWatch => return format!("changing who watches {it}"),
            Self::TicketSnooze => return format!("putting {it} off"),
            Self::TicketLink => return format!("linking {it}"),
            Self::TicketMerge | Self::ProblemMerge => return format!("merging {it}"),
            Self::TicketUnmerge => return format!("taking the merge of {it} apart"),
            Self::OutageAnnounce => return format!("announcing {it} as an outage"),
            Self::OutageJoin => "saying that an outage hits them too",
            Self::ApprovalAsk => return format!("asking for an approval of {it}"),
            Self::ApprovalAnswer => return format!("answering whether {it} may go on"),
            Self::ChecklistChange => return format!("changing the checklist of {it}"),
            Self::TimeRecord => return format!("recording time on {it}"),
            Self::CatalogueChange => "changing the catalogue",
            Self::CatalogueRequest => "requesting something",
            Self::GuestLink => return format!("changing the guest's link to {it}"),
            Self::GuestsChange => "changing whether guests may write",
            Self::DeviceChange => "changing a device",
            Self::TextModuleChange => "changing a text module",
            Self::MacroChange => "changing a macro",
            Self::TemplateChange => "changing a template",
            Self::RecurringChange => "changing a recurring ticket",
            Self::RecurringRaise => "raising a recurring ticket",
            Self::ViewChange => "changing a view",
            Self::ArticleWrite => "writing an article",
            Self::ArticlePublish => "publishing an article",
            Self::ArticleFeedback => "saying whether an article helped",
            Self::ChatSay => "talking to the bot",
            Self::ProblemRaise => "opening a problem",
            Self::LeaseRelease => "giving a token back",
            Self::LeaseCheckout => "checking out for other software",
            Self::LeaseBorrow => "taking a token along",
            Self::QueueAnswer => "taking the token on offer",
            Self::QueueJoin => "waiting in line",
            Self::LicenceChange => "changing a licence",
            Self::LicenceEntitle => "entitling people",
            Self::SeatAssign => "assigning a seat",
            Self::SeatRevoke => "taking a seat back",
            Self::LeaseForceRelease => "taking a token away",
            Self::ContractChange => "changing a contract",
            Self::ContractImport => "bringing in contracts",
            Self::TrueUpRecord => "writing into the true-up ledger",
            Self::AlertTend => "tending to alerts",
            Self::PersonChange => "changing a person",
            Self::GroupChange => "changing a group",
            Self::PasswordSet => "setting a password",
            Self::LanguageChoose => "choosing a language",
            Self::SignIn => "signing in",
            Self::SignOut => "signing out",
            Self::PushOwn => "changing which browsers are told",
            Self::TokenOwn => "changing API tokens",
            Self::ServiceAccountChange => "changing a service account",
            Self::ServiceLevelChange => "changing service levels",
            Self::ImportRun => "work in another desk, brought in from there",
            Self::FigureImport => "bringing in figures",
            Self::Upkeep => "upkeep",
        };
        fixed.to_owned()
    }
}

impl Action {
    /// What this act on a ticket is when the ticket is of `kind`: to steer a problem needs its module, even for the person
    /// who opened it. To talk on one, and to link it, does not.
    #[must_use]
    pub const fn on(self, kind: Kind) -> Self {
        match (kind, self) {
            (Kind::Problem, Self::TicketRaise | Self::TicketRaiseFor) => Self::ProblemRaise,
            (Kind::Problem, Self::TicketUpdate) => Self::ProblemUpdate,
            (Kind::Problem, Self::TicketAssign) => Self::ProblemAssign,
            (Kind::Problem, Self::TicketTransition | Self::TicketWithdrawOwn | Self::TicketReopenOwn) => {
                Self::ProblemTransition
            }
            (Kind::Problem, Self::TicketMerge | Self::TicketUnmerge) => Self::ProblemMerge,
            (Kind::Problem, Self::TicketReplyOwn) => Self::TicketReply,
            (Kind::Problem, Self::TicketAttachOwn) => Self::TicketAttach,
            (Kind::Incident | Kind::ServiceRequest | Kind::Problem, act) => act,
        }
    }
}

/// The rows of the map that need `module`.
pub fn needing(module: Module) -> impl Iterator<Item = ActionRule> {
    action_map().filter(move |rule| rule.licence == LicenceNeed::Module(module))
}

/// The whole map, in order.
pub fn action_map() -> impl Iterator<Item = ActionRule> {
    Action::ALL.iter().map(|action| action.rule())
}
