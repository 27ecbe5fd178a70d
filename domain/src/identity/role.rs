//! Roles and the capabilities they carry. A capability says what somebody may do; whether they hold a seat for it is
//! the licence engine's question.

use std::str::FromStr;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// All of them, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in storage, on the wire and in documentation.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value named so, if there is one.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize<'de>>::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|value| value.as_str()).collect();
                    serde::de::Error::custom(format!("`{text}` is not one of {}", known.join(", ")))
                })
            }
        }
    };
}
pub(crate) use named;

named! {
    /// What somebody may do, if the licence for it is there too.
    Capability {
        /// Raise, follow and answer one's own tickets. Everybody has it.
        PortalUse = "portal.use",
        /// Read every ticket.
        TicketRead = "ticket.read",
        /// Work tickets: reply, note, assign, move through the workflow.
        TicketWork = "ticket.work",
        /// Read licences, seats, leases, denials.
        LicenceRead = "licence.read",
        /// Create licences, assign seats, release leases by force.
        LicenceManage = "licence.manage",
        /// Read the audit log and its proofs.
        AuditRead = "audit.read",
        /// Read published reports.
        ReportRead = "report.read",
        /// People, groups, roles, accounts, service levels.
        Admin = "admin",
    }
}

named! {
    /// A bundle of capabilities given to a person.
    Role {
        /// Everybody.
        Requester = "requester",
        /// A technician.
        Agent = "agent",
        /// Looks after contracts, pools and seats.
        LicenceManager = "licence_manager",
        /// Reads reports.
        Finance = "finance",
        /// Verifies evidence.
        Auditor = "auditor",
        /// Runs the desk.
        Admin = "admin",
    }
}

/// A role the desk does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role; roles are requester, agent, licence_manager, finance, auditor, admin")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::parse(text).ok_or_else(|| UnknownRole(text.chars().take(60).collect()))
    }
}

impl Role {
    /// What the role lets its holder do.
    pub const fn capabilities(self) -> &'static [Capability] {
        match self {
            Self::Requester => &[Capability::PortalUse],
            Self::Agent => &[Capability::PortalUse, Capability::TicketRead, Capability::TicketWork],
            Self::LicenceManager => &[
                Capability::PortalUse,
                Capability::LicenceRead,
                Capability::LicenceManage,
                Capability::ReportRead,
            ],
            Self::Finance => &[Capability::PortalUse, Capability::ReportRead],
            Self::Auditor => &[Capability::PortalUse, Capability::AuditRead, Capability::LicenceRead],
            Self::Admin => &[
                Capability::PortalUse,
                Capability::TicketRead,
                Capability::TicketWork,
                Capability::LicenceRead,
                Capability::AuditRead,
                Capability::ReportRead,
                Capability::Admin,
            ],
        }
    }
}

/// A set of capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Everything: the program itself.
    pub const fn all() -> Self {
        Self(u32::MAX)
    }

    /// The union of what `roles` carry. Everybody may use the portal.
    pub fn of_roles(roles: impl IntoIterator<Item = Role>) -> Self {
        roles
            .into_iter()
            .flat_map(Role::capabilities)
            .fold(Self::default().with(Capability::PortalUse), |set, c| set.with(*c))
    }

    /// This set and `capability`.
    #[must_use]
    pub const fn with(self, capability: Capability) -> Self {
        Self(self.0 | 1 << capability as u32)
    }

    /// Only what both sets hold: how a token's scopes narrow its owner.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `capability` is in the set.
    pub const fn has(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u32) != 0
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<T: IntoIterator<Item = Capability>>(capabilities: T) -> Self {
        capabilities.into_iter().fold(Self::default(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole matrix, so that a change to it is seen in review.
    #[test]
    fn the_role_matrix_is_as_published() {
        let mut matrix = String::new();
        for role in Role::ALL {
            let held = Capabilities::of_roles([*role]);
            let names: Vec<_> =
                Capability::ALL.iter().filter(|c| held.has(**c)).map(|c| c.as_str()).collect();
            writeln!(matrix, "{role}: {}", names.join(" ")).unwrap();
        }
        assert_eq!(
            matrix,
            "requester: portal.use\n\
             agent: portal.use ticket.read ticket.work\n\
             licence_manager: portal.use licence.read licence.manage report.read\n\
             finance: portal.use report.read\n\
             auditor: portal.use licence.read audit.read\n\
             admin: portal.use ticket.read ticket.work licence.read audit.read report.read admin\n"
        );
    }

    #[test]
    fn a_tokens_scopes_narrow_and_never_widen() {
        let agent = Capabilities::of_roles([Role::Agent]);
        let scopes: Capabilities = [Capability::TicketRead, Capability::Admin].into_iter().collect();
        let both = agent.intersect(scopes);
        assert!(both.has(Capability::TicketRead));
        assert!(!both.has(Capability::TicketWork));
        assert!(!both.has(Capability::Admin));
    }
}
