//! What came along in an account's claims and stands in no row.

use accounts::claims::account::{ExternalAuthorization, TidegateExtra};
use accounts::{AccountBody, AccountLimits, Claims, PublicKey, SigningKey};
use serde::{Deserialize, Serialize};

use crate::store::{self, StoreError, Tx};

/// The part of an account's claims that its rows do not say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Carried {
    /// The name in the claims; templates may use it.
    #[serde(default)]
    name: String,
    #[serde(default)]
    body: AccountBody,
}

impl Carried {
    /// Everything but what rows say: limits, quotas, the generation, revocations, roles.
    pub(crate) fn of(claims: &Claims<AccountBody>) -> Self {
        let keys = claims.nats.signing_keys.iter();
        let plain = keys.filter(|key| matches!(key, SigningKey::Plain(_)));
        let plain = plain.cloned().collect();
        let tidegate = claims.nats.tidegate.as_ref();
        let anchors = tidegate.map(|it| it.device_anchors.clone());
        let anchors = anchors.filter(|anchors| !anchors.is_empty());
        let body = AccountBody {
            limits: AccountLimits::default(),
            tidegate: anchors.map(|device_anchors| TidegateExtra {
                device_anchors,
                ..TidegateExtra::default()
            }),
            revocations: Default::default(),
            signing_keys: plain,
            ..claims.nats.clone()
        };
        Self {
            name: claims.name.clone(),
            body,
        }
    }

    /// Leaves a key to the row that it has.
    pub(crate) fn forget(&mut self, key: &str) {
        self.body
            .signing_keys
            .retain(|known| known.key().to_string() != key);
    }

    /// Leaves the auth callout to the row that it has. `false` when there was none.
    pub(crate) fn forget_callout(&mut self) -> bool {
        let none = ExternalAuthorization::default();
        std::mem::replace(&mut self.body.authorization, none) != ExternalAuthorization::default()
    }

    /// Names a key among those that sign users, where it was trusted without being named.
    pub(crate) fn trust(&mut self, key: PublicKey) {
        if !self
            .body
            .signing_keys
            .iter()
            .any(|known| known.key() == key)
        {
            self.body.signing_keys.push(SigningKey::Plain(key));
        }
    }

    /// What is carried for an account; nothing for most.
    pub(crate) async fn stored(tx: &mut Tx, account_id: &str) -> Result<Self, StoreError> {
        match store::transfer::carried(tx, account_id).await? {
            None => Ok(Self::default()),
            Some(text) => serde_json::from_str(&text)
                .map_err(|_| StoreError::corrupt("accounts.carried", account_id)),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("claims were JSON before")
    }

    /// The account's name in its claims, when it had one of its own.
    pub(crate) fn name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty())
    }

    /// No sharing: the account is suspended or deleted.
    pub(crate) fn without_sharing(mut self) -> Self {
        self.body.exports.clear();
        self.body.imports.clear();
        self
    }

    /// Adds it to claims. What rows say comes first.
    pub(crate) fn add_to(&self, body: &mut AccountBody) {
        let ours = &self.body;
        body.exports.extend(ours.exports.iter().cloned());
        body.imports.extend(ours.imports.iter().cloned());
        for key in &ours.signing_keys {
            if !body
                .signing_keys
                .iter()
                .any(|known| known.key() == key.key())
            {
                body.signing_keys.push(key.clone());
            }
        }
        for (subject, destinations) in &ours.mappings {
            let entry = body.mappings.entry(subject.clone());
            entry.or_insert_with(|| destinations.clone());
        }
        for (name, value) in &ours.extra {
            body.extra
                .entry(name.as_str())
                .or_insert_with(|| value.clone());
        }
        if let Some(ours) = &ours.tidegate {
            let body = body.tidegate.get_or_insert_default();
            for anchor in &ours.device_anchors {
                if !body.device_anchors.contains(anchor) {
                    body.device_anchors.push(anchor.clone());
                }
            }
        }
        for tag in &ours.tags {
            if !body.tags.contains(tag) {
                body.tags.push(tag.clone());
            }
        }
        fill(&mut body.default_permissions, &ours.default_permissions);
        fill(&mut body.authorization, &ours.authorization);
        fill(&mut body.trace, &ours.trace);
        fill(&mut body.cluster_traffic, &ours.cluster_traffic);
        fill(&mut body.description, &ours.description);
        fill(&mut body.info_url, &ours.info_url);
    }
}

fn fill<T: Default + PartialEq + Clone>(field: &mut T, carried: &T) {
    if *field == T::default() {
        field.clone_from(carried);
    }
}

#[cfg(test)]
mod tests {
    use accounts::claims::account::{DeviceAnchor, WeightedMapping};
    use accounts::{ExportClaim, KeyKind, KeyPair, ShareKind};

    use super::*;

    #[test]
    fn what_rows_do_not_say_comes_back() {
        let key = |byte| KeyPair::from_entropy(KeyKind::Account, [byte; 32]).public();
        let mut body = AccountBody {
            limits: AccountLimits::unlimited(),
            exports: vec![ExportClaim::new(ShareKind::Stream, "a.>")],
            signing_keys: vec![SigningKey::Plain(key(2))],
            description: "theirs".to_owned(),
            ..AccountBody::default()
        };
        body.revocations.insert("*".to_owned(), 1);
        body.mappings
            .insert("m".to_owned(), vec![WeightedMapping::default()]);
        body.extra.insert("later".to_owned(), true.into());
        body.tidegate = Some(TidegateExtra {
            device_anchors: vec![DeviceAnchor {
                certificate: "an authority".to_owned(),
                role: key(3),
            }],
            ..TidegateExtra::default()
        });
        let claims = Claims::new(key(1), "Their Name", 1, body.clone());
        let carried = Carried::of(&claims);
        let text = carried.to_json();
        assert_eq!(serde_json::from_str::<Carried>(&text).unwrap(), carried);

        let mut ours = AccountBody {
            limits: AccountLimits::unlimited(),
            revocations: body.revocations.clone(),
            ..AccountBody::default()
        };
        carried.add_to(&mut ours);
        assert_eq!(ours, body);
        carried.without_sharing().add_to(&mut ours);
        assert_eq!(ours, body, "twice is once");
        assert_eq!(Carried::of(&claims).name(), Some("Their Name"));
    }
}
