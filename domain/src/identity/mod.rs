//! Who is acting, and what their roles let them do.

mod principal;
#[macro_use]
mod role;
mod role;

pub use principal::{Account, Actor, Channel, ExternalIdentity, Principal, SystemActor};
pub(crate) use role::named;
pub use role::{Capabilities, Capability, Role, UnknownRole};
