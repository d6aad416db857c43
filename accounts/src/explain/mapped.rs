//! What subject mappings make of a publication: who publishes needs the right to every subject that
//! the one it names may become.

use super::{Explanation, Question, shown};
use crate::policy::AccountPolicy;

/// Subjects that one answer names.
const NAMED_MAX: usize = 16;

/// The subjects under which a publication goes on in the account: what it names, unless that is
/// mapped. Where a destination has a random number, one with 0 stands for all.
pub(super) fn destinations(account: &AccountPolicy, question: &Question<'_>) -> Vec<Vec<u8>> {
    match account.mappings.find(question.subject) {
        Some(mapping) => mapping.outcomes(question.subject),
        None => vec![question.subject.to_vec()],
    }
}

/// The answer for a subject that the user may publish on, with those that it is mapped to.
pub(super) fn follow(
    account: &AccountPolicy,
    question: &Question<'_>,
    answer: Explanation,
    verdict: impl Fn(&Question<'_>) -> Explanation,
) -> Explanation {
    if account.mappings.find(question.subject).is_none() {
        return answer;
    }
    let destinations = destinations(account, question);
    let mut answer = destinations
        .iter()
        .map(|subject| {
            let mut answer = verdict(&Question {
                subject,
                ..*question
            });
            let text = format!("mapped to \"{}\": {}", shown(subject), answer.text);
            answer.text = text;
            answer
        })
        .find(|answer| !answer.allowed)
        .unwrap_or(answer);
    let named = destinations.iter().take(NAMED_MAX);
    answer.mapped = named.map(|subject| shown(subject)).collect();
    answer
}
