//! Licences at the door: the verdict of each act, the pools, the licence manager's commands, and the answers to "why?".

mod decide;

pub(crate) use decide::decide;
