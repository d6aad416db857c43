//! Where the vault key comes from.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use anyhow::{Context, Result};
use tests::{Tidegate, Wire};

/// What a systemd unit says with `LoadCredential=vault.key:…`.
#[tokio::test]
async fn the_service_manager_lends_the_vault_key() -> Result<()> {
    let mut tidegate = Tidegate::serve().await?;
    let warning = "the vault key lies in the data directory: keep it elsewhere";
    let patience = Duration::from_secs(10);
    tidegate.daemon().wait_for_line(warning, patience)?;
    tidegate.api().make_account("acme").await?;
    let own = tidegate.data("vault.key");
    let lent = tempfile::tempdir()?;
    let file = lent.path().join("vault.key");
    fs::copy(&own, &file)?;
    fs::remove_file(&own)?;
    // A service's own group may read what is lent to it.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o440))?;
    let folder = lent.path().to_str().context("a path in UTF-8")?;
    tidegate
        .kill_and_restart_in(&[("CREDENTIALS_DIRECTORY", folder)])
        .await?;
    let api = tidegate.api();
    let vault = api.get("/vault").await?;
    assert_eq!(vault["key_beside_data"], false, "{vault}");
    assert!(!own.exists(), "nothing was made in its place");
    let user = api.make_user("acme", "after").await?;
    assert_eq!(
        Wire::try_login(tidegate.nats(), &user.user()?).await?,
        Ok(())
    );
    Ok(())
}
