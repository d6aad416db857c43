//! Exports, imports and activation tokens.

use accounts::claims::account::{Sampling, ServiceLatency};
use accounts::{ActivationBody, Claims, ExportClaim, ImportClaim, ShareKind, jwt};

use super::{Maker, subjects};

const HOUR: i64 = 3_600;

impl Maker {
    /// Adds an export to the account in place `at`.
    pub(super) fn add_export(&mut self, at: usize) {
        let random = &mut self.random;
        let kind = *random.pick(&[ShareKind::Stream, ShareKind::Service]);
        let mut export = ExportClaim::new(kind, subjects::pattern(random));
        export.name = "offer".to_owned();
        let taken = |export: &ExportClaim, others: &[ExportClaim]| {
            let same = others.iter().filter(|other| other.kind == export.kind);
            same.into_iter()
                .any(|other| subjects::overlap(&other.subject, &export.subject))
        };
        // Exports of one kind must not overlap: claims with such are refused as a whole.
        for _ in 0..8 {
            let others = &self.drafts[at].version.claims.nats.exports;
            if !taken(&export, others) || random.chance(2) {
                break;
            }
            export.subject = subjects::pattern(random);
        }
        let others = &self.drafts[at].version.claims.nats.exports;
        if taken(&export, others) && !random.chance(5) {
            return;
        }
        export.token_req = random.chance(20);
        export.advertise = random.chance(10);
        if random.chance(10) {
            export.description = "random".to_owned();
            export.info_url = "https://example.com/".to_owned();
        }
        self.position(&mut export);
        if kind == ShareKind::Service {
            self.service_fields(&mut export);
        }
        self.drafts[at].version.claims.nats.exports.push(export);
    }

    /// Some exports are positioned by account, nearly all of them at a `*`.
    fn position(&mut self, export: &mut ExportClaim) {
        let star = export.subject.split('.').position(|token| token == "*");
        let position = match star {
            Some(star) if self.random.chance(20) => star + 1,
            _ if self.random.chance(1) => 1,
            _ => return,
        };
        export.account_token_position = u32::try_from(position).unwrap_or(0);
    }

    fn service_fields(&mut self, export: &mut ExportClaim) {
        let random = &mut self.random;
        export.allow_trace = random.chance(10);
        let types = ["", "", "Singleton", "Stream", "Chunked"];
        export.response_type = (*random.pick(&types)).to_owned();
        if random.chance(10) {
            export.response_threshold = HOUR * 1_000_000_000;
        }
        if random.chance(5) {
            export.service_latency = Some(ServiceLatency {
                sampling: if random.chance(50) {
                    Sampling::Percent(100)
                } else {
                    Sampling::Named("headers".to_owned())
                },
                results: "latency.here".to_owned(),
            });
        }
    }

    /// Adds an import to the account in place `at`, mostly of something that somebody exports.
    pub(super) fn add_import(&mut self, at: usize) {
        let Some((from, export)) = self.offer(at) else {
            return;
        };
        let own = self.account(at).to_string();
        let random = &mut self.random;
        let mut subject = match random.below(100) {
            0..75 => export.subject.clone(),
            75..90 => subjects::narrower(random, &export.subject),
            90..97 => subjects::broader(random, &export.subject),
            _ => subjects::pattern(random),
        };
        let position = export.account_token_position as usize;
        if position > 0 && !random.chance(10) {
            let mut tokens: Vec<&str> = subject.split('.').collect();
            if let Some(token) = tokens.get_mut(position - 1) {
                *token = &own;
            }
            subject = tokens.join(".");
        }
        let kind = if random.chance(2) {
            ShareKind::Stream
        } else {
            export.kind
        };
        let mut import = ImportClaim::new(kind, self.account(from), subject);
        import.name = "use".to_owned();
        self.local(&mut import);
        let random = &mut self.random;
        match import.kind {
            ShareKind::Service => import.share = random.chance(30),
            ShareKind::Stream => import.allow_trace = random.chance(10),
        }
        if export.token_req || random.chance(3) {
            import.token = self.activation(at, from, &export, &import);
        }
        self.drafts[at].version.claims.nats.imports.push(import);
    }

    /// An export of another account; now and then, of the own one.
    fn offer(&mut self, at: usize) -> Option<(usize, ExportClaim)> {
        for _ in 0..4 {
            let from = self.random.below(self.drafts.len());
            if from == at && !self.random.chance(1) {
                continue;
            }
            let exports = &self.drafts[from].version.claims.nats.exports;
            if let Some(export) = self.random.maybe(exports) {
                return Some((from, export.clone()));
            }
        }
        None
    }

    /// Chooses the name that the import has here: the same, or one of its own.
    fn local(&mut self, import: &mut ImportClaim) {
        let random = &mut self.random;
        let (stars, tail) = subjects::wildcards(&import.subject);
        match random.below(100) {
            0..35 => {}
            35..75 => {
                let mut tokens = vec![subjects::literal(random)];
                let mut order: Vec<usize> = (1..=stars).collect();
                if random.chance(50) {
                    order.reverse();
                }
                let by_number = random.chance(50);
                for n in order {
                    tokens.push(if by_number {
                        format!("${n}")
                    } else {
                        "*".to_owned()
                    });
                }
                if tail {
                    tokens.push(">".to_owned());
                }
                import.local_subject = tokens.join(".");
            }
            75..90 if import.kind == ShareKind::Stream => import.to = subjects::literal(random),
            75..90 => {
                // The older form: `to` is the exporter's subject and `subject` the local one.
                let remote = import.subject.clone();
                let mut tokens = vec![subjects::literal(random)];
                tokens.extend((0..stars).map(|_| "*".to_owned()));
                tokens.extend(tail.then(|| ">".to_owned()));
                import.subject = tokens.join(".");
                import.to = remote;
            }
            90..91 => {
                import.to = subjects::literal(random);
                import.local_subject = subjects::literal(random);
            }
            _ => {
                import.local_subject = match random.below(3) {
                    0 => subjects::pattern(random),
                    1 => subjects::literal(random),
                    _ => format!("{}.$2", subjects::literal(random)),
                };
            }
        }
    }

    /// A token for importer `at` by exporter `from`; one in three has something wrong with it.
    pub(super) fn activation(
        &mut self,
        at: usize,
        from: usize,
        export: &ExportClaim,
        import: &ImportClaim,
    ) -> String {
        let random = &mut self.random;
        let wrong = if random.chance(33) {
            random.below(8)
        } else {
            99
        };
        let remote = if import.kind == ShareKind::Service && !import.to.is_empty() {
            &import.to
        } else {
            &import.subject
        };
        let subject = match wrong {
            0 => subjects::narrower(random, remote),
            1 => subjects::pattern(random),
            _ if random.chance(50) => export.subject.clone(),
            _ => remote.clone(),
        };
        let kind = match (wrong, export.kind) {
            (2, ShareKind::Stream) => ShareKind::Service,
            (2, ShareKind::Service) => ShareKind::Stream,
            (_, kind) => kind,
        };
        let mut signer = self.drafts[from].key;
        let signing = random.maybe(&self.drafts[from].plain).copied();
        let scoped = random.maybe(&self.drafts[from].scopes).copied();
        // Ours takes no activation of a scoped key.
        let usable = signing.or(scoped.filter(|_| random.chance(3)));
        let by_signing_key = usable.is_some() && random.chance(40);
        if let Some(key) = usable.filter(|_| by_signing_key) {
            signer = key;
        }
        let mut issuer_account = by_signing_key.then(|| self.drafts[from].key);
        match wrong {
            3 => signer = self.drafts[at].key,
            4 => issuer_account = Some(self.drafts[at].key),
            5 => issuer_account = None,
            _ => {}
        }
        let subject_account = if wrong == 6 { from } else { at };
        let body = ActivationBody {
            subject,
            kind,
            issuer_account: issuer_account.map(|key| self.public(key)),
            tags: if self.random.chance(10) {
                vec!["k:a".to_owned()]
            } else {
                Vec::new()
            },
            extra: Default::default(),
        };
        let sub = self.account(subject_account);
        let issued = self.now - i64::try_from(self.random.below(4)).unwrap_or(0);
        let mut claims = Claims::new(sub, "activation", issued, body);
        claims.exp = match wrong {
            7 => self.now - HOUR,
            _ if self.random.chance(50) => self.now + HOUR,
            _ => 0,
        };
        if self.random.chance(4) {
            claims.nbf = self.now + [HOUR, -HOUR][self.random.below(2)];
        }
        jwt::encode(&claims, &self.keys[signer]).expect("encode an activation")
    }
}
