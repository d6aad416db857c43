//! Manifests on the command line: looked at, applied, and taken from what is there.

use anyhow::{Result, ensure};
use tests::Tidegate;

use super::on_both_databases;

on_both_databases![
    a_manifest_is_looked_at_applied_and_taken_back,
    what_is_wrong_with_a_manifest_is_told_with_its_place,
];

const MANIFEST: &str = "
version: 1
name: shop
accounts:
- slug: orders
  roles: [ { name: desk, permissions: { publish: { allow: [ 'orders.>' ] } } } ]
  exports: [ { subject: orders.placed, kind: stream, visibility: public } ]
- slug: billing
  imports: [ { account: orders, subject: orders.placed, kind: stream } ]
";

async fn a_manifest_is_looked_at_applied_and_taken_back(tidegate: Tidegate) -> Result<()> {
    let cli = tidegate.cli()?;
    cli.write("shop.yaml", MANIFEST)?;
    let looked = cli.run("diff -f shop.yaml").await?;
    ensure!(looked.code == Some(1), "{looked:?}");
    ensure!(looked.out.contains("+ role orders: desk"), "{}", looked.out);
    let tried = cli.ok("apply -f shop.yaml --dry-run").await?;
    let plan = tried
        .lines()
        .find_map(|line| line.strip_prefix("Plan: "))
        .unwrap_or_default();
    ensure!(cli.ok("account ls -o json").await?.trim() == "[]");

    let done = cli.ok(&format!("apply -f shop.yaml --plan {plan}")).await?;
    ensure!(done.contains("Done: 5 created"), "{done}");
    let same = cli.run_with("diff -f -", MANIFEST).await?;
    ensure!(same.code == Some(0), "{same:?}");
    let stale = cli
        .run(&format!("apply -f shop.yaml --plan {plan}"))
        .await?;
    ensure!(stale.refused()?.contains("412"));

    let all = cli.ok("export manifest").await?;
    ensure!(all.contains("slug: billing"), "{all}");
    ensure!(cli.run_with("diff -f -", &all).await?.code == Some(0));
    let own = cli.ok("export manifest -a orders -o json").await?;
    cli.ok("account create stage").await?;
    let copied = cli.run_with("apply -a stage -f -", &own).await?.fine()?;
    ensure!(
        copied.contains("+ export stage: stream orders.placed"),
        "{copied}"
    );

    cli.write(
        "less.yaml",
        "{version: 1, name: shop, accounts: [{slug: orders}]}",
    )?;
    ensure!(cli.run("diff -f less.yaml").await?.code == Some(0));
    let pruned = cli.ok("apply -f less.yaml --prune").await?;
    ensure!(pruned.contains("- account billing"), "{pruned}");
    Ok(())
}

async fn what_is_wrong_with_a_manifest_is_told_with_its_place(tidegate: Tidegate) -> Result<()> {
    let cli = tidegate.cli()?;
    let broken = cli.run_with("diff -f -", "version: 1\nname: {\n").await?;
    ensure!(broken.code == Some(2), "{broken:?}");
    ensure!(broken.err.contains("line 2"), "{}", broken.err);
    let wrong = "{version: 1, name: shop, accounts: [{slug: a1, colour: red}], orgs: [{}]}";
    let wrong = cli.run_with("apply -f -", wrong).await?;
    ensure!(wrong.code == Some(1), "{wrong:?}");
    for place in ["/accounts/0/colour", "/orgs/0/slug"] {
        ensure!(wrong.err.contains(place), "{place}: {}", wrong.err);
    }
    let absent = cli.run("diff -f nowhere.yaml").await?;
    ensure!(absent.code == Some(2), "{absent:?}");
    Ok(())
}
