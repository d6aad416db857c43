//! The data plane follows the operator: other claims of it are kept, and trusted at once.

use std::path::PathBuf;

use admin_api::{OnOperator, Trusted};
use broker::Broker;
use tracing::info;

use super::first_run::PRIVATE_FILE;
use crate::data_dir::{DataDir, write_durably};

/// Keeps what it is told in the data directory, and makes the broker, if there is one, trust it.
pub(super) fn operator(data: &DataDir, broker: Option<Broker>) -> OnOperator {
    let (operator, system) = (data.operator_file(), data.system_account_file());
    OnOperator::new(move |trusted| {
        keep(trusted, &operator, &system).map_err(|error| format!("{error:#}"))?;
        let Some(broker) = &broker else {
            return Ok(());
        };
        let tokens = vec![trusted.operator_jwt.clone()];
        let taken = broker.trust_operators(tokens);
        taken.map_err(|error| error.to_string())
    })
}

/// Both files, before anybody relies on them: the next start must trust what this one does.
fn keep(trusted: &Trusted, operator: &PathBuf, system: &PathBuf) -> anyhow::Result<()> {
    let is_kept = |path: &PathBuf, text: &str| {
        std::fs::read_to_string(path).is_ok_and(|kept| kept.trim() == text)
    };
    let pairs = [
        (system, &trusted.system_account_jwt),
        (operator, &trusted.operator_jwt),
    ];
    for (path, text) in pairs
        .into_iter()
        .filter(|(path, text)| !is_kept(path, text))
    {
        write_durably(path, text.as_bytes(), PRIVATE_FILE)?;
        info!(
            "the operator's claims have changed: wrote {}",
            path.display()
        );
    }
    Ok(())
}
