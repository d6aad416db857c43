//! Accounts that come after those that import from them.
//!
//! nats-server loads such an account when one of its users logs in or an importer changes; until
//! then the importers go without. It then applies the claims of everybody who has waited again, and
//! for the importer whose change has led there those are still the old ones.

use accounts::PublicKey;

use super::ways::Way;
use super::{Case, Difference, Step, account_of};

/// Whether the exporter of an import came after the importer, and nothing has made nats-server
/// load it since.
pub(super) fn is_not_loaded(case: &Case, step: usize, way: &Way<'_>) -> bool {
    let places = 0..case.accounts.len();
    let place = |key: PublicKey| places.clone().find(|account| key_of(case, *account) == key);
    let (Some(importer), Some(exporter)) = (place(way.importer), place(way.import.exporter)) else {
        return false;
    };
    let Some(came) = first_change(case, exporter, step) else {
        return false;
    };
    first_change(case, importer, came).is_some()
        && !(came..step).any(|at| logs_in(case, exporter, at) || changes(case, importer, at))
}

/// Whether all that differs is of accounts whose last change has brought back their old claims.
pub(super) fn is_back(case: &Case, difference: &Difference) -> bool {
    let of_those = |event: &String| {
        let account = account_of(case, event);
        account.is_some_and(|account| goes_back(case, account, difference.step + 1))
    };
    let mut all = difference.ours.iter().chain(&difference.theirs);
    all.all(of_those)
}

/// Whether the last change of an account before a step made nats-server load an exporter that had
/// come after the account.
fn goes_back(case: &Case, account: usize, step: usize) -> bool {
    let changed: Vec<usize> = (0..step).filter(|at| changes(case, account, *at)).collect();
    let Some((last, before)) = changed.split_last() else {
        return false;
    };
    let others = (0..case.accounts.len()).filter(|other| *other != account);
    others.into_iter().any(|exporter| {
        let imports = |at: &usize| imports(&case.steps[*at], key_of(case, exporter));
        let came = first_change(case, exporter, *last);
        let waited = |came: usize| before.iter().any(|at| *at < came && imports(at));
        imports(last)
            && came.is_some_and(|came| {
                waited(came) && !(came..*last).any(|at| logs_in(case, exporter, at))
            })
    })
}

fn imports(step: &Step, exporter: PublicKey) -> bool {
    let Step::Update { version, .. } = step else {
        return false;
    };
    let mut imports = version.claims.nats.imports.iter();
    imports.any(|import| import.account == exporter)
}

fn key_of(case: &Case, account: usize) -> PublicKey {
    case.keys[case.accounts[account]].public()
}

fn changes(case: &Case, account: usize, at: usize) -> bool {
    matches!(&case.steps[at], Step::Update { account: of, .. } if *of == account)
}

fn first_change(case: &Case, account: usize, step: usize) -> Option<usize> {
    (0..step).find(|at| changes(case, account, *at))
}

fn logs_in(case: &Case, account: usize, at: usize) -> bool {
    matches!(&case.steps[at], Step::Connect { user, .. } if case.users[*user].account == account)
}
