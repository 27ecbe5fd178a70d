//! `cargo xtask screens`: a picture of every page in both sizes and both schemes, and one sheet with all of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cluster::Durability;
use crate::environment::Environment;
use crate::process::{cannot_start, cargo};

/// What the browser test calls the picture of a page: `page-NAME-WIDTH-SCHEME.png`.
const PREFIX: &str = "page-";
const SIZES: [&str; 4] = ["1280-light", "1280-dark", "390-light", "390-dark"];

/// Takes the pictures anew, by the test that holds every page against the rules of accessibility, and lays them out.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let environment = Environment::prepare(Durability::Waived)?;
    let test = "pages::every_page_is_sound_in_every_size_and_scheme";
    let mut command =
        cargo(&["test", "--package", "freehold", "--test", "browser", "--", "--exact", "--nocapture", test]);
    environment.lend_to(&mut command);
    let taken = command.status().with_context(|| cannot_start(&command))?;

    // Beside this program, in the build folder that cargo uses, wherever that is.
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(Path::parent).context("xtask runs from a build folder")?;
    let folder = target.join("screens");
    let mut names = Vec::new();
    for file in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        names.extend(file?.file_name().into_string().ok());
    }
    let sheet = folder.join("index.html");
    std::fs::write(&sheet, lay_out(names.iter().map(String::as_str)))
        .with_context(|| format!("cannot write {}", sheet.display()))?;
    println!("\nevery page, both sizes, both schemes: {}", sheet.display());
    Ok(if taken.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The sheet: a row for each page, the same four pictures in each. A picture that is missing says so.
fn lay_out<'a>(files: impl Iterator<Item = &'a str>) -> String {
    let mut pages: BTreeMap<&str, [bool; 4]> = BTreeMap::new();
    for file in files {
        let Some(name) = file.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(".png")) else {
            continue;
        };
        for (nth, size) in SIZES.iter().enumerate() {
            if let Some(page) = name.strip_suffix(size).and_then(|page| page.strip_suffix('-')) {
                pages.entry(page).or_default()[nth] = true;
            }
        }
    }
    let mut sheet = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Every page of Freehold</title>\n\
         <style>body{font:15px sans-serif;margin:24px}section{display:flex;gap:12px;align-items:flex-start}\n\
         figure{margin:0;max-height:900px;overflow:auto;border:1px solid #999}img{display:block;width:480px}\n\
         figure.phone img{width:240px}</style>\n<h1>Every page of Freehold</h1>\n",
    );
    for (page, there) in pages {
        // The names are those of our own files: letters, digits and hyphens.
        let _ = write!(sheet, "<h2 id=\"{page}\">{page}</h2><section>");
        for (size, there) in SIZES.iter().zip(there) {
            let class = if size.starts_with("390") { "phone" } else { "desktop" };
            let _ = if there {
                write!(
                    sheet,
                    "<figure class=\"{class}\"><img loading=\"lazy\" src=\"{PREFIX}{page}-{size}.png\" alt=\"{page}, {size}\"></figure>"
                )
            } else {
                write!(sheet, "<p>no picture: {size}</p>")
            };
        }
        sheet.push_str("</section>\n");
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_a_row_and_a_missing_picture_is_said() {
        let files =
            ["page-home-1280-light.png", "page-home-390-dark.png", "failed-390-dark.png", "page-x.txt"];
        let sheet = lay_out(files.into_iter());
        assert_eq!(sheet.matches("<section>").count(), 1);
        assert!(
            sheet.contains("src=\"page-home-1280-light.png\"") && sheet.contains("no picture: 390-light")
        );
        assert!(!sheet.contains("failed"));
    }
}
