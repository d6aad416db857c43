//! Random account graphs on our broker and on a real nats-server: a bounded run. `make
//! differential` plays as many as wanted; see `tests::differential`.

use anyhow::Result;
use tests::differential::{Plan, run};

/// Half a minute on a busy machine with two cores.
const GRAPHS: usize = 80;

#[tokio::test]
async fn both_brokers_do_the_same() -> Result<()> {
    // Another seed plays other graphs; a report names the seed of each that differs.
    let seed = std::env::var("DIFFERENTIAL_SEED").map_or(Ok(1), |text| text.parse())?;
    let report = run(Plan {
        seed,
        graphs: GRAPHS,
        shrink: 2,
        progress: false,
    })
    .await?;
    println!("{report}");
    assert!(
        report.differences.is_empty() && report.not_looked_at.is_empty(),
        "{report}"
    );
    assert!(report.delivered_percent() >= 30, "{report}");
    assert!(report.denied_percent() >= 30, "{report}");
    Ok(())
}
