//! How long a transaction takes, from the wait for its connection to its end: a span, where
//! somebody takes it.

use std::ops::{Deref, DerefMut};

use tracing::{Instrument as _, Span};

use crate::telemetry;

/// The span of a transaction that waits for its connection.
#[derive(Debug)]
pub(super) struct Begin(pub(super) Span);

impl Begin {
    /// The transaction has begun, or could not.
    pub(super) fn done<T, E>(self, begun: Result<T, E>) -> Result<Measured<T>, E> {
        if begun.is_err() {
            telemetry::failed(&self.0, "not_begun");
        }
        let span = self.0;
        begun.map(|inner| Measured { inner, span })
    }
}

/// What statements run in, and the span that ends with it.
#[derive(Debug)]
pub(crate) struct Measured<T> {
    inner: T,
    span: Span,
}

impl<T> Measured<T> {
    /// Commits in this way.
    pub(super) async fn commit<E, F: Future<Output = Result<(), E>>>(
        self,
        commit: impl FnOnce(T) -> F,
    ) -> Result<(), E> {
        let Self { inner, span } = self;
        let committed = commit(inner).instrument(span.clone()).await;
        match &committed {
            Ok(()) => drop(span.record("tidegate.db.committed", true)),
            Err(_) => telemetry::failed(&span, "not_committed"),
        }
        committed
    }

    pub(super) fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: Deref> Deref for Measured<T> {
    type Target = T::Target;

    fn deref(&self) -> &T::Target {
        &self.inner
    }
}

impl<T: DerefMut> DerefMut for Measured<T> {
    fn deref_mut(&mut self) -> &mut T::Target {
        &mut self.inner
    }
}
