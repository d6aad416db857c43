//! The console in a real browser, served by the real binary.

use anyhow::{Result, ensure};
use tests::{Tidegate, paths, scripts};
use tokio::process::Command;

#[tokio::test]
async fn the_console_works_in_a_real_browser() -> Result<()> {
    let folder = paths::root().join("web-ui");
    for needed in [
        "dist/index.html",
        "node_modules/playwright-core/package.json",
    ] {
        ensure!(
            folder.join(needed).is_file(),
            "web-ui/{needed} is missing: run make test"
        );
    }
    let tidegate = Tidegate::serve().await?;
    let mut command = Command::new("node");
    command.args(["--test", "--test-concurrency=1", "e2e/console.test.mjs"]);
    command
        .current_dir(folder)
        .env("TIDEGATE_URL", tidegate.http_url());
    command.env("TIDEGATE_TOKEN", tidegate.token());
    let said = scripts::finish(command, "the browser tests").await?;
    ensure!(
        said.contains("fail 0") && !said.contains("pass 0"),
        "{said}"
    );
    Ok(())
}
