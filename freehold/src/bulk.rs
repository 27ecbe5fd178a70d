//! Many commands on their way at once, so that they share commits.

use std::pin::pin;

use desk::{Command, Context, Desk, Refused, StoreError};
use domain::identity::SystemActor;
use futures_util::{StreamExt as _, stream};

use crate::edge;

/// How many commands wait for an answer at once: two commits' worth, so that the engine never waits for the next.
const AT_ONCE: usize = 512;

/// How often a command is sent again that stood in another's way.
const TRIES: usize = 8;

/// Sends commands through the door, in order, and hands each answer to `each`, in order. Stops at the first error of
/// `each`; what is on its way then may still be done.
pub(crate) async fn execute<C: Command + Clone>(
    desk: &Desk,
    actor: SystemActor,
    commands: impl IntoIterator<Item = C>,
    mut each: impl FnMut(desk::Result<C::Outcome>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let answers = stream::iter(commands).map(|command| send(desk, actor, command)).buffered(AT_ONCE);
    let mut answers = pin!(answers);
    while let Some(answer) = answers.next().await {
        each(answer?)?;
    }
    Ok(())
}

async fn send<C: Command + Clone>(
    desk: &Desk,
    actor: SystemActor,
    command: C,
) -> anyhow::Result<desk::Result<C::Outcome>> {
    let context = || anyhow::Ok(Context::system(actor, edge::now(), edge::seed()?));
    for _ in 1..TRIES {
        match desk.execute(context()?, command.clone()).await {
            Err(Refused::Store(StoreError::Busy)) => {}
            answer => return Ok(answer),
        }
    }
    Ok(desk.execute(context()?, command).await)
}
