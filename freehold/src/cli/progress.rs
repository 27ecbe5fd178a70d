//! Progress of long work: a bar on a terminal, a line every tenth elsewhere. On standard error, so that results can be
//! piped.

use std::{
    io::IsTerminal as _,
    sync::{Arc, Mutex, PoisonError},
};

use indicatif::{ProgressBar, ProgressStyle};

/// How far some work has come. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Progress {
    shown: Shown,
}

#[derive(Clone)]
enum Shown {
    Bar(ProgressBar),
    Lines { what: Arc<str>, tenth: Arc<Mutex<Option<u64>>> },
}

impl Progress {
    /// Begins to show `what`.
    pub(crate) fn of(what: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { shown: Shown::Lines { what: what.into(), tenth: Arc::default() } };
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:32} {human_pos} of {human_len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        Self { shown: Shown::Bar(bar) }
    }

    /// `done` of `total` is done.
    pub(crate) fn at(&self, done: u64, total: u64) {
        match &self.shown {
            Shown::Bar(bar) => {
                bar.set_length(total);
                bar.set_position(done);
            }
            Shown::Lines { what, tenth } => {
                let now = done.saturating_mul(10).checked_div(total).unwrap_or(10);
                let mut tenth = tenth.lock().unwrap_or_else(PoisonError::into_inner);
                if tenth.is_none_or(|before| before < now) {
                    *tenth = Some(now);
                    eprintln!("{what}: {done} of {total}");
                }
            }
        }
    }

    /// Takes the bar away; what comes of the work is printed by its command.
    pub(crate) fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}
