//! What a look found wrong, told in one message.

use anyhow::bail;

/// Faults that a report names; the first ones tell what is wrong.
const NAMED: usize = 20;

/// Fails if there are any.
pub(crate) fn report(what: &str, faults: Vec<String>) -> anyhow::Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let count = faults.len();
    let named: Vec<String> = faults.into_iter().take(NAMED).collect();
    bail!("{what}: {count} faults\n  {}", named.join("\n  "));
}
