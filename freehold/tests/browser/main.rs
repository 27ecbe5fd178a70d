//! Stories told in a real browser. One program, so that it is linked once; a module for each subject.

mod bulk;
mod contracts;
mod filters;
mod home;
mod knowledge;
mod licences;
mod look;
mod lost;
mod macros;
mod outages;
mod pages;
mod rating;
mod seats;
mod self_check;
mod signed_out;
mod snooze;
mod story;
mod texts;
mod together;
mod views;
