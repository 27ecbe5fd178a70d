//! What can be requested in the sample organisation, what a few people work with, and a guest.

use anyhow::Context as _;
use desk::{
    Context, Desk,
    catalogue::{AddDevice, Catalogue, DeviceFields, RequestItem, Said, WriteItem},
    guest::{GuestTicket, Guests, SetGuests},
    identity::Teams,
};
use domain::{
    PersonId,
    catalogue::{ApprovalBy, CatalogueItem, DeviceKind, Question, QuestionKind},
    ticket::{
        AssetTag, Category, ChoiceWords, DeviceName, ItemAbout, ItemName, Keywords, Markdown, QuestionLabel,
        SerialNumber, Subject,
    },
};

use super::{Player, load::acting};
use crate::edge;

/// A question, whether it has to be answered, and its choices with ` | ` between.
type Asked = (&'static str, QuestionKind, bool, &'static str);

/// Something to request.
struct Offer {
    name: &'static str,
    about: &'static str,
    keywords: &'static str,
    category: &'static str,
    group: &'static str,
    days: u16,
    approval: ApprovalBy,
    asked: &'static [Asked],
}

use QuestionKind::{Choice, Date, Person, Text, YesNo};

const OFFERS: [Offer; 11] = [
    Offer {
        name: "A notebook",
        about: "The standard notebook with a dock, a bag and the programs of your department. The old one comes back within two weeks.",
        keywords: "laptop, computer, new device",
        category: "Devices",
        group: "Workplace",
        days: 5,
        approval: ApprovalBy::Manager,
        asked: &[
            ("Which one?", Choice, true, "13 inch, light | 14 inch, standard | 16 inch, for imaging"),
            ("Who is it for?", Person, false, ""),
            ("Needed from", Date, false, ""),
            ("Does it replace an old one?", YesNo, true, ""),
        ],
    },
    Offer {
        name: "A second screen",
        about: "A screen of 24 or 27 inches with an arm and all cables, put up at your desk.",
        keywords: "monitor, display",
        category: "Devices",
        group: "Workplace",
        days: 3,
        approval: ApprovalBy::Manager,
        asked: &[("Which size?", Choice, true, "24 inch | 27 inch"), ("Room and desk", Text, true, "")],
    },
    Offer {
        name: "A mobile phone",
        about: "A mobile with a contract of the group, for people who are on call or work at several sites.",
        keywords: "smartphone, SIM, on call",
        category: "Devices",
        group: "Workplace",
        days: 5,
        approval: ApprovalBy::Manager,
        asked: &[
            ("What is it for?", Choice, true, "On call | Several sites | Home visits"),
            ("Keep a number that you have?", YesNo, true, ""),
        ],
    },
    Offer {
        name: "A headset",
        about: "A headset with one or two ears, for the telephone and for meetings.",
        keywords: "headphones, microphone",
        category: "Devices",
        group: "Workplace",
        days: 2,
        approval: ApprovalBy::Nobody,
        asked: &[("Which one?", Choice, true, "One ear | Two ears")],
    },
    Offer {
        name: "Access to a shared folder",
        about: "Read or change what is in a folder of a department. Whoever leads you is asked; the owner of the folder is told.",
        keywords: "share, drive, permission",
        category: "Access",
        group: "Identity and Access",
        days: 1,
        approval: ApprovalBy::Manager,
        asked: &[
            ("Which folder?", Text, true, ""),
            ("To do what?", Choice, true, "Read | Read and change"),
            ("Until when?", Date, false, ""),
        ],
    },
    Offer {
        name: "Access to the patient record",
        about: "A role in the clinical record, by your post and ward. It is approved by the clinical applications' owners, as the rules of data protection want it.",
        keywords: "EPR, clinical system, role",
        category: "Access",
        group: "Clinical Applications",
        days: 2,
        approval: ApprovalBy::People,
        asked: &[
            ("Which role?", Choice, true, "Nurse | Doctor | Therapist | Ward clerk | Student"),
            ("Which ward or clinic?", Text, true, ""),
            ("Until when?", Date, false, ""),
        ],
    },
    Offer {
        name: "Work from home",
        about: "The secure connection to the network on your notebook, with the second factor on your phone.",
        keywords: "VPN, remote access, home office",
        category: "Access",
        group: "Networks",
        days: 1,
        approval: ApprovalBy::Manager,
        asked: &[("Is your notebook one of the group's?", YesNo, true, "")],
    },
    Offer {
        name: "A mailbox for a team",
        about: "A shared address that several people read and answer from.",
        keywords: "shared mailbox, e-mail, distribution list",
        category: "E-mail",
        group: "Identity and Access",
        days: 2,
        approval: ApprovalBy::Nobody,
        asked: &[("Address", Text, true, ""), ("Who looks after it?", Person, true, "")],
    },
    Offer {
        name: "A program",
        about: "A program from the list of approved software, put on your device. What is not on the list takes longer.",
        keywords: "software, licence, install, application",
        category: "Software",
        group: "Workplace",
        days: 2,
        approval: ApprovalBy::Manager,
        asked: &[("Which program?", Text, true, ""), ("What do you need it for?", Text, true, "")],
    },
    Offer {
        name: "Somebody new starts",
        about: "Account, badge, device and access for somebody who starts: one form, and everything is there on the first day.",
        keywords: "onboarding, joiner, new employee, new starter",
        category: "People",
        group: "Service Desk",
        days: 5,
        approval: ApprovalBy::Nobody,
        asked: &[
            ("Their name", Text, true, ""),
            ("Their first day", Date, true, ""),
            ("Who leads them?", Person, true, ""),
            ("Which device?", Choice, true, "Notebook | Shared workplace | None"),
        ],
    },
    Offer {
        name: "Somebody leaves",
        about: "Account, access and devices end on the last day. What belongs to patients and to the ward stays.",
        keywords: "offboarding, leaver",
        category: "People",
        group: "Service Desk",
        days: 1,
        approval: ApprovalBy::Nobody,
        asked: &[("Who?", Person, true, ""), ("Their last day", Date, true, "")],
    },
];

/// Writes it down, as an administrator would; somebody has requested something, and a guest has written.
pub(super) async fn load(desk: &Desk, players: &[Player]) -> anyhow::Result<()> {
    let who = |role: &str| {
        let player = players.iter().find(|player| player.role == role);
        player.with_context(|| format!("the sample has no {role}"))
    };
    let admin = acting(who("admin")?.person);
    let context = || anyhow::Ok(Context::new(admin.clone(), edge::now(), edge::seed()?));
    let groups = desk.ask(context()?, Teams).await?;
    for offer in &OFFERS {
        let group = groups.iter().find(|group| group.name == offer.group).map(|group| group.id);
        let item = item(offer, group, who("licence_manager")?.person)?;
        desk.execute(context()?, WriteItem { id: None, item, if_version: None }).await?;
    }
    let requester = who("requester")?.person;
    devices(desk, requester, who("agent_concurrent")?.person, &context).await?;
    request(desk, who("agent_concurrent")?.person).await?;
    desk.execute(context()?, SetGuests { guests: Guests { open: true }, version: 0 }).await?;
    let guest = GuestTicket {
        name: "Ida Lorenz".to_owned(),
        // The address of somebody who is known here, as a former colleague would still write it.
        email: who("requester")?.email.clone(),
        subject: Subject::new("My last pay slip cannot be opened")?,
        description: Some(Markdown::new(
            "I left in May. The link to my last pay slip asks for a password that I no longer have.",
        )?),
        form: GuestTicket::form_of(edge::seed()?),
        remote: None,
    };
    desk.raise_as_guest(guest, edge::now(), edge::seed()?).await?;
    Ok(())
}

fn item(offer: &Offer, group: Option<domain::GroupId>, approver: PersonId) -> anyhow::Result<CatalogueItem> {
    let mut questions = Vec::with_capacity(offer.asked.len());
    for (label, kind, required, choices) in offer.asked {
        let choices = choices.split(" | ").filter(|words| !words.is_empty()).map(ChoiceWords::new);
        questions.push(Question {
            label: QuestionLabel::new(label)?,
            kind: *kind,
            required: *required,
            choices: choices.collect::<Result<_, _>>()?,
        });
    }
    Ok(CatalogueItem {
        name: ItemName::new(offer.name)?,
        about: ItemAbout::new(offer.about)?,
        keywords: Some(Keywords::new(offer.keywords)?),
        category: Category::new(offer.category)?,
        group,
        questions,
        working_days: Some(offer.days),
        approval: offer.approval,
        approvers: if offer.approval == ApprovalBy::People { vec![approver] } else { Vec::new() },
        offered: true,
    })
}

/// The employee whose link is shown first has one device, a technician two.
async fn devices(
    desk: &Desk,
    one: PersonId,
    two: PersonId,
    context: &impl Fn() -> anyhow::Result<Context>,
) -> anyhow::Result<()> {
    let all = [
        (one, "Notebook on the ward", DeviceKind::Computer, "PF3XK2LM", "MHG-04217"),
        (two, "Notebook", DeviceKind::Computer, "PF3XJ9QT", "MHG-04031"),
        (two, "On-call phone", DeviceKind::Phone, "353918057", "MHG-11820"),
    ];
    for (person, name, kind, serial, tag) in all {
        let device = DeviceFields {
            name: DeviceName::new(name)?,
            kind,
            serial: Some(SerialNumber::new(serial)?),
            tag: Some(AssetTag::new(tag)?),
        };
        desk.execute(context()?, AddDevice { person, device }).await?;
    }
    Ok(())
}

async fn request(desk: &Desk, by: PersonId) -> anyhow::Result<()> {
    let context = || anyhow::Ok(Context::new(acting(by), edge::now(), edge::seed()?));
    let items = desk.ask(context()?, Catalogue::default()).await?;
    let item = items.iter().find(|item| item.name.as_str() == "A headset").context("headsets are offered")?;
    let answers = vec![Said { question: "Which one?".to_owned(), answer: "Two ears".to_owned() }];
    let more = Some(Markdown::new("The telephone at the front desk is loud.")?);
    let request = RequestItem { item: item.id, answers, more, effort: None, if_version: None };
    desk.execute(context()?, request).await?;
    Ok(())
}
