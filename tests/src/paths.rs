//! Where things are: the repository, the binaries under test, the tools that the suites use.
//!
//! What is missing is an error that says how to get it; a test never passes over it.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate lies one level below the top")
        .to_path_buf()
}

/// The `tidegate` binary: `$TIDEGATE_BIN`, else the one that was built beside this executable.
pub fn tidegate() -> Result<PathBuf> {
    if let Some(path) = env::var_os("TIDEGATE_BIN") {
        return existing(PathBuf::from(path), "TIDEGATE_BIN names no file");
    }
    let own = env::current_exe().context("find the test executable")?;
    // target/<profile>/deps/it-… and target/<profile>/bench both have the binary upwards.
    let profile = own
        .ancestors()
        .skip(1)
        .find(|dir| dir.join("tidegate").is_file());
    match profile {
        Some(dir) => Ok(dir.join("tidegate")),
        None => bail!(
            "no tidegate binary beside {}: `cargo build -p gateway`",
            own.display()
        ),
    }
}

/// The real nats-server, from the virtual environment that `tests/setup.sh` makes.
pub fn nats_server() -> Result<PathBuf> {
    existing(
        root().join(".venv/bin/nats-server"),
        "run tests/setup.sh to install nats-server",
    )
}

/// A real collector of OpenTelemetry, from the same place.
pub fn rotel() -> Result<PathBuf> {
    let lib = root().join(".venv/lib");
    let pythons = std::fs::read_dir(&lib).context("run tests/setup.sh to make .venv")?;
    let agents = pythons
        .flatten()
        .map(|python| python.path().join("site-packages/rotel/rotel-agent"));
    let agent = agents.into_iter().find(|path| path.is_file());
    agent.context("run tests/setup.sh to install rotel")
}

/// The Python of the virtual environment.
pub fn python() -> Result<PathBuf> {
    existing(
        root().join(".venv/bin/python"),
        "run tests/setup.sh to make .venv",
    )
}

fn existing(path: PathBuf, otherwise: &str) -> Result<PathBuf> {
    if path.is_file() {
        Ok(path)
    } else {
        bail!("{} is missing: {otherwise}", path.display())
    }
}
