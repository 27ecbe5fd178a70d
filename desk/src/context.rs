//! What comes with every command and query: who, when, and chance.

use domain::{
    RequestId, Timestamp,
    identity::{Capabilities, Principal, SystemActor},
    new_id,
};
use rand::{SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Who asks, when, under which request, and the randomness they may use.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who acts, through which account, for whom, by which channel.
    pub principal: Principal,
    /// What the credentials narrow the actor's capabilities to: a token's scopes.
    pub scopes: Capabilities,
    /// The moment of the request, by the clock of the process that received it.
    pub now: Timestamp,
    /// The request.
    pub request: RequestId,
    /// The key under which the request may be sent again, if it has one.
    pub idempotency: Option<Idempotency>,
    seed: [u8; 32],
}

/// An `Idempotency-Key` and the request it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key, as sent.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: [u8; 32],
}

/// Another seed out of one, of which neither tells anything of the other.
pub(crate) fn fork(seed: [u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update(b"fork").finalize().into()
}

impl Context {
    /// A context; `seed` comes from the operating system's randomness, or from a test.
    pub fn new(principal: Principal, now: Timestamp, seed: [u8; 32]) -> Self {
        let request = new_id(now, &mut StdRng::from_seed(seed));
        Self { principal, scopes: Capabilities::all(), now, request, idempotency: None, seed }
    }

    /// The program's own context.
    pub fn system(actor: SystemActor, now: Timestamp, seed: [u8; 32]) -> Self {
        Self::new(Principal::system(actor), now, seed)
    }

    /// A seed for work beside this request's own: what is drawn from it tells nothing of what is drawn at the door.
    pub(crate) fn fork(&self) -> [u8; 32] {
        fork(self.seed)
    }

    /// The source of this request's ids, salts and secrets. The first value it gives is the request's own id.
    pub(crate) fn random(&self) -> StdRng {
        let mut random = StdRng::from_seed(self.seed);
        let _: Uuid = new_id(self.now, &mut random);
        random
    }
}
