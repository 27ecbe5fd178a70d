//! The files a page loads: one stylesheet, one script, the icon sprite and the favicon, compiled in, compressed
//! once at the first request and addressed by what they contain, so that a browser never asks twice.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// `Cache-Control` for every file [`asset`] finds: its address changes with its content.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// `Content-Security-Policy` for every page. No inline script, no inline style, nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// A file ready to be served.
#[derive(Debug)]
pub struct Asset {
    /// The file as written.
    pub bytes: Vec<u8>,
    /// The same, compressed; send it when the request accepts `gzip`.
    pub gzip: Vec<u8>,
    /// For the `Content-Type` header.
    pub content_type: &'static str,
    /// A strong entity tag with its quotes, for `ETag` and `If-None-Match`.
    pub etag: String,
    /// Where pages find it: `/assets/freehold.0123456789abcdef.css`.
    pub url: String,
}

/// The files there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The look, `freehold.css`.
    Style,
    /// Every behaviour in one module, `freehold.js`.
    Script,
    /// `icons.svg`, a sprite of `<symbol>`s.
    Icons,
    /// `favicon.svg`.
    Favicon,
}

/// The look, in the order of its layers.
const LOOK: [&str; 9] = [
    include_str!("../../assets/look/tokens.css"),
    include_str!("../../assets/look/words.css"),
    include_str!("../../assets/look/tickets.css"),
    include_str!("../../assets/look/filters.css"),
    include_str!("../../assets/look/acts.css"),
    include_str!("../../assets/look/numbers.css"),
    include_str!("../../assets/look/forms.css"),
    include_str!("../../assets/look/shells.css"),
    include_str!("../../assets/look/places.css"),
];

/// The behaviours, in the order they run. None imports another; they speak through events on the document, so
/// concatenation needs no bundler and hashed names break nothing.
const BEHAVIOURS: [&str; 8] = [
    include_str!("../../assets/behaviour/live.js"),
    include_str!("../../assets/behaviour/drafts.js"),
    include_str!("../../assets/behaviour/here.js"),
    include_str!("../../assets/behaviour/session.js"),
    include_str!("../../assets/behaviour/texts.js"),
    include_str!("../../assets/behaviour/seat.js"),
    include_str!("../../assets/behaviour/keys.js"),
    include_str!("../../assets/behaviour/theme.js"),
];

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    let mut script = String::new();
    for behaviour in BEHAVIOURS {
        // A block gives each file its own scope.
        script.push_str("{\n");
        script.push_str(behaviour);
        script.push_str("}\n");
    }
    [
        pack("freehold", "css", "text/css; charset=utf-8", LOOK.concat().into_bytes()),
        pack("freehold", "js", "text/javascript; charset=utf-8", script.into_bytes()),
        pack("icons", "svg", "image/svg+xml", include_bytes!("../../assets/icons.svg").to_vec()),
        pack("favicon", "svg", "image/svg+xml", include_bytes!("../../assets/favicon.svg").to_vec()),
    ]
});

/// The file at `path`, with or without the leading `/assets/`; `None` for any other name or an old hash.
pub fn asset(path: &str) -> Option<&'static Asset> {
    let name = path.trim_start_matches("/assets/");
    ASSETS.iter().find(|asset| asset.url.strip_prefix("/assets/") == Some(name))
}

/// The present address of a file.
pub fn url(file: File) -> &'static str {
    &ASSETS[file as usize].url
}

fn pack(stem: &str, extension: &str, content_type: &'static str, bytes: Vec<u8>) -> Asset {
    let mut hash = String::with_capacity(16);
    for byte in &Sha256::digest(&bytes)[..8] {
        write!(hash, "{byte:02x}").expect("writing to a String cannot fail");
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes).expect("writing to a Vec cannot fail");
    let gzip = encoder.finish().expect("writing to a Vec cannot fail");
    Asset {
        bytes,
        gzip,
        content_type,
        etag: format!("\"{hash}\""),
        url: format!("/assets/{stem}.{hash}.{extension}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [File; 4] = [File::Style, File::Script, File::Icons, File::Favicon];

    #[test]
    fn every_file_is_found_at_its_own_address_and_nowhere_else() {
        for file in ALL {
            assert_eq!(asset(url(file)).unwrap().url, url(file));
        }
        assert!(asset("/assets/freehold.css").is_none());
        assert!(asset("/assets/../Cargo.toml").is_none());
        assert!(asset("").is_none());
    }

    #[test]
    fn a_first_load_stays_far_below_100_kilobytes() {
        let sent: usize = ALL.iter().map(|file| asset(url(*file)).unwrap().gzip.len()).sum();
        assert!(sent < 40_000, "{sent} bytes compressed");
        assert!(asset(url(File::Script)).unwrap().gzip.len() < 14_000, "the behaviours are to stay small");
    }

    #[test]
    fn the_behaviours_import_nothing() {
        let script = str::from_utf8(&asset(url(File::Script)).unwrap().bytes).unwrap();
        assert!(!script.lines().any(|line| line.starts_with("import ") || line.starts_with("export ")));
    }

    #[test]
    fn the_stylesheet_fetches_nothing() {
        let style = str::from_utf8(&asset(url(File::Style)).unwrap().bytes).unwrap();
        assert!(!style.contains("url(") && !style.contains("@import"));
    }
}
