//! What is going on in this process and may have consequences: contexts by the id of a request or
//! the number of a change.
//!
//! Deliveries, operations and pushes come later, from the database, which knows their request but
//! not its span. They mostly come within a second and in the same process, so memory is enough.

use std::collections::{HashMap, VecDeque};
use std::sync::LazyLock;

use opentelemetry::trace::SpanContext;
use parking_lot::Mutex;

/// Causes that are remembered; older ones are forgotten.
const CAUSES_MAX: usize = 4_096;

static CAUSES: LazyLock<Mutex<Causes>> = LazyLock::new(Mutex::default);

#[derive(Debug, Default)]
struct Causes {
    known: HashMap<String, SpanContext>,
    /// The oldest first.
    order: VecDeque<String>,
}

impl Causes {
    fn remember(&mut self, cause: String, context: SpanContext) {
        if self.known.insert(cause.clone(), context).is_some() {
            return;
        }
        self.order.push_back(cause);
        if self.order.len() > CAUSES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

pub(super) fn remember(cause: String, context: SpanContext) {
    CAUSES.lock().remember(cause, context);
}

pub(super) fn recall(cause: &str) -> Option<SpanContext> {
    CAUSES.lock().known.get(cause).cloned()
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::SpanContext;

    use super::{CAUSES_MAX, Causes};

    #[test]
    fn the_oldest_is_forgotten() {
        let mut causes = Causes::default();
        for number in 0..=CAUSES_MAX {
            causes.remember(number.to_string(), SpanContext::NONE);
            causes.remember("again".to_owned(), SpanContext::NONE);
        }
        assert_eq!(causes.known.len(), CAUSES_MAX);
        assert_eq!(causes.order.len(), CAUSES_MAX);
        assert!(causes.known.contains_key(&CAUSES_MAX.to_string()));
        assert!(!causes.known.contains_key("0"));
    }
}
