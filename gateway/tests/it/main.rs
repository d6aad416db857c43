//! The program as scripts, supervisors and people see it: flags, files, output, signals, exit codes.

mod program;
mod serve;
mod server;
