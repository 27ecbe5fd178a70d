//! Links that sign somebody in: the way in for who has no password yet, and into a demonstration.

use domain::{PersonId, Timestamp, identity::Capability, licence::Action, new_id};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    ReadTx, person,
    session::{self, SignInLink},
};

use super::{
    Browser, Fields, Secret, SignedIn, own_hands, program_only, secret,
    sign_in::{BeginSession, Proof, split},
};
use crate::{Act, Command, Desk, Refused, Result, Threshold};

/// What is said of every link that cannot be used.
pub(super) const OVER: &str = "this link was used or is over; ask your administrator for a new one";

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// The first administrator sets the desk up.
    Setup,
    /// Signs a person in, once.
    SignIn,
    /// Signs a person in, once, and forgets their password, so that they set a new one.
    NewPassword,
    /// Signs a person of a demonstration in, as often as they like.
    Demo,
}

impl LinkPurpose {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::SignIn => "sign_in",
            Self::NewPassword => "new_password",
            Self::Demo => "demo",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Setup, Self::SignIn, Self::NewPassword, Self::Demo]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }
}

/// Makes a link that signs a person in.
#[derive(Debug, Clone, Copy)]
pub struct MakeSignInLink {
    /// Whom.
    pub person: PersonId,
    /// What for; not [`LinkPurpose::Setup`], and [`LinkPurpose::Demo`] by the program only.
    pub purpose: LinkPurpose,
    /// How long it lasts, at most 7 days unless it is of a demonstration.
    pub minutes: u32,
}

/// A link that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMade {
    /// The secret in its address. Shown once.
    pub secret: Secret,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Command for MakeSignInLink {
    type Outcome = LinkMade;

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if at.may(Capability::Admin) {
            own_hands(at.ctx)?;
            if self.purpose == LinkPurpose::Demo {
                program_only(at.ctx, "link")?;
            }
        }
        at.aim(self.person);
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<LinkMade> {
        let known = person::by_id(act.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        let mut fields = Fields::default();
        let longest = if self.purpose == LinkPurpose::Demo { 366 * 24 * 60 } else { 7 * 24 * 60 };
        if !(1..=longest).contains(&self.minutes) {
            fields.refuse("minutes", format_args!("use 1 to {longest}"));
        }
        if self.purpose == LinkPurpose::Setup {
            fields.refuse("purpose", "the set-up link is made at the first start");
        }
        if !known.active {
            fields.refuse("person", "cannot sign in; make them active first");
        }
        fields.check()?;
        let secret = Secret::new(act.random());
        let expires_at = act.now() + SignedDuration::from_mins(self.minutes.into());
        let link = SignInLink {
            person: Some(self.person),
            purpose: self.purpose.as_str().to_owned(),
            expires_at,
            used_at: None,
        };
        session::insert_link(act.tx, &link, &secret.hash())?;
        act.detail = json!({ "link": self.purpose, "for": known.name, "expires_at": expires_at });
        Ok(LinkMade { secret, expires_at })
    }
}

/// What a link leads to, for the page that asks before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkSeen {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whom it signs in; nobody yet at set-up.
    pub person: Option<PersonId>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Desk {
    /// What the link with this secret is for. Looking does not use it up.
    pub async fn look_at_link(&self, presented: &str, now: Timestamp) -> Result<LinkSeen> {
        let hash = secret::hash(presented);
        self.read(move |tx| seen(tx, &hash, now)).await
    }

    /// Signs in whom a link is for.
    pub async fn use_sign_in_link(
        &self,
        presented: &str,
        browser: Browser,
        now: Timestamp,
        seed: [u8; 32],
    ) -> Result<SignedIn> {
        let hash = secret::hash(presented);
        let link = self.read(move |tx| seen(tx, &hash, now)).await?;
        let person =
            link.person.ok_or(Refused::SignIn("this link sets the desk up; open it in a browser"))?;
        let (mut random, seed) = split(seed);
        let session = new_id(now, &mut random);
        let begin =
            BeginSession { person, session, user_agent: browser.user_agent, proof: Proof::Link(hash) };
        self.execute(begin.context(now, seed), begin).await
    }
}

fn seen(tx: &mut ReadTx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<LinkSeen> {
    let link = session::link(tx, hash)?;
    let (seen, _) = usable(link, now)?;
    if let Some(person) = seen.person
        && person::active_roles(tx, person)?.is_none()
    {
        return Err(Refused::SignIn(OVER));
    }
    Ok(seen)
}

/// The link, if it can still be used.
pub(super) fn usable(link: Option<SignInLink>, now: Timestamp) -> Result<(LinkSeen, LinkPurpose)> {
    let over = Refused::SignIn(OVER);
    let Some(link) = link else { return Err(over) };
    let Some(purpose) = LinkPurpose::parse(&link.purpose) else { return Err(over) };
    if link.expires_at <= now || link.used_at.is_some() {
        return Err(over);
    }
    Ok((LinkSeen { purpose, person: link.person, expires_at: link.expires_at }, purpose))
}

/// Uses a link to sign `person` in; says how, for the audit log.
pub(super) fn follow(act: &mut Act<'_, '_>, person: PersonId, hash: &[u8; 32]) -> Result<&'static str> {
    let now = act.now();
    let (seen, purpose) = usable(session::lock_link(act.tx, hash)?, now)?;
    if seen.person != Some(person) {
        return Err(Refused::SignIn(OVER));
    }
    match purpose {
        LinkPurpose::Demo => {}
        LinkPurpose::SignIn | LinkPurpose::Setup => session::use_link(act.tx, hash, now)?,
        LinkPurpose::NewPassword => {
            session::use_link(act.tx, hash, now)?;
            session::end_all(act.tx, person, now)?;
            person::forget_password(act.tx, person)?;
        }
    }
    Ok(match purpose {
        LinkPurpose::Demo => "demo link",
        LinkPurpose::NewPassword => "link for a new password",
        LinkPurpose::SignIn | LinkPurpose::Setup => "link",
    })
}
