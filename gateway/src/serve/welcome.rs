//! What the person who started `serve` should know and do next.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::Urls;
use crate::data_dir::DataDir;
use crate::device::fingerprint;

#[derive(Debug)]
pub(super) struct Welcome<'a> {
    pub(super) urls: &'a Urls,
    pub(super) data: &'a DataDir,
    pub(super) vault_key: &'a Path,
    /// The authority of the certificate that devices see, in DER form.
    pub(super) root: Option<Vec<u8>>,
}

impl Welcome<'_> {
    /// Shows the token itself only to somebody who sits in front of it: what is not a terminal is a
    /// log, and a log is no place for it.
    pub(super) fn text(&self, is_terminal: bool) -> String {
        let (nats, http) = (&self.urls.nats, &self.urls.http);
        let mut text = format!(
            "\nTidegate is running.\n\n  NATS       {nats}\n  Admin API  {http}/api/v1\n  \
             Console    {http}/\n  Data       {}\n  Vault key  {}\n",
            self.data.root().display(),
            self.vault_key.display(),
        );
        if let Some(url) = &self.urls.onboarding {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  Devices    enrol at {url}");
        }
        if let Some(root) = &self.root {
            let _ = writeln!(text, "             root {}", fingerprint(root));
        }
        if let Some(url) = &self.urls.devices {
            let _ = writeln!(text, "             connect to {url}");
        }
        self.token(&mut text, is_terminal);
        let recovery = self.data.recovery_seed_file();
        if recovery.exists() {
            let shown = recovery.display();
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "\nThe operator's identity seed is in {shown}\nand nowhere else. Move it to a safe \
                 place off this machine; Tidegate runs without it.\n"
            );
        }
        text
    }

    fn token(&self, text: &mut String, is_terminal: bool) {
        let file = self.data.admin_token_file();
        let Ok(token) = fs::read_to_string(&file) else {
            return;
        };
        let shown = file.display();
        let http = &self.urls.http;
        let admin_token = if is_terminal {
            token.trim()
        } else {
            "in the file below"
        };
        let _ = write!(
            text,
            "\n  Admin token, for the first 24 hours: {admin_token}\n  {shown}\n\n\
             Next, make an account and a user with credentials:\n\n  \
             TOKEN=$(cat '{shown}')\n  \
             curl -H \"Authorization: Bearer $TOKEN\" -d '{{\"name\":\"acme\"}}' \
             {http}/api/v1/accounts\n  \
             curl -H \"Authorization: Bearer $TOKEN\" -d '{{\"name\":\"orders\"}}' \
             {http}/api/v1/accounts/acme/users\n\n\
             or sign in to the console with the token.\n"
        );
    }
}
