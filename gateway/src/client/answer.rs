//! Answers for people and for programs, refusals in words, secrets in private files.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;

use super::table;
use crate::console;

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Table,
    Json,
    Yaml,
}

impl Form {
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "json" => Form::Json,
            "yaml" => Form::Yaml,
            _ => Form::Table,
        }
    }
}

/// Prints an answer. With `out`, the first of `secrets` that it holds goes there instead.
pub(crate) fn show(
    mut answer: Value,
    form: Form,
    out: Option<PrivateFile>,
    secrets: &[&str],
) -> anyhow::Result<()> {
    if let Some(out) = out {
        let fields = answer.as_object_mut();
        let secret = fields.and_then(|fields| {
            let name = secrets
                .iter()
                .find(|name| fields.get(**name).is_some_and(Value::is_string));
            fields.shift_remove(*name?)
        });
        match secret {
            Some(Value::String(secret)) => out.fill(secret.trim_end().as_bytes())?,
            _ => bail!("the answer holds no secret for {}", out.path.display()),
        }
    }
    let text = match form {
        Form::Json => serde_json::to_string_pretty(&answer)?,
        Form::Yaml => serde_saphyr::to_string(&answer)?.trim_end().to_owned(),
        Form::Table => table::text(&answer, secrets),
    };
    if !text.is_empty() {
        console::say(text);
    }
    Ok(())
}

/// A new file that its owner alone can read, made before there is anything to write, so that no
/// secret gets lost. Dropped before it is filled, it goes away again.
#[derive(Debug)]
pub(crate) struct PrivateFile {
    path: PathBuf,
    /// Absent once it is filled.
    file: Option<File>,
}

impl PrivateFile {
    /// Makes it; another file of this name is left alone.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.create_new(true).write(true).mode(0o600).open(path);
        let file = file.with_context(|| format!("create {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            file: Some(file),
        })
    }

    /// Adds to what is written.
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let written = self
            .file
            .as_mut()
            .map_or(Ok(()), |file| file.write_all(bytes));
        written.with_context(|| format!("write {}", self.path.display()))
    }

    /// Keeps what is written.
    pub(super) fn keep(mut self) -> anyhow::Result<()> {
        let synced = self.file.take().map_or(Ok(()), |file| file.sync_all());
        synced.with_context(|| format!("write {}", self.path.display()))
    }

    /// Writes a text that ends in a line break, and keeps it.
    pub(crate) fn fill(mut self, text: &[u8]) -> anyhow::Result<()> {
        self.write(text)?;
        self.write(b"\n")?;
        self.keep()
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            // It is empty or of no use; that it stays would be no harm.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What a problem is called, for programs.
pub(super) fn code(text: &str) -> String {
    let problem: Value = serde_json::from_str(text).unwrap_or_default();
    problem["code"].as_str().unwrap_or_default().to_owned()
}

/// What a problem says, for people.
pub(crate) fn refusal(status: u16, text: &str) -> String {
    let problem: Value = serde_json::from_str(text).unwrap_or_default();
    let field = |name: &str| problem[name].as_str().unwrap_or_default();
    if field("title").is_empty() {
        return format!("the API answers {status}: {}", text.trim());
    }
    let mut said = format!("{} ({status} {})", field("title"), field("code"));
    let fields = problem["errors"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if fields.is_empty() && !field("detail").is_empty() {
        said.push_str(&format!(": {}", field("detail")));
    }
    for error in fields {
        let pointer = error["pointer"].as_str().unwrap_or_default();
        let message = error["message"].as_str().unwrap_or_default();
        said.push_str(&format!("\n  {pointer}: {message}"));
    }
    if status >= 500 {
        said.push_str(&format!("\n  request {}", field("request_id")));
    }
    said
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;

    #[test]
    fn problems_are_told_in_words() {
        let problem = json!({
            "title": "The request cannot be carried out", "code": "invalid",
            "detail": "See `errors` for the fields.",
            "errors": [{ "pointer": "/name", "code": "invalid", "message": "must be short" }],
        });
        assert_eq!(
            refusal(422, &problem.to_string()),
            "The request cannot be carried out (422 invalid)\n  /name: must be short"
        );
        assert_eq!(
            refusal(502, "bad gateway\n"),
            "the API answers 502: bad gateway"
        );
    }

    #[test]
    fn a_secret_gets_a_private_file_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.creds");
        let answer = || json!({ "id": "usr_1", "creds": "secret\n" });
        let file = PrivateFile::create(&path).expect("a new file");
        show(answer(), Form::Json, Some(file), &["creds"]).expect("a secret");
        assert_eq!(
            std::fs::read_to_string(&path).expect("the file"),
            "secret\n"
        );
        let mode = std::fs::metadata(&path)
            .expect("the file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        PrivateFile::create(&path).expect_err("it exists already");
        let other = folder.path().join("b");
        let file = PrivateFile::create(&other).expect("a new file");
        show(json!({}), Form::Json, Some(file), &["creds"]).expect_err("no secret");
        assert!(!other.exists());
    }
}
