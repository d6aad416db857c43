//! Conditions of a login: hours of the day and their zone, networks, types of connection.

use std::time::{Duration, Instant};

use accounts::{TimeRange, UserPermissionLimits};
use anyhow::Result;
use tests::mint::{Operator, Tenant, User, now};
use tests::{Broker, Which, Wire};

use super::{broker_with, login_is_refused};
use crate::both::on_both;

on_both![
    hours_are_read_in_the_zone_that_the_user_names,
    hours_without_a_zone_are_the_servers,
    hours_may_cross_midnight,
    the_connection_closes_when_the_longest_of_its_hours_end,
    hours_that_cannot_be_read_refuse_the_login,
    a_user_comes_from_its_networks_only,
    a_user_uses_its_types_of_connection_only,
    permissions_that_cannot_be_read_refuse_the_login,
];

const HOUR: i64 = 3600;
/// Zones without daylight saving: their clocks are easy to tell.
const TOKYO: (&str, i64) = ("Asia/Tokyo", 9 * HOUR);
const KOLKATA: (&str, i64) = ("Asia/Kolkata", 5 * HOUR + HOUR / 2);

fn clock(second: i64) -> String {
    let second = second.rem_euclid(24 * HOUR);
    let (hours, minutes) = (second / HOUR, second / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", second % 60)
}

/// The hours from `from` to `until` (seconds from now) on clocks that are `offset` before UTC.
fn hours(offset: i64, from: i64, until: i64) -> TimeRange {
    let shown = now() + offset;
    TimeRange {
        start: clock(shown + from),
        end: clock(shown + until),
    }
}

fn user(tenant: &Tenant, shape: impl FnOnce(&mut UserPermissionLimits)) -> User {
    tenant.user_with("conditional", |claims| shape(&mut claims.nats.rights))
}

fn during(tenant: &Tenant, times: Vec<TimeRange>, zone: &str) -> User {
    user(tenant, |rights| {
        rights.times = Some(times);
        rights.times_location = zone.to_owned();
    })
}

fn setup(which: Which) -> Result<(Tenant, Broker)> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    Ok((tenant, broker))
}

async fn admits(broker: &Broker, user: &User) -> Result<bool> {
    let answer = Wire::try_login(broker.addr(), user).await?;
    let refused = Err("Authorization Violation".to_owned());
    assert!(answer.is_ok() || answer == refused, "{answer:?}");
    Ok(answer.is_ok())
}

async fn hours_are_read_in_the_zone_that_the_user_names(which: Which) -> Result<()> {
    let (tenant, broker) = setup(which)?;
    for (zone, offset) in [TOKYO, KOLKATA, ("UTC", 0)] {
        let open = vec![hours(offset, -HOUR, HOUR)];
        assert!(
            admits(&broker, &during(&tenant, open, zone)).await?,
            "{zone}"
        );
        let later = vec![hours(offset, HOUR, 2 * HOUR)];
        assert!(
            !admits(&broker, &during(&tenant, later, zone)).await?,
            "{zone}"
        );
        let elsewhere = vec![hours(offset + 12 * HOUR, -HOUR, HOUR)];
        assert!(
            !admits(&broker, &during(&tenant, elsewhere, zone)).await?,
            "{zone}"
        );
    }
    Ok(())
}

async fn hours_without_a_zone_are_the_servers(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let config = Operator::default().memory_config(&[&tenant]);
    let (zone, offset) = TOKYO;
    let broker = Broker::start_with_env(which, &config, &[("TZ", zone)])?;
    let there = during(&tenant, vec![hours(offset, -HOUR, HOUR)], "");
    assert!(admits(&broker, &there).await?);
    let in_utc = during(&tenant, vec![hours(0, -HOUR, HOUR)], "");
    assert!(!admits(&broker, &in_utc).await?);
    Ok(())
}

async fn hours_may_cross_midnight(which: Which) -> Result<()> {
    let (tenant, broker) = setup(which)?;
    // Whatever the time is now: all day but an hour that is past, and but the hours around now.
    let open = during(&tenant, vec![hours(0, -HOUR, 22 * HOUR)], "UTC");
    assert!(admits(&broker, &open).await?);
    let closed = during(&tenant, vec![hours(0, HOUR, 23 * HOUR)], "UTC");
    assert!(!admits(&broker, &closed).await?);
    Ok(())
}

async fn the_connection_closes_when_the_longest_of_its_hours_end(which: Which) -> Result<()> {
    let (tenant, broker) = setup(which)?;
    let mut stays = Wire::login(broker.addr(), &tenant.user("stays")).await?;
    let (zone, offset) = KOLKATA;
    let times = vec![hours(offset, -HOUR, 5), hours(offset, -HOUR, 2)];
    let began = Instant::now();
    let user = during(&tenant, times, zone);
    let mut leaves = Wire::login(broker.addr(), &user).await?;
    let errors = leaves.errors_until_closed().await?;
    assert_eq!(errors, ["User Authentication Expired"]);
    let lived = began.elapsed();
    assert!(lived > Duration::from_secs(3), "closed after {lived:?}");
    assert_eq!(
        login_is_refused(&broker, &user).await?,
        "Authorization Violation"
    );
    assert_eq!(stays.sync().await?, []);
    Ok(())
}

async fn hours_that_cannot_be_read_refuse_the_login(which: Which) -> Result<()> {
    let (tenant, broker) = setup(which)?;
    let range = |start: &str, end: &str| TimeRange {
        start: start.to_owned(),
        end: end.to_owned(),
    };
    for times in [
        vec![range("", "")],
        vec![range("00:00:00", "24:00:00")],
        vec![range("00:00", "23:59:59")],
        vec![range("00:00:00", "23:59:59"), range("x", "23:59:59")],
    ] {
        let user = during(&tenant, times.clone(), "UTC");
        assert!(!admits(&broker, &user).await?, "{times:?}");
    }
    for zone in [
        "Europe/Nowhere",
        "../../etc/passwd",
        "/etc/localtime",
        "+02:00",
    ] {
        let always = vec![hours(0, -HOUR, 22 * HOUR)];
        assert!(
            !admits(&broker, &during(&tenant, always, zone)).await?,
            "{zone}"
        );
        assert!(
            !admits(&broker, &during(&tenant, vec![], zone)).await?,
            "{zone}, no hours"
        );
    }
    Ok(())
}

async fn a_user_comes_from_its_networks_only(which: Which) -> Result<()> {
    let (tenant, broker) = setup(which)?;
    let cases: [(&[&str], bool); 8] = [
        (&[], true),
        (&["127.0.0.0/8"], true),
        (&["10.0.0.0/8", "127.0.0.1/32"], true),
        (&["0.0.0.0/0"], true),
        (&["10.0.0.0/8"], false),
        (&["::/0"], false),
        (&["127.0.0.1"], false),
        (&["127.0.0.0/8", "nonsense"], false),
    ];
    for (networks, expected) in cases {
        let list = networks.iter().map(|&network| network.to_owned()).collect();
        let user = user(&tenant, |rights| rights.src = Some(list));
        assert_eq!(admits(&broker, &user).await?, expected, "{networks:?}");
    }
    Ok(())
}

async fn a_user_uses_its_types_of_connection_only(which: Which) -> Result<()> {
    let (tenant, broker) = setup(which)?;
    let cases: [(&[&str], bool); 7] = [
        (&[], true),
        (&["STANDARD"], true),
        (&["standard"], true),
        (&["WEBSOCKET", "Standard"], true),
        (&["SOMETHING_NEW", "STANDARD"], true),
        (&["WEBSOCKET", "LEAFNODE", "MQTT"], false),
        // Unknown ones are passed over, and nothing is left.
        (&["SOMETHING_NEW"], false),
    ];
    for (types, expected) in cases {
        let list = types.iter().map(|&name| name.to_owned()).collect();
        let user = user(&tenant, |rights| {
            rights.allowed_connection_types = Some(list)
        });
        assert_eq!(admits(&broker, &user).await?, expected, "{types:?}");
    }
    Ok(())
}

async fn permissions_that_cannot_be_read_refuse_the_login(which: Which) -> Result<()> {
    let (tenant, broker) = setup(which)?;
    for (subject, publish) in [
        ("a..b", true),
        ("a..b", false),
        ("", false),
        ("a b c", false),
        ("a  b", false),
        // Only a subscription is in a queue: read as a subject it would deny something else.
        ("a queue", true),
    ] {
        for deny in [true, false] {
            let user = user(&tenant, |rights| {
                let rules = match publish {
                    true => &mut rights.publish,
                    false => &mut rights.subscribe,
                };
                let list = if deny {
                    &mut rules.deny
                } else {
                    &mut rules.allow
                };
                *list = Some(vec![subject.to_owned()]);
            });
            assert!(
                !admits(&broker, &user).await?,
                "{subject:?} publish {publish} deny {deny}"
            );
        }
    }
    Ok(())
}
