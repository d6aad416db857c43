//! `tidegate device pack`: all that a device needs in one file, to take it to where it runs.
//!
//! Key and certificate are in it: whoever has the file is the device.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::home::{Home, Memory};
use crate::data_dir::write_durably;

const PRIVATE: u32 = 0o600;
/// What a file of a snippet is called, and what is in it. `{url}` is where the device connects.
const SNIPPETS: [(&str, &str); 6] = [
    ("README.md", include_str!("pack/README.md")),
    ("connect.py", include_str!("pack/connect.py")),
    ("connect.mjs", include_str!("pack/connect.mjs")),
    ("connect.rs", include_str!("pack/connect.rs.txt")),
    ("connect.go", include_str!("pack/connect.go.txt")),
    ("Connect.cs", include_str!("pack/Connect.cs.txt")),
];

/// Writes the pack to `output`, which must not be there yet.
pub(super) fn write(home: &Home, output: &Path) -> anyhow::Result<()> {
    if output.exists() {
        bail!(
            "{} is there already: remove it, or name another file with --output",
            output.display()
        );
    }
    let memory = home.memory()?;
    let bytes = archive(home, &memory).context("make the pack")?;
    write_durably(output, &bytes, PRIVATE)
}

fn archive(home: &Home, memory: &Memory) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, mode: u32, bytes: &[u8]| -> anyhow::Result<()> {
        let options = SimpleFileOptions::default().unix_permissions(mode);
        zip.start_file(name, options)?;
        Ok(zip.write_all(bytes)?)
    };
    let mut context = json!({
        "description": format!("{}, a device of Tidegate", memory.name),
        "url": memory.nats_url,
        "cert": "device.pem",
        "key": "device.key",
    });
    let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
    add("device.key", PRIVATE, &read(&home.key_file())?)?;
    add("device.pem", 0o644, &read(&home.certificate_file())?)?;
    if home.roots_file().exists() {
        add("ca.pem", 0o644, &read(&home.roots_file())?)?;
        context["ca"] = json!("ca.pem");
    }
    add("nats.json", 0o644, format!("{context:#}\n").as_bytes())?;
    for (name, text) in SNIPPETS {
        let text = text
            .replace("{url}", &memory.nats_url)
            .replace("{name}", &memory.name)
            .replace("{not_after}", &memory.not_after);
        add(name, 0o644, text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn the_pack_has_all_that_a_client_needs_and_replaces_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let home = Home::make(dir.path()).expect("a home");
        let memory = json!({
            "url": "https://a", "nats_url": "tls://a:4223", "device": "d", "name": "pump-7",
            "account": "A", "not_after": "then",
        });
        for (name, text) in [
            ("device.key", "the key"),
            ("device.pem", "the certificate"),
            ("ca.pem", "the roots"),
            ("device.json", &memory.to_string()),
        ] {
            fs::write(dir.path().join(name), text).expect("a file");
        }
        let output = dir.path().join("pack.zip");
        write(&home, &output).expect("a pack");
        let mut zip = ZipArchive::new(fs::File::open(&output).expect("it")).expect("a zip");
        let mut read = |name: &str| {
            let mut text = String::new();
            let mut file = zip.by_name(name).expect("a file of it");
            file.read_to_string(&mut text).expect("text");
            text
        };
        assert_eq!(read("device.key"), "the key");
        assert_eq!(read("ca.pem"), "the roots");
        for (name, _) in SNIPPETS {
            let text = read(name);
            assert!(text.contains("tls://a:4223"), "{name}");
            assert!(
                text.contains("pump-7") && !text.contains("{name}"),
                "{name}"
            );
        }
        assert!(read("nats.json").contains("\"key\": \"device.key\""));
        assert!(write(&home, &output).is_err(), "it is there already");
    }
}
