//! The files a page loads: one stylesheet, one script, the icon sprite and the favicon, and what it loads where it is
//! needed; compiled in, compressed once at the first request and addressed by what they contain, so that a browser never
//! asks twice. And the worker, whose address never changes.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::words::german_script;

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
    /// What waits to be sent, `outbox.js`: loaded where something waits or may have to.
    Outbox,
    /// Photos before they are sent, `photos.js`: loaded with a field that takes them.
    Photos,
    /// Whether this device is told that something waits, `push.js`: loaded with that switch.
    Push,
    /// The drawing of the app, 192 pixels wide.
    App,
    /// The same with 512.
    AppLarge,
    /// The same for systems that cut it to a shape of theirs.
    AppWhole,
    /// The same for home screens that read no manifest, 180 pixels wide.
    AppTouch,
    /// What the scripts say, in German: `freehold-de.js`, loaded before the others by pages in German.
    German,
}

/// What a page needs when nothing can be fetched.
pub const KEPT: [File; 7] =
    [File::Style, File::Script, File::Icons, File::Favicon, File::Outbox, File::Photos, File::German];

/// The look, in the order of its layers.
const LOOK: [&str; 11] = [
    include_str!("../../assets/look/tokens.css"),
    include_str!("../../assets/look/words.css"),
    include_str!("../../assets/look/tickets.css"),
    include_str!("../../assets/look/filters.css"),
    include_str!("../../assets/look/acts.css"),
    include_str!("../../assets/look/numbers.css"),
    include_str!("../../assets/look/forms.css"),
    include_str!("../../assets/look/shells.css"),
    include_str!("../../assets/look/talk.css"),
    include_str!("../../assets/look/notes.css"),
    include_str!("../../assets/look/places.css"),
];

/// What all behaviours share.
const SHARED: &str = include_str!("../../assets/behaviour/shared.js");

/// The behaviours, in the order they run. None imports another; they speak through events on the document, so
/// concatenation needs no bundler and hashed names break nothing.
const BEHAVIOURS: [&str; 12] = [
    include_str!("../../assets/behaviour/live.js"),
    include_str!("../../assets/behaviour/drafts.js"),
    include_str!("../../assets/behaviour/hold.js"),
    include_str!("../../assets/behaviour/here.js"),
    include_str!("../../assets/behaviour/session.js"),
    include_str!("../../assets/behaviour/texts.js"),
    include_str!("../../assets/behaviour/seat.js"),
    include_str!("../../assets/behaviour/panel.js"),
    include_str!("../../assets/behaviour/keys.js"),
    include_str!("../../assets/behaviour/theme.js"),
    include_str!("../../assets/behaviour/device.js"),
    include_str!("../../assets/behaviour/effort.js"),
];

/// What pages and the worker do alike.
const SENDING: &str = include_str!("../../assets/device/sending.js");

static ASSETS: LazyLock<[Asset; 12]> = LazyLock::new(|| {
    let outbox = format!("{SENDING}\n{}", include_str!("../../assets/device/outbox.js"));
    let outbox = pack("outbox", "js", "text/javascript; charset=utf-8", outbox.into_bytes());
    let mut script = SHARED.to_owned();
    for behaviour in BEHAVIOURS {
        // A block gives each file its own scope.
        script.push_str("{\n");
        script.push_str(&behaviour.replace("{outbox}", &outbox.url));
        script.push_str("}\n");
    }
    let png = |stem, bytes: &[u8]| pack(stem, "png", "image/png", bytes.to_vec());
    [
        pack("freehold", "css", "text/css; charset=utf-8", LOOK.concat().into_bytes()),
        pack("freehold", "js", "text/javascript; charset=utf-8", script.into_bytes()),
        pack("icons", "svg", "image/svg+xml", include_bytes!("../../assets/icons.svg").to_vec()),
        pack("favicon", "svg", "image/svg+xml", include_bytes!("../../assets/favicon.svg").to_vec()),
        outbox,
        pack(
            "photos",
            "js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/device/photos.js").to_vec(),
        ),
        pack(
            "push",
            "js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/device/push.js").to_vec(),
        ),
        png("app-192", include_bytes!("../../assets/app/app-192.png")),
        png("app-512", include_bytes!("../../assets/app/app-512.png")),
        png("app-whole-512", include_bytes!("../../assets/app/app-whole-512.png")),
        png("app-touch-180", include_bytes!("../../assets/app/app-touch-180.png")),
        pack("freehold-de", "js", "text/javascript; charset=utf-8", german_script().into_bytes()),
    ]
});

/// The worker, `/sw.js`, for a desk whose page without a connection is `offline`: a new version of either, or of a file
/// that is kept, makes a worker that browsers see is another.
pub fn worker(offline: &str) -> Asset {
    let files: Vec<&str> = KEPT.into_iter().map(url).collect();
    let mut code = format!("const FILES = {files:?};\nconst ICON = {:?};\n", url(File::App));
    code.push_str(SENDING);
    code.push_str(include_str!("../../assets/device/worker.js"));
    let version = hash(format!("{code}{offline}").as_bytes());
    let code = format!("const VERSION = '{version}';\n{code}");
    Asset {
        url: "/sw.js".to_owned(),
        ..pack("sw", "js", "text/javascript; charset=utf-8", code.into_bytes())
    }
}

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
    let hash = hash(&bytes);
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

fn hash(bytes: &[u8]) -> String {
    let mut hash = String::with_capacity(16);
    for byte in &Sha256::digest(bytes)[..8] {
        write!(hash, "{byte:02x}").expect("writing to a String cannot fail");
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: [File; 4] = [File::Style, File::Script, File::Icons, File::Favicon];
    const LATER: [File; 8] = [
        File::Outbox,
        File::Photos,
        File::Push,
        File::App,
        File::AppLarge,
        File::AppWhole,
        File::AppTouch,
        File::German,
    ];

    #[test]
    fn every_file_is_found_at_its_own_address_and_nowhere_else() {
        for file in FIRST.into_iter().chain(LATER) {
            assert_eq!(asset(url(file)).unwrap().url, url(file));
        }
        assert!(asset("/assets/freehold.css").is_none());
        assert!(asset("/assets/../Cargo.toml").is_none());
        assert!(asset("").is_none());
    }

    /// Every side is named by where a line begins and ends, so that pages read from right to left as well.
    #[test]
    fn no_rule_of_the_look_knows_left_from_right() {
        const SIDES: [&str; 4] = ["-left", "-right", "left:", "right:"];
        for line in LOOK.concat().lines().map(str::trim) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let sided = SIDES.iter().any(|side| name.ends_with(side.trim_end_matches(':')))
                || (name == "text-align"
                    && SIDES.iter().any(|side| value.contains(side.trim_matches(['-', ':']))));
            // Top, right, bottom, left: of four values the second and the fourth are sides.
            let values: Vec<_> = value.trim().trim_end_matches(';').split(' ').collect();
            let shorthand = ["inset", "padding", "margin"].contains(&name) && !value.contains('(');
            let uneven = shorthand && values.len() == 4 && values[1] != values[3];
            assert!(!sided && !uneven, "{line}: write it with inline-start and inline-end");
        }
    }

    #[test]
    fn a_first_load_stays_far_below_100_kilobytes() {
        let sent: usize = FIRST.iter().map(|file| asset(url(*file)).unwrap().gzip.len()).sum();
        assert!(sent < 40_000, "{sent} bytes compressed");
        assert!(asset(url(File::Script)).unwrap().gzip.len() < 18_000, "the behaviours are to stay small");
    }

    #[test]
    fn what_a_device_keeps_stays_small_too() {
        let (outbox, worker) = (asset(url(File::Outbox)).unwrap().gzip.len(), worker("").gzip.len());
        assert!(outbox < 8_000, "{outbox} bytes compressed");
        assert!(worker < 4_000, "{worker} bytes compressed");
    }

    #[test]
    fn the_worker_changes_with_what_it_keeps() {
        let code = |offline| String::from_utf8(worker(offline).bytes).unwrap();
        assert_ne!(code("one"), code("another"));
        for file in KEPT {
            assert!(code("one").contains(url(file)), "{file:?}");
        }
        assert!(
            str::from_utf8(&asset(url(File::Script)).unwrap().bytes).unwrap().contains(url(File::Outbox))
        );
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
