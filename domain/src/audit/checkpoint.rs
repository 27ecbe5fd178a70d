//! The checkpoint: the head of the log at one size, as the text that gets signed (c2sp.org/tlog-checkpoint).

use std::{fmt, str::FromStr};

use super::Hash;

/// The name of a log: the first line of its checkpoints, and the name of its key. By convention a URL without scheme,
/// such as `desk.example.com/audit`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// Text that cannot name a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a log; use a name without spaces, plus signs or control characters, like desk.example.com/audit"
)]
pub struct InvalidOrigin(pub String);

impl Origin {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// C2SP key names: not empty, no Unicode space, no plus; and no control character, so that it stays one line.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let foreign = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() || text.contains(foreign) {
            return Err(InvalidOrigin(text.chars().take(60).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The head of a log: so many leaves, and their root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// How many leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

/// Text that is not a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// There are not three lines, each ended.
    #[error("a checkpoint is three lines: origin, size and root; this text has other lines, or extensions")]
    Lines,
    /// The first line names no log.
    #[error("the checkpoint's first line cannot name a log")]
    Origin,
    /// The second line is no size.
    #[error("the checkpoint's second line is not a size: decimal digits without leading zeros")]
    Size,
    /// The third line is no hash.
    #[error("the checkpoint's third line is not a hash: 44 characters of standard base64")]
    Root,
}

impl fmt::Display for Checkpoint {
    /// The text that gets signed, final newline included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the signed text. Extension lines are refused: this log writes none, and what nobody can audit should not
    /// be carried on.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        Ok(Self {
            origin: origin.parse().map_err(|_| CheckpointError::Origin)?,
            size: decimal(size).ok_or(CheckpointError::Size)?,
            root: root.parse().map_err(|_| CheckpointError::Root)?,
        })
    }
}

/// A number in ASCII decimal without sign or leading zero: the one spelling that C2SP formats allow.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "example.com/behind-the-sofa".parse().unwrap(),
            size: 20_852_163,
            root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=".parse().unwrap(),
        }
    }

    #[test]
    fn a_checkpoint_is_the_text_of_the_specification() {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        assert_eq!(checkpoint().to_string(), text);
        assert_eq!(text.parse(), Ok(checkpoint()));
    }

    #[test]
    fn a_checkpoint_has_one_spelling_only() {
        let text = checkpoint().to_string();
        for (from, to, error) in [
            ("20852163", "020852163", CheckpointError::Size),
            ("20852163", "+20852163", CheckpointError::Size),
            ("20852163", "18446744073709551616", CheckpointError::Size),
            ("20852163", "", CheckpointError::Size),
            ("q2I=\n", "q2I\n", CheckpointError::Root),
            ("q2I=\n", "q2I=", CheckpointError::Lines),
            ("q2I=\n", "q2I=\nmore\n", CheckpointError::Lines),
            ("behind-", "behind ", CheckpointError::Origin),
            ("example.com/behind-the-sofa", "", CheckpointError::Origin),
        ] {
            assert_eq!(text.replace(from, to).parse::<Checkpoint>(), Err(error), "{from} -> {to}");
        }
    }
}
