//! A guest raises a ticket.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    GuestId, TicketId, Timestamp,
    identity::{Actor, Capabilities, Capability},
    licence::Action,
    new_id,
    ticket::{Kind, Markdown, Subject, TicketNumber},
};
use rand::{SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{StoreError, guest};

use super::{LONGEST, open::guests, principal};
use crate::{
    Act, Command, Context, Desk, Idempotency, Refused, Result, Threshold,
    identity::{Fields, Secret, throttle},
    ticket::RaiseTicket,
};

/// What a guest sends.
#[derive(Debug, Clone)]
pub struct GuestTicket {
    /// Their name, as typed.
    pub name: String,
    /// Their address, as typed.
    pub email: String,
    /// What it is about.
    pub subject: Subject,
    /// More about it.
    pub description: Option<Markdown>,
    /// 256 random bits that came with the form, as URL-safe base64. The link follows from them, so that a form that is sent
    /// twice leads to the same ticket by the same link, and nothing of the link has to be kept.
    pub form: String,
    /// From where it is sent.
    pub remote: Option<IpAddr>,
}

impl GuestTicket {
    /// What comes with a form that is about to be shown: the bits of `seed`, which nothing else is drawn from.
    pub fn form_of(seed: [u8; 32]) -> String {
        URL_SAFE_NO_PAD.encode(seed)
    }
}

/// A ticket that a guest raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestRaised {
    /// Its number.
    pub number: TicketNumber,
    /// The secret of the link by which they follow it.
    pub secret: Secret,
}

fn who(name: &str, email: &str) -> (Fields, String, String) {
    let mut fields = Fields::default();
    let name = fields.line("name", name, 1..=80);
    let email = fields.email("email", email);
    (fields, name, email)
}

/// Refuses a name or an address that cannot be one, so that a form says at once all that is wrong with it.
///
/// # Errors
///
/// [`Refused::Invalid`], with each of the two that is wrong.
pub fn check_guest(name: &str, email: &str) -> Result<()> {
    who(name, email).0.check()
}

impl Desk {
    /// Raises a ticket for somebody without an account. The answer is the same whoever else has the address.
    pub async fn raise_as_guest(
        &self,
        sent: GuestTicket,
        now: Timestamp,
        seed: [u8; 32],
    ) -> Result<GuestRaised> {
        let (mut fields, name, email) = who(&sent.name, &sent.email);
        if sent.description.as_ref().is_some_and(|text| text.as_str().chars().count() > LONGEST) {
            fields.refuse("description", format_args!("use at most {LONGEST} characters"));
        }
        fields.check()?;
        if URL_SAFE_NO_PAD.decode(&sent.form).is_ok_and(|bits| bits.len() == 32) {
            let secret = Secret::of_form(&sent.form);
            let description = sent.description.as_ref().map_or("", Markdown::as_str);
            let mut request = Sha256::new();
            for part in [&*name, &*email, sent.subject.as_str(), description] {
                request.update((part.len() as u64).to_be_bytes());
                request.update(part);
            }
            let mut random = StdRng::from_seed(seed);
            let id: GuestId = new_id(now, &mut random);
            let mut ctx = Context::new(principal(Actor::External, id, &name, &email), now, crate::fork(seed));
            ctx.scopes = Capabilities::default().with(Capability::PortalUse);
            // The key is kept; the link must not follow from what is kept.
            let key = Sha256::new().chain_update("freehold guest form ").chain_update(&sent.form).finalize();
            ctx.idempotency = Some(Idempotency {
                key: URL_SAFE_NO_PAD.encode(key),
                request_hash: request.finalize().into(),
            });
            let keys = throttle::keys_of_guest(&email, sent.remote);
            let (subject, description) = (sent.subject, sent.description);
            let link = secret.hash();
            let raise = RaiseAsGuest { id, name, email, subject, description, link, keys };
            // Of two that are sent at once the second is undone, and finds what the first did when it is asked again.
            let raised = match self.execute(ctx.clone(), raise.clone()).await {
                Err(Refused::Store(StoreError::Busy)) => self.execute(ctx, raise).await,
                raised => raised,
            };
            return match raised {
                Ok(raised) => Ok(GuestRaised { number: raised.number, secret }),
                // A form of days ago, whose key is forgotten: what it was sent for is there.
                Err(Refused::Store(StoreError::Busy)) => Err(Refused::KeyReused),
                Err(refused) => Err(refused),
            };
        }
        Err(Refused::Rule(
            "this form did not come from this desk; reload the page and send it again".to_owned(),
        ))
    }
}

#[derive(Clone)]
struct RaiseAsGuest {
    id: GuestId,
    name: String,
    email: String,
    subject: Subject,
    description: Option<Markdown>,
    link: [u8; 32],
    keys: Vec<throttle::Key>,
}

/// What is kept of it for the same form sent again.
#[derive(Serialize, Deserialize)]
struct Raised {
    number: TicketNumber,
    ticket: TicketId,
}

impl Command for RaiseAsGuest {
    type Outcome = Raised;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if !guests(at.tx)?.0.open {
            return Err(Refused::NotFound("page"));
        }
        Ok(Action::TicketRaise)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Raised> {
        let now = act.now();
        throttle::admit(act.tx, &self.keys, now)?;
        let ticket = RaiseTicket::of(Kind::Incident, self.subject, self.description).perform(act)?;
        let kept = guest::Guest {
            id: self.id,
            ticket: ticket.id,
            person: ticket.requester,
            name: self.name,
            email: self.email,
            link_made_at: act.now(),
            revoked_at: None,
        };
        guest::insert(act.tx, &kept, &self.link).map_err(|error| match error {
            StoreError::Duplicate { .. } => StoreError::Busy,
            error => error,
        })?;
        act.detail = json!({
            "number": ticket.number, "subject": ticket.subject, "requester": ticket.requester, "guest": kept.id
        });
        Ok(Raised { number: ticket.number, ticket: ticket.id })
    }
}
