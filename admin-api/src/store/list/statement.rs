//! The text of a list's statements.
//!
//! Where one of several conditions may hold (a filter with two values, say), each gets a SELECT of
//! its own, which walks its own index in the order of the list and stops after a page; the results
//! are merged. One SELECT with `IN` or `OR` would read and sort all rows of all values.

use super::{Choice, Conditions, Field, List, Order, Query, TOTAL_MAX, Value};

/// More SELECTs are not made of one question: what is chosen besides is asked with `OR`.
const SELECTS_MAX: usize = 64;

/// Where few rows are meant, they are found first and sorted then: a database that hopes to meet
/// them soon on its way through the order of the list may go through all of it. No database looks
/// for an order inside of a SELECT with a LIMIT of its own.
const FEW_MAX: i64 = 10_000_000;

/// What one SELECT asks for.
#[derive(Debug, Clone)]
struct Clause {
    sql: String,
    is_few: bool,
}

/// A page and a row more.
pub(in crate::store) fn of_page(
    list: &List,
    conditions: Conditions,
    query: &Query,
) -> (String, Vec<Value>) {
    let mut conditions = conditions.narrowed(list.id, query);
    conditions.after(list.id, &query.order);
    let limit = conditions.bind(Value::Number(query.limit + 1));
    let (select, _) = conditions.source.unwrap_or((list.select, list.from));
    let by = written(&query.order, list.id, |column| column);
    let one = |clause: &Clause| match clause.is_few {
        true => format!("{select} {} LIMIT {FEW_MAX}", clause.sql),
        false => format!("{select} {} ORDER BY {by} LIMIT {limit}", clause.sql),
    };
    let sql = match &*conditions.clauses(is_of_few(list, query)) {
        [only] if !only.is_few => one(only),
        many => {
            let parts = many.iter().map(one);
            let parts = parts.map(|part| format!("SELECT * FROM ({part}) part"));
            let parts: Vec<String> = parts.collect();
            // Outside, columns go by the names that the list gives them.
            let by = written(&query.order, list.id, |column| {
                column.rsplit_once('.').map_or(column, |(_, name)| name)
            });
            format!(
                "SELECT * FROM ({}) parts ORDER BY {by} LIMIT {limit}",
                parts.join(" UNION ALL ")
            )
        }
    };
    (sql, conditions.values)
}

/// Whether few rows are meant: a filter is by one of the names that the list is sorted by, in
/// another order, or by what stands in another table.
fn is_of_few(list: &List, query: &Query) -> bool {
    let is_name = |field: &Field| list.sorts.iter().any(|sort| sort.column == field.column);
    let is_order = |field: &Field| query.order.by.is_none_or(|by| by.column == field.column);
    let table = |column: &'static str| column.split_once('.').map(|(table, _)| table);
    let mut filters = query.filters.iter().map(|(field, _)| field);
    filters.any(|field| is_name(field) && !is_order(field) || table(field.column) != table(list.id))
}

/// The number of rows, up to [`TOTAL_MAX`] and one more.
pub(in crate::store) fn of_total(
    list: &List,
    conditions: Conditions,
    query: &Query,
) -> (String, Vec<Value>) {
    let mut conditions = conditions.narrowed(list.id, query);
    let limit = conditions.bind(Value::Number(TOTAL_MAX + 1));
    let (_, from) = conditions.source.unwrap_or((list.select, list.from));
    let clauses = conditions.clauses(false);
    let parts = clauses.iter();
    let parts = parts.map(|clause| format!("SELECT 1 {from} {}", clause.sql));
    let parts: Vec<String> = parts.collect();
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM ({}) parts LIMIT {limit}) counted",
        parts.join(" UNION ALL ")
    );
    (sql, conditions.values)
}

fn written(order: &Order, id: &'static str, name: fn(&'static str) -> &'static str) -> String {
    let way = if order.descending { " DESC" } else { "" };
    let id = name(id);
    match order.by {
        Some(field) => format!("{}{way}, {id}{way}", name(field.column)),
        None => format!("{id}{way}"),
    }
}

impl Conditions {
    /// The conditions of each SELECT.
    fn clauses(&self, is_few: bool) -> Vec<Clause> {
        let mut all = vec![(self.sql.clone(), is_few)];
        for choices in &self.choices {
            if all.len() * choices.len() > SELECTS_MAX {
                let any = choices.iter().map(|choice| &*choice.sql);
                let any = format!("({})", any.collect::<Vec<_>>().join(" OR "));
                all.iter_mut().for_each(|(sql, _)| sql.push(any.clone()));
                continue;
            }
            let with = |(sql, is_few): &(Vec<String>, bool)| {
                let (sql, is_few) = (sql.clone(), *is_few);
                let add = move |choice: &Choice| {
                    let mut sql = sql.clone();
                    sql.push(choice.sql.clone());
                    (sql, is_few || choice.is_few)
                };
                choices.iter().map(add).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(with).collect();
        }
        let written = |(sql, is_few): (Vec<String>, bool)| Clause {
            sql: match sql.is_empty() {
                true => String::new(),
                false => format!("WHERE {}", sql.join(" AND ")),
            },
            is_few,
        };
        all.into_iter().map(written).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Conditions, Kind, List, Order, Query, Value, field};

    const LIST: List = List {
        select: "SELECT x.id, x.name FROM x",
        from: "FROM x",
        id: "x.id",
        newest_first: false,
        sorts: &[],
        filters: &[],
        search: None,
    };

    fn query(filters: Vec<(&'static str, Vec<Value>)>) -> Query {
        let filters = filters.into_iter();
        let filters = filters.map(|(name, values)| (field(name, name, Kind::Text), values));
        Query {
            limit: 50,
            order: Order::by_id(),
            filters: filters.collect(),
            begins_with: None,
            ends_before: None,
            since: None,
            until: None,
        }
    }

    fn texts(from: std::ops::Range<u32>) -> Vec<Value> {
        from.map(|n| Value::Text(n.to_string())).collect()
    }

    #[test]
    fn each_value_of_a_filter_gets_a_select_of_its_own() {
        let one = query(vec![("x.a", vec![Value::from("1"), Value::from("1")])]);
        let (sql, values) = super::of_page(&LIST, Conditions::default(), &one);
        let expected = "SELECT x.id, x.name FROM x WHERE x.a = $1 ORDER BY x.id LIMIT $2";
        assert_eq!(sql, expected, "the same value twice is one");
        assert_eq!(values, [Value::from("1"), Value::Number(51)]);

        let two = query(vec![("x.a", texts(1..3)), ("x.b", texts(3..4))]);
        let (sql, values) = super::of_page(&LIST, Conditions::default(), &two);
        let select = |n| {
            format!(
                "SELECT * FROM (SELECT x.id, x.name FROM x WHERE x.b = $3 AND x.a = ${n} \
                 ORDER BY x.id LIMIT $4) part"
            )
        };
        let expected = format!(
            "SELECT * FROM ({} UNION ALL {}) parts ORDER BY id LIMIT $4",
            select(1),
            select(2)
        );
        assert_eq!(sql, expected);
        assert_eq!(values.len(), 4);
    }

    #[test]
    fn not_too_many_selects_are_made() {
        let all = query(vec![("x.a", texts(0..50)), ("x.b", texts(50..100))]);
        let (sql, _) = super::of_total(&LIST, Conditions::default(), &all);
        assert_eq!(sql.matches("UNION ALL").count(), 49);
        assert_eq!(sql.matches(" OR ").count(), 49 * 50);
    }
}
