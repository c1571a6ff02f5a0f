//! Compiles the schema: prost for the binary form, pbjson for the canonical JSON form.
//! protox parses the files, so no `protoc` is needed. Makes the tables that text is folded by and words are looked up in.

#[path = "build/dictionary.rs"]
mod dictionary;
#[path = "build/fold_table.rs"]
mod fold_table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PACKAGE_DIR: &str = "proto/parcelgate/v1";

fn main() -> Result<(), Box<dyn Error>> {
    compile_schema()?;
    make_fold_table()?;
    make_dictionaries()?;
    record_build_facts();
    Ok(())
}

fn compile_schema() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = schema_files(Path::new(PACKAGE_DIR))?;
    let descriptors = protox::compile(files, ["proto"])?;
    let encoded = protox::prost::Message::encode_to_vec(&descriptors);

    // Tests hand this to other protobuf implementations.
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out_dir.join("parcelgate.v1.descriptors.bin"), &encoded)?;

    prost_build::Config::new()
        .compile_well_known_types()
        .extern_path(".google.protobuf.Timestamp", "crate::wire::v1::Timestamp")
        .compile_fds(descriptors)?;
    pbjson_build::Builder::new()
        .register_descriptors(&encoded)?
        .ignore_unknown_fields()
        .ignore_unknown_enum_variants()
        .extern_path(".google.protobuf.Timestamp", "crate::wire::v1::Timestamp")
        .build(&[".parcelgate.v1"])?;
    read_numbers_at_once(&out_dir.join("parcelgate.v1.serde.rs"))
}

/// pbjson tries each number as a text first and makes an error of that, which costs more than all else about a number.
fn read_numbers_at_once(generated: &Path) -> Result<(), Box<dyn Error>> {
    const PBJSONS: &str = "::pbjson::private::NumberDeserialize";
    const OURS: &str = "crate::wire::json::Number";
    let code = fs::read_to_string(generated)?;
    if !code.contains(PBJSONS) {
        return Err(format!("{PBJSONS} is not in the generated code any more").into());
    }
    fs::write(generated, code.replace(PBJSONS, OURS))?;
    Ok(())
}

fn make_fold_table() -> Result<(), Box<dyn Error>> {
    let table = fold_table::source(&data("traditional.txt")?);
    write_table("fold_table.rs", table.as_bytes())
}

fn make_dictionaries() -> Result<(), Box<dyn Error>> {
    let trade = data("words_trade.txt")?;
    let (latin, han) = trade.lines().partition::<Vec<_>, _>(|line| line.is_ascii());
    let (english, chinese) = (data("words_en.txt")?, data("words_zh.txt")?);
    let english = english.lines().chain(latin);
    write_table("english_words.bin", &dictionary::english(english, &data("readings.txt")?)?)?;
    let chinese = dictionary::chinese(chinese.lines().chain(han).collect())?;
    write_table("chinese_singles.bin", &chinese.singles)?;
    write_table("chinese_pairs.bin", &chinese.pairs)?;
    write_table("other_chinese.bin", &chinese.others)
}

/// A file of what is known of letters, characters and words.
fn data(name: &str) -> Result<String, Box<dyn Error>> {
    let path = format!("src/text/data/{name}");
    println!("cargo:rerun-if-changed={path}");
    fs::read_to_string(&path).map_err(|error| format!("read {path}: {error}").into())
}

fn write_table(name: &str, table: &[u8]) -> Result<(), Box<dyn Error>> {
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join(name), table)?;
    Ok(())
}

fn schema_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    files.sort();
    Ok(files)
}

/// Facts for `parcelgate_build_info`; "unknown" where they cannot be had, as in a source archive.
fn record_build_facts() {
    println!("cargo:rerun-if-changed=.git/HEAD");
    println!("cargo:rerun-if-env-changed=PARCELGATE_REVISION");
    for (name, program, arguments) in [
        ("PARCELGATE_REVISION", "git".to_owned(), ["rev-parse", "--short=12", "HEAD"].as_slice()),
        (
            "PARCELGATE_RUSTC",
            env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()),
            ["--version"].as_slice(),
        ),
    ] {
        // Where the source is without its history, as in an image, whoever builds it says the revision.
        let fact = env::var(name).unwrap_or_else(|_| first_line(&program, arguments));
        println!("cargo:rustc-env={name}={fact}");
    }
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| text.lines().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}
