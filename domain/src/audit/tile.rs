//! Tiles: how the tree and its entries are addressed and served to whoever wants to audit it (c2sp.org/tlog-tiles).

use std::{fmt, ops::Range, str::FromStr};

use super::{Hash, MAX_ENTRY_BYTES, checkpoint::decimal};

/// The hashes or entries in a full tile.
pub const TILE_WIDTH: u64 = 256;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Hashes: leaves at level 0, roots of complete subtrees of 256^level leaves above. The format allows levels 0 to
    /// 63.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// The address of a tile: `tile/0/x001/x234/067`, or `tile/entries/000.p/17` for one that is not full yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePath {
    kind: TileKind,
    n: u64,
    width: u16,
}

/// Text or numbers that address no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no tile has this address; addresses look like tile/0/x001/x234/067 or tile/entries/000.p/17")]
pub struct InvalidTilePath;

impl TilePath {
    /// The address of tile `n` with `width` hashes or entries: 256 when full, 1 to 255 when partial.
    pub fn new(kind: TileKind, n: u64, width: u16) -> Result<Self, InvalidTilePath> {
        let known_level = matches!(kind, TileKind::Hashes(0..=63) | TileKind::Entries);
        let reachable = n < u64::MAX / TILE_WIDTH;
        if known_level && reachable && (1..=256).contains(&width) {
            Ok(Self { kind, n, width })
        } else {
            Err(InvalidTilePath)
        }
    }

    /// What the tile holds.
    pub const fn kind(self) -> TileKind {
        self.kind
    }

    /// The places of its hashes or entries within their level.
    pub const fn range(self) -> Range<u64> {
        let start = self.n * TILE_WIDTH;
        start..start + self.width as u64
    }

    /// Whether a log of `size` leaves has all that the tile holds.
    pub const fn is_within(self, size: u64) -> bool {
        let available = match self.kind {
            TileKind::Entries | TileKind::Hashes(0) => size,
            TileKind::Hashes(level @ 1..8) => size >> (8 * level),
            TileKind::Hashes(_) => 0,
        };
        self.range().end <= available
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.n % 1000];
        let mut rest = self.n / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if u64::from(self.width) < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for TilePath {
    type Err = InvalidTilePath;

    fn from_str(text: &str) -> Result<Self, InvalidTilePath> {
        let (kind, rest) =
            text.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or(InvalidTilePath)?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes(small_decimal(level)?),
        };
        let (n, width) = match rest.split_once(".p/") {
            Some((n, width)) => (n, u16::from(small_decimal(width)?)),
            None => (rest, 256),
        };
        let mut groups = n.split('/').rev();
        let last = groups.next().ok_or(InvalidTilePath)?;
        let mut place = 1_u64;
        let mut number = three_digits(last)?;
        for group in groups {
            place = place.checked_mul(1000).ok_or(InvalidTilePath)?;
            let digits = three_digits(group.strip_prefix('x').ok_or(InvalidTilePath)?)?;
            number =
                digits.checked_mul(place).and_then(|part| part.checked_add(number)).ok_or(InvalidTilePath)?;
        }
        let path = Self::new(kind, number, width)?;
        // Padding such as `x000/001` spells a tile a second time; addresses have one spelling.
        if path.to_string() == text { Ok(path) } else { Err(InvalidTilePath) }
    }
}

fn small_decimal(text: &str) -> Result<u8, InvalidTilePath> {
    decimal(text).and_then(|number| u8::try_from(number).ok()).ok_or(InvalidTilePath)
}

fn three_digits(text: &str) -> Result<u64, InvalidTilePath> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(InvalidTilePath)
}

/// The body of a tile of hashes.
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Entries or bytes that do not make a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry is too long for its length prefix.
    #[error("an entry has {0} bytes; entries have at most {MAX_ENTRY_BYTES}")]
    TooLong(usize),
    /// The last entry is cut off.
    #[error("the bundle ends within an entry; fetch it again")]
    Truncated,
}

/// The body of an entry bundle: each entry after its length in 2 bytes, big-endian.
pub fn entry_bundle<'e>(entries: impl IntoIterator<Item = &'e [u8]>) -> Result<Vec<u8>, BundleError> {
    let mut bundle = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong(entry.len()))?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle.
pub fn split_bundle(mut bundle: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk::<2>().ok_or(BundleError::Truncated)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length).ok_or(BundleError::Truncated)?;
        entries.push(entry);
        bundle = rest;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_addressed_as_in_the_specification() {
        for (kind, n, width, text) in [
            (TileKind::Hashes(0), 1_234_067, 256, "tile/0/x001/x234/067"),
            (TileKind::Hashes(0), 0, 256, "tile/0/000"),
            (TileKind::Hashes(0), 273, 112, "tile/0/273.p/112"),
            (TileKind::Hashes(1), 1, 17, "tile/1/001.p/17"),
            (TileKind::Hashes(2), 0, 1, "tile/2/000.p/1"),
            (TileKind::Hashes(63), 999, 255, "tile/63/999.p/255"),
            (TileKind::Entries, 1000, 256, "tile/entries/x001/000"),
            (TileKind::Entries, 1_000_000, 5, "tile/entries/x001/x000/000.p/5"),
        ] {
            let path = TilePath::new(kind, n, width).unwrap();
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse(), Ok(path));
        }
    }

    #[test]
    fn a_tile_has_one_address_only() {
        for text in [
            "",
            "tile/0",
            "tile/0/",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/0/0",
            "tile/0/1000",
            "tile/0/x000/001",
            "tile/0/001/001",
            "tile/0/x001",
            "tile/0/+01",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p",
            "tile/0/000/",
            "tile/data/000",
            "/tile/0/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(text.parse::<TilePath>(), Err(InvalidTilePath), "{text}");
        }
    }

    #[test]
    fn a_log_of_70000_has_the_tiles_of_the_specification_and_no_more() {
        let within = |text: &str| text.parse::<TilePath>().unwrap().is_within(70_000);
        for text in [
            "tile/0/272",
            "tile/0/273.p/112",
            "tile/1/000",
            "tile/1/001.p/17",
            "tile/2/000.p/1",
            "tile/entries/273.p/112",
        ] {
            assert!(within(text), "{text}");
        }
        for text in ["tile/0/273", "tile/0/273.p/113", "tile/1/001.p/18", "tile/2/000.p/2", "tile/3/000.p/1"]
        {
            assert!(!within(text), "{text}");
        }
    }

    #[test]
    fn a_bundle_gives_back_its_entries() {
        let longest = vec![b'x'; MAX_ENTRY_BYTES];
        let entries: [&[u8]; 3] = [b"one", b"", &longest];
        let bundle = entry_bundle(entries).unwrap();
        assert_eq!(bundle[..5], *b"\x00\x03one");
        assert_eq!(split_bundle(&bundle).unwrap(), entries);
        assert_eq!(split_bundle(&bundle[..4]), Err(BundleError::Truncated));
        assert_eq!(split_bundle(&bundle[..bundle.len() - 1]), Err(BundleError::Truncated));
        let longer = vec![b'x'; MAX_ENTRY_BYTES + 1];
        assert_eq!(entry_bundle([longer.as_slice()]), Err(BundleError::TooLong(65_536)));
    }
}
