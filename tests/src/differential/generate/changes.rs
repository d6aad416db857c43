//! Changes of account claims while everybody is connected: each field comes, goes, or changes.

use accounts::{SigningKey, TidegateExtra};

use super::{Maker, claims, users};
use crate::differential::case::Step;

const HOUR: i64 = 3_600;

impl Maker {
    /// A step that changes something about one account.
    pub(super) fn change(&mut self) -> Step {
        let account = self.random.below(self.drafts.len());
        if self.random.chance(4) {
            return Step::Delete { account };
        }
        for _ in 0..self.random.between(1, 2) {
            self.sensibly(account, |maker| maker.change_once(account));
        }
        let signer = self.operator_signer();
        // Now and then they are refused; the next ones are sensible again.
        if self.random.chance(5) {
            let before = self.drafts[account].version.clone();
            self.change_once(account);
            let version = Box::new(std::mem::replace(&mut self.drafts[account].version, before));
            return Step::Update { account, version };
        }
        let draft = &mut self.drafts[account];
        draft.version.signer = signer;
        if let Some(extra) = &mut draft.version.claims.nats.tidegate {
            extra.generation += 1;
        }
        // Sometimes the very same claims again, sometimes older ones.
        if !self.random.chance(10) {
            draft.version.claims.iat += 1;
        }
        Step::Update {
            account,
            version: Box::new(draft.version.clone()),
        }
    }

    fn change_once(&mut self, at: usize) {
        match self
            .random
            .weighted(&[8, 8, 12, 8, 8, 8, 8, 8, 8, 8, 4, 6, 2])
        {
            0 => self.add_export(at),
            1 => self.add_import(at),
            2 => self.change_an_export(at),
            3 => self.remove_an_export(at),
            4 => self.remove_an_import(at),
            5 => {
                let limits = &mut self.drafts[at].version.claims.nats.limits;
                claims::limits(&mut self.random, limits);
            }
            6 => {
                let body = &mut self.drafts[at].version.claims.nats;
                body.default_permissions = if self.random.chance(40) {
                    Default::default()
                } else {
                    users::permissions(&mut self.random)
                };
            }
            7 => self.change_keys(at),
            8 => self.revoke_users(at),
            9 => self.renew_an_activation(at),
            10 => {
                let body = &mut self.drafts[at].version.claims.nats;
                body.tags = vec!["k:b".to_owned()];
                body.tidegate = Some(TidegateExtra {
                    generation: 1,
                    ..TidegateExtra::default()
                });
            }
            11 => self.change_mappings(at),
            _ => {
                let expiries = [0, self.now - HOUR, self.now + HOUR];
                self.drafts[at].version.claims.exp = *self.random.pick(&expiries);
            }
        }
    }

    fn change_mappings(&mut self, at: usize) {
        let mappings = &mut self.drafts[at].version.claims.nats.mappings;
        let first = mappings.keys().next().cloned();
        match first.filter(|_| self.random.chance(50)) {
            Some(source) => drop(mappings.remove(&source)),
            None => self.add_mapping(at),
        }
    }

    fn change_an_export(&mut self, at: usize) {
        let importer = self.random.below(self.drafts.len());
        let importer = self.account(importer).to_string();
        let exports = &mut self.drafts[at].version.claims.nats.exports;
        let which = self.random.below(exports.len());
        let Some(export) = exports.get_mut(which) else {
            return;
        };
        match self.random.below(5) {
            0 => export.token_req = !export.token_req,
            1 => export.response_type = (*self.random.pick(&["", "Stream"])).to_owned(),
            2 => export.revocations.clear(),
            n => {
                let whose = if n == 3 { "*".to_owned() } else { importer };
                let ago = i64::try_from(self.random.below(4)).unwrap_or(0);
                export.revocations.insert(whose, self.now - ago);
            }
        }
    }

    fn remove_an_export(&mut self, at: usize) {
        let exports = &mut self.drafts[at].version.claims.nats.exports;
        if !exports.is_empty() {
            exports.remove(self.random.below(exports.len()));
        }
    }

    fn remove_an_import(&mut self, at: usize) {
        let imports = &mut self.drafts[at].version.claims.nats.imports;
        if !imports.is_empty() {
            imports.remove(self.random.below(imports.len()));
        }
    }

    /// A signing key goes, or its scope changes.
    fn change_keys(&mut self, at: usize) {
        let keys = &self.drafts[at].version.claims.nats.signing_keys;
        let which = self.random.below(keys.len());
        let scope = match keys.get(which) {
            None => return,
            Some(SigningKey::Plain(_)) => None,
            Some(SigningKey::Scoped(scope)) => Some(scope.key),
        };
        let place = scope.and_then(|key| self.keys.iter().position(|own| own.public() == key));
        match place {
            Some(place) if self.random.chance(60) => {
                let fresh = self.scope(place);
                self.drafts[at].version.claims.nats.signing_keys[which] = fresh;
            }
            _ => {
                self.drafts[at]
                    .version
                    .claims
                    .nats
                    .signing_keys
                    .remove(which);
            }
        }
    }

    /// Revokes a user or all of them, as of about the time that their tokens were made.
    fn revoke_users(&mut self, at: usize) {
        let of_this: Vec<_> = self
            .users
            .iter()
            .filter(|user| user.account == at)
            .collect();
        let user = self
            .random
            .maybe(&of_this)
            .map(|user| user.keys.public().to_string());
        let revocations = &mut self.drafts[at].version.claims.nats.revocations;
        match self.random.below(10) {
            0 => revocations.clear(),
            n => {
                let whose = user.filter(|_| n < 8).unwrap_or_else(|| "*".to_owned());
                let ago = i64::try_from(self.random.below(4)).unwrap_or(0);
                revocations.insert(whose, self.now - ago);
            }
        }
    }

    /// Gives an import another token.
    fn renew_an_activation(&mut self, at: usize) {
        let imports = &self.drafts[at].version.claims.nats.imports;
        let which = self.random.below(imports.len());
        let Some(import) = imports.get(which).cloned() else {
            return;
        };
        let from = (0..self.drafts.len()).find(|from| self.account(*from) == import.account);
        let Some(from) = from else { return };
        let exports = &self.drafts[from].version.claims.nats.exports;
        let export = exports
            .iter()
            .find(|export| export.kind == import.kind)
            .cloned();
        let Some(export) = export else { return };
        let token = self.activation(at, from, &export, &import);
        self.drafts[at].version.claims.nats.imports[which].token = token;
    }
}
