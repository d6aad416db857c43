//! `make bench`: our broker beside a real nats-server, in turns, on the same core.
//!
//! What counts is the server's CPU per message and its memory; messages per second are printed
//! too, but on a machine that is shared with the load generator they say less.

mod cores;
mod flow;
mod logins;
mod options;
mod report;
mod scenario;
mod server;
mod wire;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::cores::Cores;
use crate::options::Options;
use crate::report::Row;
use crate::server::{Program, Side};

fn main() -> Result<ExitCode> {
    let options = Options::parse().settled();
    let scenarios: Vec<_> = scenario::all()
        .into_iter()
        .filter(|scenario| options.wants(&scenario.name))
        .collect();
    if options.list {
        let names: Vec<_> = scenarios
            .iter()
            .map(|scenario| scenario.name.as_str())
            .collect();
        writeln!(io::stdout(), "{}", names.join("\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let cores = Cores::split()?;
    let files = cores::raise_open_files()?;
    let programs = programs(&options)?;
    let mut out = io::stdout();
    writeln!(
        out,
        "{}; {files} open files; {} round(s) of {:?} each\n",
        cores.describe(),
        options.rounds,
        options.duration()
    )?;
    let mut rows = Vec::new();
    for scenario in &scenarios {
        let mut row = Row::new(&scenario.name);
        for round in 0..options.rounds {
            for turn in 0..programs.len() {
                let program = &programs[(round + turn) % programs.len()];
                let sample = scenario
                    .run(program, &cores, &options)
                    .with_context(|| format!("{} on {}", scenario.name, program.path.display()))?;
                row.add(program.side, sample);
            }
        }
        writeln!(io::stderr(), "done: {}", scenario.name)?;
        rows.push(row);
    }
    let table = report::markdown(&rows);
    let (verdicts, met) = report::targets(&rows);
    writeln!(out, "{table}\n{verdicts}")?;
    if let Some(path) = &options.output {
        std::fs::write(path, format!("{table}\n{verdicts}"))
            .with_context(|| format!("write {}", path.display()))?;
    }
    Ok(if options.gate && !met {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn programs(options: &Options) -> Result<Vec<Program>> {
    let mut programs = Vec::new();
    if !options.theirs_only {
        programs.push(Program::new(Side::Ours, &options.ours)?);
    }
    if !options.ours_only {
        programs.push(Program::new(Side::Theirs, &options.theirs)?);
    }
    Ok(programs)
}
