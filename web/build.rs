//! Builds the page with npm and Vite when its sources changed, and writes the table that `embed.rs` includes.
//!
//! `ALIANZA_WEB_DIST` names a page built elsewhere (`npm run build`), for machines without Node.

use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::{env, fs};

/// What the page is made of. `node_modules` is left out: the lock file stands for it.
const SOURCES: [&str; 6] =
    ["src", "index.html", "vite.config.mjs", "compress.mjs", "package.json", "package-lock.json"];

fn main() {
    println!("cargo::rerun-if-env-changed=ALIANZA_WEB_DIST");
    let web = PathBuf::from(env("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env("OUT_DIR"));
    let dist = match env::var_os("ALIANZA_WEB_DIST") {
        Some(given) => given_page(&PathBuf::from(given)),
        None => built_page(&web, &out),
    };
    let table = match table(&dist) {
        Ok(table) => table,
        Err(why) => stop(&format!("the built page in {} cannot be embedded: {why}", dist.display())),
    };
    if let Err(why) = fs::write(out.join("files.rs"), table) {
        stop(&format!("cannot write the table of the page's files: {why}"));
    }
}

fn given_page(dist: &Path) -> PathBuf {
    let dist = match dist.canonicalize() {
        Ok(dist) => dist,
        Err(why) => stop(&format!("ALIANZA_WEB_DIST={}: {why}", dist.display())),
    };
    println!("cargo::rerun-if-changed={}", dist.join("manifest.tsv").display());
    if !dist.join("manifest.tsv").is_file() {
        stop(&format!(
            "ALIANZA_WEB_DIST={} has no manifest.tsv; build the page there with `npm run build` in web/",
            dist.display()
        ));
    }
    dist
}

fn built_page(web: &Path, out: &Path) -> PathBuf {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    install(web);
    let dist = out.join("dist");
    let mut vite = Command::new("node");
    vite.current_dir(web).args(["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]);
    vite.env("ALIANZA_WEB_OUT", &dist).env("NODE_ENV", "production");
    run(&mut vite, "the page does not build");
    let mut compress = Command::new("node");
    compress.current_dir(web).arg("compress.mjs").arg(&dist).arg(out.join("packed"));
    run(&mut compress, "the built page cannot be compressed");
    dist
}

/// Installs what the lock file names, unless exactly that is installed.
fn install(web: &Path) {
    let lock = fs::read(web.join("package-lock.json")).unwrap_or_default();
    let stamp = web.join("node_modules").join(".alianza-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(web).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
    run(&mut npm, "npm could not install what the page is built with");
    if let Err(why) = fs::write(&stamp, lock) {
        // Only costs time: the next build installs again.
        println!("cargo::warning=cannot write {}: {why}", stamp.display());
    }
}

fn run(command: &mut Command, what: &str) {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            eprintln!("{}", String::from_utf8_lossy(&output.stdout));
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            stop(&format!("{what} ({program} ended with {})", output.status));
        }
        Err(why) => stop(&format!(
            "{what}: {program} cannot be run ({why}). Install Node.js 20.19 or newer with npm, or set \
             ALIANZA_WEB_DIST to a page built elsewhere"
        )),
    }
}

/// One entry of the table for each line of `manifest.tsv`.
fn table(dist: &Path) -> Result<String, String> {
    let manifest =
        fs::read_to_string(dist.join("manifest.tsv")).map_err(|why| format!("manifest.tsv: {why}"))?;
    let mut table = String::from("&[\n");
    for line in manifest.lines() {
        let [path, content_type, hash, immutable, brotli, gzip] =
            line.split('\t').collect::<Vec<_>>().try_into().map_err(|_| format!("strange line: {line}"))?;
        let file = dist.join(path.trim_start_matches('/'));
        let include = |suffix: &str| format!("include_bytes!({:?})", format!("{}{suffix}", file.display()));
        let optional = |made: &str, suffix: &str| match made {
            "true" => format!(
                "Some(({}, {:?}))",
                include(suffix),
                format!("\"{hash}{}\"", suffix.replace('.', "-"))
            ),
            _ => String::from("None"),
        };
        table.push_str(&format!(
            "    Entry {{ path: {path:?}, content_type: {content_type:?}, immutable: {immutable}, raw: ({}, {:?}), \
             brotli: {}, gzip: {} }},\n",
            include(""),
            format!("\"{hash}\""),
            optional(brotli, ".br"),
            optional(gzip, ".gz"),
        ));
    }
    table.push_str("]\n");
    Ok(table)
}

fn env(name: &str) -> String {
    env::var(name).unwrap_or_else(|why| stop(&format!("{name}: {why}")))
}

fn stop(why: &str) -> ! {
    println!("cargo::error={why}");
    exit(1)
}
