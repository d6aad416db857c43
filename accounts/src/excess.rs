//! What is too much once an account's claims allow less: those who came last go first.

use std::collections::HashMap;

use crate::nkeys::PublicKey;
use crate::policy::{AccountPolicy, ceiling};

/// A connection as far as an account's totals are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    /// For whom the quotas of a user count; on an open broker nobody is known.
    pub seat: Option<PublicKey>,
    /// How many it holds.
    pub subscriptions: u64,
}

/// Which total a connection is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Connections of the account.
    Account,
    /// Connections of its user.
    User,
    /// Subscriptions of the account.
    Subscriptions,
}

/// The connections, by their places in `oldest_first`, that an account has no more room for: first
/// those beyond its own and each user's number of connections, then, of those that stay, the
/// newest ones that hold subscriptions, until what remains is within the account's total.
/// `is_exempt` is for the system account, which has no quotas.
pub fn excess(
    policy: &AccountPolicy,
    is_exempt: bool,
    oldest_first: &[Holder],
) -> Vec<(usize, Excess)> {
    let most = ceiling(policy.limits.conn).map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    let beyond = most.min(oldest_first.len())..oldest_first.len();
    let mut go: Vec<_> = beyond.map(|at| (at, Excess::Account)).collect();
    if is_exempt {
        return go;
    }
    let mut stay: Vec<usize> = (0..most.min(oldest_first.len())).collect();
    if let Some(most) = policy.quotas.user_connections {
        let mut seen: HashMap<_, u64> = HashMap::new();
        stay.retain(|at| {
            let Some(seat) = oldest_first[*at].seat else {
                return true;
            };
            let count = seen.entry(seat).or_default();
            *count += 1;
            if *count > most {
                go.push((*at, Excess::User));
            }
            *count <= most
        });
    }
    if let Some(most) = policy.quotas.subscriptions {
        let held = |at: usize| oldest_first[at].subscriptions;
        let mut total: u64 = stay.iter().map(|at| held(*at)).sum();
        for at in stay.into_iter().rev() {
            if total <= most {
                break;
            }
            if held(at) > 0 {
                total -= held(at);
                go.push((at, Excess::Subscriptions));
            }
        }
    }
    go
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::account::{AccountBody, AccountLimits};
    use crate::jwt::Claims;
    use crate::testing;

    fn policy(conn: i64, quotas: &str) -> AccountPolicy {
        let body = AccountBody {
            limits: AccountLimits {
                conn,
                ..AccountLimits::unlimited()
            },
            tidegate: serde_json::from_str(quotas).unwrap(),
            ..AccountBody::default()
        };
        let mut claims = Claims::new(testing::account(1).public(), "a", 1, body);
        claims.iss = testing::operator().public();
        AccountPolicy::compile(&claims).unwrap()
    }

    #[test]
    fn the_newest_go_first_and_for_one_reason_each() {
        let holder = |user: u8, subscriptions| Holder {
            seat: Some(PublicKey::from_bytes(crate::KeyKind::User, [user; 32])),
            subscriptions,
        };
        let all = [
            holder(1, 2),
            holder(1, 0),
            holder(2, 3),
            holder(1, 9),
            holder(3, 1),
        ];
        let go = |conn, quotas, exempt| excess(&policy(conn, quotas), exempt, &all);
        assert_eq!(go(-1, "{}", false), []);
        assert_eq!(go(4, "{}", true), [(4, Excess::Account)]);
        assert_eq!(go(-1, r#"{"user_connections":1}"#, true), []);
        let both = r#"{"user_connections":2,"subscriptions":4}"#;
        assert_eq!(
            go(4, both, false),
            [
                (4, Excess::Account),
                (3, Excess::User),
                (2, Excess::Subscriptions)
            ]
        );
        assert_eq!(go(0, both, false).len(), all.len());
    }
}
