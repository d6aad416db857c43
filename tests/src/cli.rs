//! The command line of the product, as somebody types it: with a home of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::paths;
use crate::wait::within;

/// Somebody with an empty home.
#[derive(Debug)]
pub struct Cli {
    home: TempDir,
    data: Option<PathBuf>,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Expects success and gives what was printed.
    pub fn fine(self) -> Result<String> {
        ensure!(self.code == Some(0), "it ended with {self:?}");
        Ok(self.out)
    }

    /// Expects a refusal and gives its reason.
    pub fn refused(self) -> Result<String> {
        ensure!(
            self.code == Some(1) && self.out.is_empty(),
            "it ended with {self:?}"
        );
        Ok(self.err)
    }
}

impl Cli {
    /// Works on the `tidegate serve` in this data directory.
    pub fn local(data: PathBuf) -> Result<Self> {
        let data = Some(data);
        Ok(Self {
            data,
            ..Self::remote()?
        })
    }

    /// Knows of no server yet.
    pub fn remote() -> Result<Self> {
        let home = tempfile::tempdir().context("make a home")?;
        Ok(Self { home, data: None })
    }

    /// A path in the home.
    pub fn home(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    /// Runs one command; its words are separated by blanks.
    pub async fn run(&self, line: &str) -> Result<Said> {
        self.run_with(line, "").await
    }

    /// Runs one command with something on stdin.
    pub async fn run_with(&self, line: &str, stdin: &str) -> Result<Said> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = Command::new(paths::tidegate()?);
        command
            .args(words)
            .env_clear()
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(data) = &self.data {
            command.env("TIDEGATE_DATA", data);
        }
        let mut child = command.spawn().with_context(|| format!("start {line}"))?;
        let mut input = child.stdin.take().context("a pipe to stdin")?;
        // Whoever reads nothing may be gone by now.
        let _ = input.write_all(stdin.as_bytes()).await;
        drop(input);
        let output = within(line, child.wait_with_output()).await??;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        })
    }

    /// Runs one command that must succeed.
    pub async fn ok(&self, line: &str) -> Result<String> {
        self.run(line).await?.fine()
    }

    /// The same with `-o json`.
    pub async fn json(&self, line: &str) -> Result<Value> {
        let said = self.ok(&format!("{line} -o json")).await?;
        serde_json::from_str(&said).with_context(|| format!("{line}: {said}"))
    }

    /// Writes a file into the home.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        std::fs::write(self.home(path), text).with_context(|| format!("write {path}"))
    }

    /// A file of the home and its permissions.
    pub fn read(&self, path: &Path) -> Result<(String, u32)> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.home.path().join(path);
        let mode = std::fs::metadata(&path)?.permissions().mode() & 0o777;
        Ok((std::fs::read_to_string(&path)?, mode))
    }
}
