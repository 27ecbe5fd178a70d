//! placeholder
// Its only callers are its tests until the `demo` command is there.
#[cfg(test)]
mod demo;

fn main() {}
