//! Slows down guessing, without a way to lock somebody out.
//!
//! Failures are counted per address, per person, and per both. The person's own count, which an
//! attacker may fill, does not bind addresses that the person signed in from lately.

use std::net::IpAddr;

use crate::app::App;
use crate::problem::Problem;
use crate::store::{self, Tx};

/// After this long a count begins anew.
const WINDOW_SECONDS: i64 = 15 * 60;
const PER_ADDRESS_MAX: i64 = 30;
const PER_PERSON_MAX: i64 = 50;
const PER_BOTH_MAX: i64 = 5;
/// How long an address stays known.
const KNOWN_SECONDS: i64 = 30 * 24 * 3600;

/// An attempt that was counted as a failure until it turns out well.
#[derive(Debug)]
pub(crate) struct Attempt {
    address: String,
    person: String,
    both: String,
}

impl Attempt {
    /// Counts an attempt on the person, who need not exist; 429 when there were too many.
    pub(crate) async fn begin(
        app: &App,
        person: &str,
        address: Option<IpAddr>,
        now: i64,
    ) -> Result<Self, Problem> {
        let network = address.map_or_else(|| "unknown".to_owned(), network);
        // Names that people typed are not kept, only what recognises them.
        let person_hash = app.vault.hash_token(&format!("sign-in:{person}"));
        let attempt = Self {
            address: format!("address {network}"),
            person: format!("person {person_hash}"),
            both: format!("both {person_hash} {network}"),
        };
        let mut tx = app.db.write().await?;
        let allowed = attempt.count(&mut tx, person, address, now).await?;
        tx.commit().await?;
        if allowed {
            return Ok(attempt);
        }
        tracing::warn!(client.address = network, "too many sign-ins fail");
        Err(Problem::too_many_sign_ins(WINDOW_SECONDS))
    }

    async fn count(
        &self,
        tx: &mut Tx,
        person: &str,
        address: Option<IpAddr>,
        now: i64,
    ) -> Result<bool, Problem> {
        let since = now - WINDOW_SECONDS;
        // The others are not counted then, so that one address cannot fill the table.
        let count = store::sessions::count_failure(tx, &self.address, now, since).await?;
        if count > PER_ADDRESS_MAX {
            return Ok(false);
        }
        let both = store::sessions::count_failure(tx, &self.both, now, since).await?;
        let all = store::sessions::count_failure(tx, &self.person, now, since).await?;
        if both > PER_BOTH_MAX {
            return Ok(false);
        }
        if all <= PER_PERSON_MAX {
            return Ok(true);
        }
        let (Some(member), Some(address)) = (store::members::by_email(tx, person).await?, address)
        else {
            return Ok(false);
        };
        let (address, since) = (address.to_string(), now - KNOWN_SECONDS);
        Ok(store::sessions::knows_address(tx, &member.id, &address, since).await?)
    }

    /// The attempt turned out well.
    pub(crate) async fn succeeded(&self, tx: &mut Tx, now: i64) -> Result<(), Problem> {
        for bucket in [&self.address, &self.person, &self.both] {
            store::sessions::uncount_failure(tx, bucket).await?;
        }
        store::sessions::clear_old(tx, now - WINDOW_SECONDS, now).await?;
        Ok(())
    }
}

/// Who has one IPv6 address has 2⁶⁴ of them.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn an_ipv6_network_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8:0:0:ffff::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
