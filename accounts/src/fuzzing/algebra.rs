//! Subjects, transforms and permissions, compared with what they mean literal by literal.

use crate::claims::user::{PermissionSet, ResponseClaim, SubjectRules};
use crate::permissions::{Permissions, Verdict};
use crate::subject::{self, tokens};
use crate::transform::Transform;

/// Tokens of patterns that are compared for all literals, and bytes that are compared at all.
const TOKENS_MAX: usize = 3;
const BYTES_MAX: usize = 4096;

/// The definition of a match, token by token.
pub(crate) fn naive_match(pattern: &[u8], literal: &[u8]) -> bool {
    fn go(pattern: &[&[u8]], literal: &[&[u8]]) -> bool {
        match (pattern, literal) {
            ([], []) => true,
            ([b">"], [_, ..]) => true,
            ([first, pattern @ ..], [token, literal @ ..]) => {
                (*first == b"*" || first == token) && go(pattern, literal)
            }
            _ => false,
        }
    }
    let pattern: Vec<_> = tokens(pattern).collect();
    let literal: Vec<_> = tokens(literal).collect();
    let filled = pattern
        .iter()
        .chain(&literal)
        .all(|token| !token.is_empty());
    filled && go(&pattern, &literal)
}

/// All literals of up to four tokens over the words of these patterns and one other word; nothing
/// when that would be too many.
fn literals_for(patterns: [&[u8]; 2]) -> Vec<Vec<u8>> {
    // Longer than any token of theirs.
    let other = vec![b'z'; patterns[0].len().max(patterns[1].len()) + 1];
    let mut words: Vec<&[u8]> = vec![&other];
    for pattern in patterns {
        if tokens(pattern).count() > TOKENS_MAX {
            return Vec::new();
        }
        for token in tokens(pattern) {
            if !matches!(token, b"" | b"*" | b">") && !words.contains(&token) {
                words.push(token);
            }
        }
    }
    if words.len() > 4 {
        return Vec::new();
    }
    let mut all: Vec<Vec<u8>> = Vec::new();
    let mut last: Vec<Vec<u8>> = words.iter().map(|word| word.to_vec()).collect();
    for _ in 0..TOKENS_MAX {
        all.extend(last.iter().cloned());
        let longer = |start: &Vec<u8>| {
            let start = start.clone();
            words
                .iter()
                .map(move |word| [start.as_slice(), *word].join(&b'.'))
        };
        last = last.iter().flat_map(longer).collect();
    }
    all.extend(last);
    all
}

fn lines(data: &[u8]) -> Vec<&[u8]> {
    data.split(|&byte| byte == b'\n').collect()
}

/// Fuzz target: the first two lines are patterns, the others literals.
pub fn subjects(data: &[u8]) {
    let lines = lines(data);
    let [a, b, literals @ ..] = lines.as_slice() else {
        return;
    };
    if data.len() > BYTES_MAX {
        return;
    }
    check_validity(a);
    let both = subject::intersection(a, b);
    let (overlap, subset) = (subject::overlaps(a, b), subject::is_subset(a, b));
    assert_eq!(both.is_some(), overlap, "an overlap has an intersection");
    assert_eq!(subject::overlaps(b, a), overlap, "overlaps are mutual");
    if let Some(both) = &both {
        assert!(subject::is_subset(both, a), "the intersection is in a");
        assert!(subject::is_subset(both, b), "the intersection is in b");
    }
    let valid = subject::is_valid_subscription(a) && subject::is_valid_subscription(b);
    assert!(!subset || !valid || overlap, "a subset overlaps");
    for literal in literals {
        check_literal(a, b, both.as_deref(), literal);
    }
    if valid {
        let all = literals_for([a, b]);
        for literal in &all {
            check_literal(a, b, both.as_deref(), literal);
        }
        let covered = |literal: &&Vec<u8>| naive_match(a, literal);
        let within = all.iter().filter(covered).all(|it| naive_match(b, it));
        assert!(
            all.is_empty() || within == subset,
            "a subset covers no more"
        );
    }
}

fn check_literal(a: &[u8], b: &[u8], both: Option<&[u8]>, literal: &[u8]) {
    let (in_a, in_b) = (naive_match(a, literal), naive_match(b, literal));
    assert_eq!(subject::matches(a, literal), in_a, "a match as defined");
    assert_eq!(subject::matches(b, literal), in_b, "a match as defined");
    let in_both = both.is_some_and(|both| naive_match(both, literal));
    // Patterns that are not valid have no intersection to speak of.
    let valid = subject::is_valid_subscription(a) && subject::is_valid_subscription(b);
    assert!(
        !valid || in_both == (in_a && in_b),
        "the intersection is what both cover"
    );
    assert!(
        !(subject::is_subset(a, b) && in_a) || in_b,
        "what the part covers, the whole does"
    );
}

fn check_validity(text: &[u8]) {
    let valid = subject::is_valid(text);
    assert!(
        !valid || subject::is_valid_subscription(text),
        "valid here, valid on the wire"
    );
    if let Ok(text) = std::str::from_utf8(text)
        && subject::is_literal_token(text)
    {
        assert!(
            valid && subject::is_literal(text.as_bytes()),
            "a literal token is a subject"
        );
        assert_eq!(tokens(text.as_bytes()).count(), 1, "and only one token");
    }
}

/// Fuzz target: source, destination and subjects, one a line.
pub fn transforms(data: &[u8]) {
    let lines = lines(data);
    let [source, destination, subjects @ ..] = lines.as_slice() else {
        return;
    };
    if data.len() > BYTES_MAX {
        return;
    }
    let Ok(transform) = Transform::new(source, destination) else {
        return;
    };
    assert_eq!(transform.source(), *source, "the source is kept");
    let within = transform.destination();
    assert!(
        subject::is_valid(&within),
        "the destination is a valid pattern"
    );
    let inverse = transform.inverse().ok();
    for subject in subjects.iter().copied().chain([*source]) {
        let mut out = b"kept".to_vec();
        let applied = transform.apply(subject, &mut out);
        if !subject::is_valid_subscription(subject) {
            // A published text may have a `>` anywhere, which then is no wildcard.
            continue;
        }
        let result = out.strip_prefix(b"kept");
        let result = result.expect("what was there stays there");
        assert_eq!(applied, subject::is_subset(subject, source));
        if !applied {
            assert!(result.is_empty(), "nothing is added");
            continue;
        }
        assert!(
            subject::is_subset(result, &within),
            "a result is within the destination"
        );
        assert!(
            !transform.is_identity() || result == subject,
            "an identity changes nothing"
        );
        if let Some(inverse) = &inverse {
            let mut back = Vec::new();
            assert!(inverse.apply(result, &mut back), "a result can be undone");
            assert_eq!(back, subject, "undoing gives the subject back");
        }
    }
}

/// The lists and questions that a fuzzer has written, one a line: `a` and `d` allow and deny
/// publishing, `A` and `D` subscribing, `r` grants responses, `?` asks about a subject and maybe a
/// queue.
#[derive(Default)]
struct Written<'a> {
    set: PermissionSet,
    questions: Vec<(&'a [u8], Option<&'a [u8]>)>,
}

impl<'a> Written<'a> {
    fn read(data: &'a [u8]) -> Self {
        let mut written = Self::default();
        for line in lines(data) {
            let Some((kind, rest)) = line.split_first() else {
                continue;
            };
            let entry = String::from_utf8_lossy(rest).into_owned();
            let set = &mut written.set;
            match kind {
                b'a' => set.publish.allow.get_or_insert_default().push(entry),
                b'd' => set.publish.deny.get_or_insert_default().push(entry),
                b'A' => set.subscribe.allow.get_or_insert_default().push(entry),
                b'D' => set.subscribe.deny.get_or_insert_default().push(entry),
                b'r' => set.responses = Some(ResponseClaim::default()),
                b'?' => {
                    let mut words = rest.splitn(2, |&byte| byte == b' ');
                    let subject = words.next().unwrap_or_default();
                    written.questions.push((subject, words.next()));
                }
                _ => {}
            }
        }
        written
    }
}

/// Fuzz target: permissions and questions about them.
pub fn permissions(data: &[u8]) {
    if data.len() > BYTES_MAX {
        return;
    }
    let Written { set, questions } = Written::read(data);
    let Ok(permissions) = Permissions::compile(&set) else {
        return;
    };
    for (subject, queue) in questions {
        check_publish(&set, &permissions, subject);
        check_subscribe(&set, &permissions, (subject, queue));
    }
}

fn entries(list: &Option<Vec<String>>) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    list.iter().flatten().map(|entry| {
        let mut words = entry.split_ascii_whitespace().map(str::as_bytes);
        (words.next().unwrap_or_default(), words.next())
    })
}

fn check_publish(set: &PermissionSet, permissions: &Permissions, subject: &[u8]) {
    let covers = |(pattern, _): (&[u8], Option<&[u8]>)| {
        naive_match(pattern, subject) || (subject::is_literal(pattern) && pattern == subject)
    };
    let SubjectRules { allow, deny } = &set.publish;
    let listed = match allow {
        Some(_) => entries(allow).any(covers),
        None => set.responses.is_none(),
    };
    let expected = listed && !entries(deny).any(covers);
    let may = permissions.may_publish(subject);
    assert_eq!(may, expected, "publish as the lists say");
    check_verdict(&set.publish, permissions.publish_verdict(subject), may);
}

/// The reason is that of the answer, and it is in the claims where it says.
fn check_verdict(rules: &SubjectRules, verdict: Verdict<'_>, may: bool) {
    assert_eq!(verdict.is_allowed(), may, "the reason fits the answer");
    let (list, entry) = match verdict {
        Verdict::Allowed(entry) => (&rules.allow, entry),
        Verdict::Denied(entry) => (&rules.deny, entry),
        Verdict::NoList | Verdict::NotListed => return,
    };
    let named = entries(list).nth(entry.index);
    assert_eq!(
        named,
        Some((entry.subject, entry.queue)),
        "the rule is there"
    );
}

/// A subscription, and what its deliveries may be.
fn check_subscribe(
    set: &PermissionSet,
    permissions: &Permissions,
    (subject, queue): (&[u8], Option<&[u8]>),
) {
    let may = permissions.may_subscribe(subject, queue);
    let verdict = permissions.subscribe_verdict(subject, queue);
    check_verdict(&set.subscribe, verdict, may);
    if !subject::is_valid_subscription(subject) {
        return;
    }
    let names = |rule: Option<&[u8]>| match (rule, queue) {
        (None, _) => true,
        (Some(rule), Some(queue)) => naive_match(rule, queue),
        (Some(_), None) => false,
    };
    let SubjectRules { allow, deny } = &set.subscribe;
    let over = |rule: &(&[u8], Option<&[u8]>)| subject::is_subset(subject, rule.0);
    let denied = entries(deny).filter(over).any(|(_, rule)| names(rule));
    let mut allowed = allow.is_none() || entries(allow).filter(over).any(|(_, rule)| names(rule));
    if queue.is_some() {
        // Where queue rules speak about the subject, the queue must be one of theirs.
        let mut bound = entries(allow)
            .filter(over)
            .filter(|(_, rule)| rule.is_some());
        if let Some(first) = bound.next() {
            allowed = names(first.1) || bound.any(|(_, rule)| names(rule));
        }
    }
    assert_eq!(may, allowed && !denied, "subscribe as the lists say");
    let meets = |(pattern, rule): (&[u8], Option<&[u8]>)| {
        names(rule) && subject::overlaps(pattern, subject)
    };
    let checked = permissions.needs_delivery_check(subject, queue);
    assert_eq!(
        checked,
        entries(deny).any(meets),
        "a deny within is checked"
    );
    if subject::is_literal(subject) {
        let delivered = permissions.may_deliver(subject, queue);
        assert_eq!(delivered, !denied, "no denied subject is delivered");
    }
}
