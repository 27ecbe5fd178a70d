//! Icons: our own line drawings on a 16-pixel grid, in one sprite that is fetched once.

use maud::{Markup, html};

use super::assets::{File, url};

/// A drawing in the sprite. Icons are decoration: a word always stands beside one or names its control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Icon {
    Brand,
    Inbox,
    Clock,
    Alarm,
    Pause,
    Check,
    Cross,
    Person,
    People,
    Nobody,
    Hash,
    Moon,
    Sun,
    Contrast,
    Search,
    Home,
    Ticket,
    Seat,
    Token,
    Lock,
    Reply,
    Note,
    More,
    Menu,
    Left,
    Right,
    Plus,
    Eye,
    File,
    Book,
    Link,
    Bell,
    Shield,
    Wrong,
    Info,
    Offline,
    Out,
    Chart,
    Gear,
    Camera,
}

impl Icon {
    /// The name of its `<symbol>`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Inbox => "inbox",
            Self::Clock => "clock",
            Self::Alarm => "alarm",
            Self::Pause => "pause",
            Self::Check => "check",
            Self::Cross => "cross",
            Self::Person => "person",
            Self::People => "people",
            Self::Nobody => "nobody",
            Self::Hash => "hash",
            Self::Moon => "moon",
            Self::Sun => "sun",
            Self::Contrast => "contrast",
            Self::Search => "search",
            Self::Home => "home",
            Self::Ticket => "ticket",
            Self::Seat => "seat",
            Self::Token => "token",
            Self::Lock => "lock",
            Self::Reply => "reply",
            Self::Note => "note",
            Self::More => "more",
            Self::Menu => "menu",
            Self::Left => "left",
            Self::Right => "right",
            Self::Plus => "plus",
            Self::Eye => "eye",
            Self::File => "file",
            Self::Book => "book",
            Self::Link => "link",
            Self::Bell => "bell",
            Self::Shield => "shield",
            Self::Wrong => "wrong",
            Self::Info => "info",
            Self::Offline => "offline",
            Self::Out => "out",
            Self::Chart => "chart",
            Self::Gear => "gear",
            Self::Camera => "camera",
        }
    }
}

/// Draws an icon in the colour of the text around it, hidden from screen readers.
pub fn icon(icon: Icon) -> Markup {
    symbol("icon", icon.name())
}

pub(super) fn symbol(class: &str, name: &str) -> Markup {
    html! { svg class=(class) aria-hidden="true" { use href={ (url(File::Icons)) "#" (name) } {} } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::assets::asset;

    #[test]
    fn every_icon_is_drawn_in_the_sprite() {
        let sprite = str::from_utf8(&asset(url(File::Icons)).unwrap().bytes).unwrap();
        // `Camera` is the last variant: the count below fails when one is added without a drawing or a drawing is left over.
        let drawn = sprite.matches("<symbol id=\"").count() - sprite.matches("<symbol id=\"state-").count();
        assert_eq!(drawn, Icon::Camera as usize + 1);
        for name in ["brand", "seat", "token", "offline", "state-new", "state-cancelled"] {
            assert!(sprite.contains(&format!("<symbol id=\"{name}\"")), "{name}");
        }
    }
}
