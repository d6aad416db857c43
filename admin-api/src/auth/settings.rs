//! What whoever runs the installation decides about everybody's sessions.

use serde::{Deserialize, Serialize};

use crate::store::{self, StoreError, Tx};

/// Default and most.
pub(crate) const SESSION_IDLE_SECONDS: (i64, i64) = (12 * 3600, 7 * 24 * 3600);
pub(crate) const SESSION_SECONDS: (i64, i64) = (7 * 24 * 3600, 30 * 24 * 3600);

/// The settings as they are stored; what a document lacks is as it was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) session_idle_seconds: i64,
    pub(crate) session_seconds: i64,
    pub(crate) require_second_factor: bool,
    /// Counts the changes, as a row's does.
    pub(crate) version: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_idle_seconds: SESSION_IDLE_SECONDS.0,
            session_seconds: SESSION_SECONDS.0,
            require_second_factor: false,
            version: 1,
        }
    }
}

impl Settings {
    /// The settings, and when they were changed.
    pub(crate) async fn read(tx: &mut Tx) -> Result<(Self, Option<i64>), StoreError> {
        let Some((document, updated_at)) = store::settings::read(tx).await? else {
            return Ok((Self::default(), None));
        };
        let settings = serde_json::from_str(&document)
            .map_err(|_| StoreError::corrupt("settings.document", "settings"))?;
        Ok((settings, Some(updated_at)))
    }

    pub(crate) fn to_document(&self) -> String {
        serde_json::to_string(self).expect("numbers always have a JSON form")
    }
}
