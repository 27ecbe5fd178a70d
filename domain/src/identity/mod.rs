//! Who is acting, and what their roles let them do.

mod principal;
mod role;

pub use principal::{Account, Actor, Channel, ExternalIdentity, Principal, SystemActor};
pub(crate) use role::named;
pub use role::{Capabilities, Capability, Role, UnknownRole};
