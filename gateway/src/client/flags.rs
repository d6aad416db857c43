//! Operations as clap commands.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, value_parser};

use super::catalogue::{Catalogue, Operation, Parameter, Place};
use super::fields::{Field, Kind};

/// The API's verbs and what else people call them.
const ALIASES: [(&str, &[&str]); 5] = [
    ("list", &["ls"]),
    ("create", &["add"]),
    ("get", &["show"]),
    ("update", &["edit"]),
    ("delete", &["rm"]),
];
/// Fields that are set so often that they have a short flag too.
const SHORT: [(&str, &str); 4] = [
    ("permissions.publish.allow", "allow-pub"),
    ("permissions.publish.deny", "deny-pub"),
    ("permissions.subscribe.allow", "allow-sub"),
    ("permissions.subscribe.deny", "deny-sub"),
];
const NOUNS_HELP: &str = "Commands of the admin API";

pub(super) const FILE: &str = "file";
pub(super) const DRY_RUN: &str = "dry-run";
pub(super) const LIMIT: &str = "limit";
pub(super) const OUT: &str = "out";
pub(super) const OUTPUT: &str = "output";
pub(super) const IF_MATCH: &str = "if-match";
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";
pub(super) const NKEY: &str = "nkey";

/// The id of a field's argument; parameters and ours have their own names.
pub(super) fn field_id(field: &Field) -> String {
    format!("body:{}", field.flag)
}

/// The command of a noun. With one verb of the same name it is a command by itself.
pub(super) fn noun(noun: &str, catalogue: &Catalogue) -> Command {
    if let Some(operation) = catalogue.find(noun, noun) {
        return verb(operation).name(noun.to_owned());
    }
    let command = Command::new(noun.to_owned())
        .about(about(noun, catalogue))
        .subcommand_required(true)
        .arg_required_else_help(true);
    let verbs = catalogue.verbs(noun).map(verb);
    verbs.fold(command, Command::subcommand)
}

fn about(noun: &str, catalogue: &Catalogue) -> String {
    let verbs = catalogue.verbs(noun).map(|it| it.verb.replace('_', "-"));
    let verbs: Vec<String> = verbs.collect();
    format!("{NOUNS_HELP}: {}", verbs.join(", "))
}

fn verb(operation: &Operation) -> Command {
    let name = operation.verb.replace('_', "-");
    let mut command = Command::new(name).about(operation.help.clone());
    if let Some((_, aliases)) = ALIASES.iter().find(|(verb, _)| *verb == operation.verb) {
        command = command.visible_aliases(*aliases);
    }
    let parameters = operation.parameters.iter();
    command = parameters.fold(command, |command, it| command.arg(parameter(operation, it)));
    if let Some(fields) = &operation.body {
        command = fields.iter().fold(command, |command, field| {
            command.arg(body(operation, field))
        });
        command = command.arg(file());
    }
    ours(operation, command)
}

/// What belongs to this program and not to the API.
fn ours(operation: &Operation, mut command: Command) -> Command {
    if operation.can_preview {
        command = command.arg(
            Arg::new(DRY_RUN)
                .long(DRY_RUN)
                .action(ArgAction::SetTrue)
                .help("Check it and show what it would do, but change nothing"),
        );
    }
    if operation.is_list {
        command = command.arg(
            Arg::new(LIMIT)
                .long(LIMIT)
                .value_name("ROWS")
                .value_parser(value_parser!(u64))
                .default_value("500")
                .help("Show this many rows at most; 0 shows all"),
        );
    }
    if operation.makes_secret {
        command = command.arg(
            Arg::new(OUT)
                .long(OUT)
                .value_name("FILE")
                .value_parser(value_parser!(std::path::PathBuf))
                .help("Write the secret to this new file, readable by its owner only"),
        );
    }
    if operation.takes_nkey() {
        command = command.arg(
            Arg::new(NKEY)
                .long(NKEY)
                .value_name("FILE")
                .value_parser(value_parser!(std::path::PathBuf))
                .conflicts_with("body:public-key")
                .help("Use the user's seed in this file; only its public key is sent"),
        );
    }
    super::api::connection_flags(safety(operation, command)).arg(
        Arg::new(OUTPUT)
            .long(OUTPUT)
            .short('o')
            .value_name("FORM")
            .value_parser(PossibleValuesParser::new(forms(operation)))
            .default_value("table")
            .help("How the answer is printed"),
    )
}

/// How an answer can be printed.
fn forms(operation: &Operation) -> Vec<&'static str> {
    let own: &[&str] = match (operation.noun.as_str(), operation.verb.as_str()) {
        ("sharing", "graph" | "whole_graph") => &["mermaid", "dot"],
        ("account", "claims") => &["jwt"],
        _ => &[],
    };
    [&["table", "json", "yaml"], own].concat()
}

/// What keeps a change from being made twice, or over somebody else's.
fn safety(operation: &Operation, command: Command) -> Command {
    if operation.takes_version {
        let help = match operation.needs_version {
            true => "Only if it still has this version; without it, the one that it has now",
            false => "Only if it still has this version",
        };
        let arg = Arg::new(IF_MATCH).long(IF_MATCH);
        return command.arg(arg.value_name("VERSION").help(help));
    }
    if operation.method == "POST" {
        return command.arg(
            Arg::new(IDEMPOTENCY_KEY)
                .long(IDEMPOTENCY_KEY)
                .value_name("TEXT")
                .help("Carry it out once, however often this command is given with this text"),
        );
    }
    command
}

fn parameter(operation: &Operation, parameter: &Parameter) -> Arg {
    let name = parameter.name.clone();
    let arg = Arg::new(name.clone()).help(parameter.help.clone());
    if operation.target.as_ref() == Some(&name) {
        return arg.required(true).value_name(name.to_uppercase());
    }
    let mut arg = arg.long(parameter.flag.clone());
    arg = match () {
        () if parameter.is_flag => switch(arg).value_parser(["true", "false"]),
        () if !parameter.choices.is_empty() => {
            arg.value_parser(PossibleValuesParser::new(parameter.choices.clone()))
        }
        () => arg.value_name(parameter.flag.replace('-', "_").to_uppercase()),
    };
    if parameter.is_filter {
        arg = arg.action(ArgAction::Append);
    }
    match (parameter.place, name.as_str()) {
        // The context may know it.
        (Place::Path, "account") => arg.short('a').env("TIDEGATE_ACCOUNT"),
        (Place::Path, _) => arg.required(true),
        (Place::Query, _) => arg.required(parameter.required),
    }
}

/// A field is given by a flag; the name of something new comes right after the verb.
fn body(operation: &Operation, field: &Field) -> Arg {
    let arg = Arg::new(field_id(field)).help(field.help.clone());
    let is_name = field.flag == "name" && field.required && operation.target.is_none();
    let mut arg = if is_name {
        arg.value_name("NAME").required_unless_present(FILE)
    } else {
        let value_name = match field.kind {
            Kind::Integer => "N",
            Kind::Flag => "true|false",
            Kind::Any => "JSON",
            Kind::Text | Kind::Texts => "TEXT",
        };
        let arg = arg.long(field.flag.clone()).value_name(value_name);
        if field.required {
            arg.required_unless_present(FILE)
        } else {
            arg
        }
    };
    if let Some((_, short)) = SHORT.iter().find(|(flag, _)| *flag == field.flag) {
        arg = arg.visible_alias(*short);
    }
    match field.kind {
        Kind::Text if field.choices.is_empty() => arg,
        Kind::Text => arg.value_parser(PossibleValuesParser::new(field.choices.clone())),
        Kind::Integer => arg
            .value_parser(value_parser!(i64))
            .allow_negative_numbers(true),
        Kind::Flag => switch(arg).value_parser(value_parser!(bool)),
        Kind::Texts => arg.action(ArgAction::Append),
        Kind::Any => arg,
    }
}

/// `--it` and `--it=false`.
fn switch(arg: Arg) -> Arg {
    arg.value_name("true|false")
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
}

fn file() -> Arg {
    Arg::new(FILE)
        .long(FILE)
        .short('f')
        .value_name("FILE")
        .help("Take the body from a JSON or YAML file, `-` for stdin; flags change it")
}
