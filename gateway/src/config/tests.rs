//! The grammar, form by form; what is refused and with which place; and that no input panics.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::{ConfigError, Map, Node, Problem, Value, load, parse_text};

fn environment(name: &str) -> Option<String> {
    let text = match name {
        "PORT_FROM_ENV" => "4333",
        "LIST" => "[a, b]",
        "TWO_WORDS" => "a b",
        "INDIRECT" => "$PORT_FROM_ENV",
        "LOOP" => "$LOOP",
        "EMPTY" => "",
        "HASH" => "$2a$11$abc",
        _ => return None,
    };
    Some(text.to_owned())
}

fn parse(text: &str) -> Result<Map, Problem> {
    parse_text("test.conf", text, None, &environment)
}

/// The tree as JSON-like text, short enough to compare in a test.
fn show(map: &Map) -> String {
    let entries = map
        .entries()
        .map(|entry| format!("{}={}", entry.key, show_node(&entry.node)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
}

fn show_node(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => format!("{text:?}"),
        Value::Integer { value, .. } => value.to_string(),
        Value::Float { value, .. } => format!("{value:?}"),
        Value::Bool { value, .. } => value.to_string(),
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(show_node).collect::<Vec<_>>().join(" ")
            )
        }
        Value::Map(map) => show(map),
    }
}

#[track_caller]
fn reads(text: &str, expected: &str) {
    match parse(text) {
        Ok(map) => assert_eq!(show(&map), expected, "for {text:?}"),
        Err(problem) => panic!("{text:?} was refused: {problem}"),
    }
}

#[track_caller]
fn refuses(text: &str, line: u32, column: u32, part: &str) {
    match parse(text) {
        Ok(map) => panic!("{text:?} was read as {}", show(&map)),
        Err(problem) => {
            assert_eq!(
                (problem.at.line, problem.at.column),
                (line, column),
                "{problem}"
            );
            assert!(problem.message.contains(part), "{problem}");
        }
    }
}

#[test]
fn every_form_of_statement_is_read() {
    for text in [
        "port: 4222",
        "port = 4222",
        "port 4222",
        "port\n4222",
        "port:4222;",
        "port=4222,",
    ] {
        reads(text, "{port=4222}");
    }
    for text in [
        "\"port\": 1",
        "'port' : 1",
        "\"port\"1",
        "{port: 1}",
        " {\"port\": 1,}\n# end",
    ] {
        reads(text, "{port=1}");
    }
    reads("a: 1, b: 2; c 3\r\nd=4", "{a=1 b=2 c=3 d=4}");
    reads("", "{}");
    reads("# nothing\n// here", "{}");
    reads("\u{feff}port: 1", "{port=1}");
}

#[test]
fn blocks_and_lists_nest() {
    reads(
        "a { b { c: [1, [2 ], {d: 3}] } }",
        "{a={b={c=[1 [2] {d=3}]}}}",
    );
    reads(
        "a\n{\n b: 1\n}\nc [\n x\n y # note\n z, // more\n]",
        "{a={b=1} c=[\"x\" \"y\" \"z\"]}",
    );
    reads("a:\n{ b: 1 }\nc:\n[1]", "{a={b=1} c=[1]}");
    reads(
        "authorization{user: a,pass: b}",
        "{authorization={user=\"a\" pass=\"b\"}}",
    );
    reads("a { }, b {}; c []", "{a={} b={} c=[]}");
}

#[test]
fn texts_are_read_as_written() {
    reads("a: nats://h:4222/x", "{a=\"nats://h:4222/x\"}");
    reads("a: b#c\nd: x//y # note", "{a=\"b#c\" d=\"x//y\"}");
    reads("a: #secret", "{a=\"#secret\"}");
    reads(
        r#"a: "x\ty\x41\"\\" b: 1"#.replace(" b", "\nb").as_str(),
        r#"{a="x\tyA\"\\" b=1}"#,
    );
    reads(r"a: 'C:\new'", r#"{a="C:\\new"}"#);
    reads("a: \"two\nlines\"", r#"{a="two\nlines"}"#);
    reads(r#"a: "\xc3\xa9""#, "{a=\"é\"}");
    reads("a: (\none )\n two\n)\nb: 1", r#"{a="\none )\n two\n" b=1}"#);
    reads("a: URL(http://x) ", "{a=\"URL(http://x)\"}");
    reads(
        "a: 2006-01-02T15:04:05Z, b: 127.0.0.1:4222",
        r#"{a="2006-01-02T15:04:05Z" b="127.0.0.1:4222"}"#,
    );
    reads(
        "a: $2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG",
        "{a=\"$2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG\"}",
    );
}

#[test]
fn bare_numbers_and_switches_have_their_type() {
    reads(
        "a: 1k, b: 1kb, c: 64MiB, d: 1Gb, e: 2Ki",
        "{a=1000 b=1024 c=67108864 d=1073741824 e=2048}",
    );
    reads("a: -1, b: 0.001, c: -2.5", "{a=-1 b=0.001 c=-2.5}");
    reads(
        "a: yes, b: OFF, c: True, d: \"true\"",
        "{a=true b=false c=true d=\"true\"}",
    );
    reads(
        "a: 4_222, b: 0x10, c: 1MBx, d: 2s, e: .5, f: 1.5MB",
        r#"{a="4_222" b="0x10" c="1MBx" d="2s" e=".5" f="1.5MB"}"#,
    );
}

#[test]
fn later_statements_win() {
    reads("a: 1\na: 2", "{a=2}");
    reads("a: 1\nb: 2\na: 3", "{b=2 a=3}");
}

#[test]
fn variables_are_scoped_and_fall_back_to_the_environment() {
    reads("p: 1\na: $p", "{p=1 a=1}");
    reads("p: 1\nx { p: 2, a: $p }\nb: $p", "{p=1 x={p=2 a=2} b=1}");
    reads(
        "a: $PORT_FROM_ENV, b: $LIST, c: $INDIRECT",
        "{a=4333 b=[\"a\" \"b\"] c=4333}",
    );
    reads("a: $EMPTY, b: $HASH", r#"{a="" b="$2a$11$abc"}"#);
    reads("p: {x: 1}\na: [$p, $p]", "{p={x=1} a=[{x=1} {x=1}]}");
    refuses("x {p: 1}\na: $p", 2, 4, "neither a key above");
    refuses("p: 1\na: $P", 2, 4, "neither a key above");
    refuses("a: $a", 1, 4, "neither a key above");
    refuses("a: $LOOP", 1, 1, "refers to itself");
    refuses("a: $TWO_WORDS", 1, 3, "one value is expected");
}

#[test]
fn a_statement_used_as_a_variable_is_marked() {
    let map = parse("p: 1\nq: 2\na: $p").expect("a good text");
    let marked: Vec<_> = map.entries().filter(|entry| entry.is_variable).collect();
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0].key, "p");
}

#[test]
fn errors_name_the_place_and_the_remedy() {
    refuses("port", 1, 5, "expected a value for \"port\"");
    refuses("port:\nhost: x", 1, 6, "expected a value");
    refuses("port: # none", 1, 7, "expected a value");
    refuses("a: 1 b: 2", 1, 6, "comma or a semicolon");
    refuses("a: two words", 1, 8, "quote a text");
    refuses("a {\n b: 1\n", 1, 3, "close it with }");
    refuses("{a: 1", 1, 1, "close it with }");
    refuses("{a: 1} b", 1, 8, "nothing may follow");
    refuses("a: 1 }", 1, 6, "found '}'");
    refuses("}", 1, 1, "closes nothing");
    refuses("= 3", 1, 1, "expected a key");
    refuses("a: [1, 2", 1, 4, "close it with ]");
    refuses("a: [1,,2]", 1, 7, "expected a value");
    refuses("a: [1 2]", 1, 7, "expected a comma");
    refuses("a: [1; 2]", 1, 6, "expected a comma");
    refuses("a: \"x", 1, 4, "close it with \"");
    refuses("a: 'x", 1, 4, "close it with '");
    refuses("a: (x)", 1, 4, "only )");
    refuses("a: (\nx\n )", 1, 4, "only )");
    refuses("a: b\\q", 1, 5, "unknown escape");
    refuses("a: \"\\x4\"", 1, 5, "two hexadecimal digits");
    refuses("a: \"\\xff\"", 1, 10, "do not form UTF-8");
    refuses("a: 99999999999999999999", 1, 4, "too large");
    refuses("a: 99999999999g", 1, 4, "too large");
}

#[test]
fn depth_and_expansion_are_bounded() {
    let deep = "a ".to_owned() + &"[".repeat(100_000);
    let problem = parse(&deep).expect_err("too deep");
    assert!(problem.message.contains("nested more than"), "{problem}");

    let deep_by_variables = (1..100).fold("v0: [x]\n".to_owned(), |text, n| {
        text + &format!("v{n}: [$v{}]\n", n - 1)
    });
    let problem = parse(&deep_by_variables).expect_err("too deep");
    assert!(problem.message.contains("nested more than"), "{problem}");

    let doubling = (1..60).fold("v0: [x]\n".to_owned(), |text, n| {
        text + &format!("v{n}: [$v{0}, $v{0}]\n", n - 1)
    });
    let problem = parse(&doubling).expect_err("too large");
    assert!(problem.message.contains("is larger than"), "{problem}");
}

fn load_from(folder: &Path, name: &str) -> Result<Map, ConfigError> {
    load(&folder.join(name), &environment)
}

#[test]
fn includes_are_relative_to_the_including_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("a folder");
    let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).expect("a file");
    write(
        "main.conf",
        "a: 1\ninclude inner/one.conf\nx { include \"inner/two.conf\" }\nb: $one",
    );
    write("inner/one.conf", "one: 11\ninclude 'two.conf'\n");
    write("inner/two.conf", "two: 22");
    let map = load_from(folder.path(), "main.conf").expect("a good file");
    assert_eq!(show(&map), "{a=1 one=11 two=22 x={two=22} b=11}");
}

#[test]
fn include_cycles_and_missing_files_are_errors() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |path: &str, text: &[u8]| fs::write(folder.path().join(path), text).expect("write");
    write("a.conf", b"include b.conf");
    write("b.conf", b"x: 1\ninclude ./a.conf");
    write("missing.conf", b"\ninclude nowhere.conf");
    write("binary.conf", b"a: 1\nb: \xff\xfe");
    for n in 0..20 {
        write(
            &format!("chain{n}.conf"),
            format!("include chain{}.conf", n + 1).as_bytes(),
        );
    }
    write("chain20.conf", b"");
    let error = |name: &str| load_from(folder.path(), name).expect_err(name).to_string();
    assert!(
        error("a.conf").contains("b.conf:2:1: "),
        "{}",
        error("a.conf")
    );
    assert!(error("a.conf").contains("includes itself"));
    assert!(error("missing.conf").contains("missing.conf:2:1: cannot read the included file"));
    assert!(error("missing.conf").starts_with("Parse error: "));
    assert!(error("binary.conf").contains("binary.conf:2:4: this is not UTF-8"));
    assert!(error("chain0.conf").contains("more than 10 deep"));
    assert!(error("absent.conf").contains("cannot read the configuration file"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = parse(&text);
    }

    #[test]
    fn no_soup_of_tokens_panics(
        tokens in proptest::collection::vec(
            prop::sample::select(vec![
                "a", "port", ":", "=", " ", "\n", "{", "}", "[", "]", "(", ")", "\n)\n", ",", ";",
                "\"", "'", "\\", "\\x4", "#", "//", "$a", "$LIST", "$LOOP", "include", "1k", "-",
                "é",
                "0.5", "true", "\r\n", "\t", "\u{feff}", "$", "$2a$",
            ]),
            0..60,
        ),
    ) {
        let _ = parse(&tokens.concat());
    }

    #[test]
    fn random_bytes_in_a_file_do_not_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("random.conf"), &bytes).expect("a file");
        let _ = load_from(folder.path(), "random.conf");
    }

    #[test]
    fn any_text_survives_quoting(text in "\\PC*") {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        let map = parse(&format!("a: \"{escaped}\"")).expect("a quoted text");
        let entry = map.entries().next().expect("one statement");
        prop_assert_eq!(&entry.node.value, &Value::Text(text));
    }
}
