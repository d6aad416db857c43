//! Asks for pages of every list that the OpenAPI document names: the first ones, ones deep inside,
//! in each order, under each filter, for each beginning of a name, with the total.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tests::Api;

use crate::say;
use crate::seed::Places;

const RUNS: usize = 30;
/// Pages of 500 that are turned to get deep inside.
const TURNED: usize = 20;
/// Lists of a session; there is none here.
const OF_SESSIONS: [&str; 2] = ["/session/api-keys", "/sessions"];
/// Files hold all rows, not a page of them.
const FILES: [&str; 2] = ["/audit.csv", "/audit.ndjson"];

/// Of all pages of a list, the one that took longest.
pub(crate) struct Slowest {
    pub(crate) pages: usize,
    pub(crate) query: String,
    median: Duration,
    pub(crate) p99: Duration,
}

impl fmt::Display for Slowest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        write!(f, "{:.1} / {:.1} ms", ms(self.median), ms(self.p99))
    }
}

/// A list as the document has it.
struct List {
    path: String,
    filters: Vec<Filter>,
    sorts: Vec<String>,
    has_search: bool,
    has_total: bool,
}

struct Filter {
    name: String,
    /// What it can be compared with, where that is laid down.
    words: Vec<String>,
}

impl Filter {
    fn of(parameter: &Value) -> Option<Self> {
        let name = parameter["name"].as_str()?;
        name.starts_with("filter[").then(|| Self {
            name: name.to_owned(),
            words: texts(&parameter["schema"]["enum"]),
        })
    }

    /// What a row has, and what none has.
    fn values(&self, sample: &Value) -> [String; 2] {
        let field = self
            .name
            .trim_start_matches("filter[")
            .trim_end_matches(']');
        let pair = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        match (&sample[field], &*self.words) {
            (_, [one, .., other]) => pair(one, other),
            _ if field.ends_with("_before") => pair("2090-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
            (Value::String(text), _) => pair(text, "nobody"),
            (Value::Bool(_), _) => pair("false", "true"),
            _ => pair("none", "nobody"),
        }
    }
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

fn lists(document: &Value, places: &Places) -> Vec<List> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let read = paths.filter_map(|(path, item)| {
        let parameters = item["get"]["parameters"].as_array()?;
        let named = |name: &str| parameters.iter().find(|it| it["name"] == name);
        named("cursor")?;
        let sorts = named("sort").map(|sort| texts(&sort["schema"]["enum"]));
        let mut path = path.strip_prefix("/api/v1")?.to_owned();
        for (name, place) in places {
            path = path.replace(&format!("{{{name}}}"), place);
        }
        let is_left_out = [OF_SESSIONS, FILES].concat().contains(&path.as_str());
        (!is_left_out).then(|| List {
            path,
            filters: parameters.iter().filter_map(Filter::of).collect(),
            sorts: sorts.unwrap_or_default(),
            has_search: named("q").is_some(),
            has_total: named("total").is_some(),
        })
    });
    read.collect()
}

/// Who asks: the platform, a tenant with very many rows, and one with hardly any.
pub(crate) type Callers = [(&'static str, Api); 3];

pub(crate) async fn measure(callers: &Callers, places: &Places) -> Result<Vec<(String, Slowest)>> {
    let [(_, api), ..] = callers;
    let document = api.ask("GET", "/api/v1/openapi.json", None).await?.body;
    let mut all = Vec::new();
    for list in lists(&document, places) {
        ensure!(!list.path.contains('{'), "say what {} is about", list.path);
        let mut slowest: Option<Slowest> = None;
        let queries = queries(api, &list).await?;
        let pages = queries.len();
        for query in queries {
            for (who, api) in callers {
                let Some((median, p99)) = time(api, &format!("{}{query}", list.path)).await? else {
                    continue;
                };
                if slowest.as_ref().is_none_or(|known| known.p99 < p99) {
                    let query = format!("{query} ({who})");
                    slowest = Some(Slowest {
                        pages,
                        query,
                        median,
                        p99,
                    });
                }
            }
        }
        let slowest = slowest.context("a list has a first page")?;
        let mut shown = list.path;
        for (name, place) in places {
            shown = shown.replace(place, &format!("{{{name}}}"));
        }
        let of_all = format!("the slowest of {pages} pages is {:?}", slowest.query);
        say(&format!("{shown}: {slowest}; {of_all}"))?;
        all.push((shown, slowest));
    }
    Ok(all)
}

/// The pages of a list that are asked for.
async fn queries(api: &Api, list: &List) -> Result<Vec<String>> {
    let mut all = vec!["?limit=50".to_owned()];
    if list.has_total {
        all.push("?limit=50&total=true".to_owned());
    }
    let deep = deep(api, &list.path, "").await?;
    let sample = api.get(&format!("{}{deep}", list.path)).await?["data"][0].clone();
    all.push(deep);
    for sort in &list.sorts {
        all.push(format!("?limit=50&sort={sort}"));
        if let Ok(deep) = self::deep(api, &list.path, &format!("&sort={sort}")).await {
            all.push(deep);
        }
    }
    for filter in &list.filters {
        for value in filter.values(&sample) {
            let value = value.replace(' ', "%20").replace('>', "%3E");
            all.push(format!("?limit=50&{}={value}", filter.name));
            all.push(format!("?limit=50&{}={value}&total=true", filter.name));
        }
    }
    let names = ["name", "slug", "email", "subject", "local_subject"];
    let name = names.iter().find_map(|name| sample[name].as_str());
    if let Some(name) = name.filter(|_| list.has_search) {
        for length in [1, name.len() / 2, name.len()] {
            let begins: String = name.chars().take(length).collect();
            let begins = begins.replace(' ', "%20").replace('>', "%3E");
            all.push(format!("?limit=50&q={begins}"));
        }
        all.push("?limit=50&q=zzzz".to_owned());
    }
    Ok(all)
}

/// A page that a cursor leads to, some pages in.
async fn deep(api: &Api, path: &str, query: &str) -> Result<String> {
    let mut last = format!("?limit=500{query}");
    for _ in 0..TURNED {
        let page = api.get(&format!("{path}{last}")).await?;
        match page["next_cursor"].as_str() {
            Some(cursor) => last = format!("?limit=500{query}&cursor={cursor}"),
            None => break,
        }
    }
    Ok(last.replace("limit=500", "limit=50"))
}

/// Median and slowest; `None` for somebody who may not see it.
async fn time(api: &Api, path: &str) -> Result<Option<(Duration, Duration)>> {
    let path = format!("/api/v1{path}");
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let begun = Instant::now();
        let answer = api.ask("GET", &path, None).await?;
        times.push(begun.elapsed());
        match answer.status {
            200 => {}
            403 | 404 => return Ok(None),
            status => bail!("{path}: {status} {}", answer.body),
        }
    }
    times.sort_unstable();
    Ok(Some((times[RUNS / 2], times[RUNS - 1])))
}
