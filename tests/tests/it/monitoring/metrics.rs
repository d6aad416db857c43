//! Figures for Prometheus, read by its own parser.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant};
use tests::{Which, Wire, scripts};

use super::Monitored;

fn value(samples: &[Value], name: &str, labels: &Value) -> Option<u64> {
    let is_meant = |sample: &&Value| sample["name"] == name && sample["labels"] == *labels;
    let value = samples.iter().find(is_meant)?["value"].as_f64();
    value.map(|value| value as u64)
}

#[tokio::test]
async fn prometheus_reads_totals_and_accounts() -> Result<()> {
    let acme = Tenant::new("ac\"me");
    let config = Operator::default().memory_config(&[&acme]);
    let server = Monitored::start(Which::Tidegate, &config)?;
    let mut client = Wire::login(server.broker.addr(), &acme.user("u")).await?;
    client.send("SUB a 1\r\nPUB a 3\r\nabc\r\n").await?;
    client.sync().await?;
    let said = scripts::python("metrics.py", &[&format!("{}/metrics", server.url)]).await?;
    let samples: Vec<Value> = serde_json::from_str(said.trim()).context("samples")?;
    let none = json!({});
    assert_eq!(value(&samples, "tidegate_connections", &none), Some(1));
    assert_eq!(
        value(&samples, "tidegate_connections_total", &none),
        Some(1)
    );
    assert_eq!(
        value(&samples, "tidegate_received_messages_total", &none),
        Some(1)
    );
    assert_eq!(value(&samples, "tidegate_sent_bytes_total", &none), Some(3));
    assert!(value(&samples, "process_resident_memory_bytes", &none) > Some(0));
    let account = json!({ "account": acme.public() });
    for (name, expected) in [
        ("tidegate_account_connections", 1),
        ("tidegate_account_received_messages_total", 1),
        ("tidegate_account_received_bytes_total", 3),
        ("tidegate_account_sent_messages_total", 1),
        ("tidegate_account_connections_total", 1),
    ] {
        assert_eq!(value(&samples, name, &account), Some(expected), "{name}");
    }
    let named = json!({ "account": acme.public(), "account_name": "ac\"me" });
    assert_eq!(value(&samples, "tidegate_account_info", &named), Some(1));
    Ok(())
}
