//! nats-server's flags: one or two dashes, the value after `=` or as the next argument, and
//! `=false` for a switch (the style of Go's flag package).

use std::path::PathBuf;

use accounts::configured::Secret;

use crate::options::{Endpoint, Options, Port};

/// What `tidegate server` is asked to do.
#[derive(Debug)]
pub(crate) enum ServerRequest {
    Run(Box<ServerFlags>),
    /// `--signal COMMAND=PID`.
    Signal(String),
    Help,
    Version,
}

/// The flags of a run. What is absent leaves the word to the configuration file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerFlags {
    pub(crate) config: Option<PathBuf>,
    /// Only check the configuration.
    pub(crate) test: bool,
    host: Option<String>,
    port: Option<Port>,
    server_name: Option<String>,
    http_port: Option<Port>,
    pid_file: Option<PathBuf>,
    ports_file_dir: Option<PathBuf>,
    log_file: Option<PathBuf>,
    debug: Option<bool>,
    trace: Option<bool>,
    with_time: Option<bool>,
    utc: Option<bool>,
    user: Option<String>,
    password: Option<String>,
    token: Option<String>,
}

/// Printed by `--help`.
pub(crate) const HELP: &str = "\
Usage: tidegate server [flags]

Runs the broker alone, in the place of a nats-server. Flags take one or two dashes.

  -a, --addr, --net HOST          address to listen on (default 0.0.0.0)
  -p, --port PORT                 port for clients (default 4222; -1 is any free one)
  -n, --name, --server_name NAME  name of this server
  -P, --pid FILE                  write the process id into FILE
  -m, --http_port PORT            port for monitoring over HTTP
  -c, --config FILE               configuration file
  -t                              check the configuration and exit
  -sl, --signal COMMAND=PID       signal a running server: stop, quit, term, reopen, ldm, reload;
                                  PID is a process id or a pid file
      --ports_file_dir DIR        write the ports into DIR/NAME_PID.ports
  -l, --log FILE                  log into FILE instead of stderr
  -T, --logtime                   put the time on log lines (default true)
      --logtime_utc               that time in UTC
  -D, --debug                     log details
  -V, --trace                     log more details
  -DV                             both
      --user NAME                 user that clients need, with --pass
      --pass PASSWORD             its password
      --auth TOKEN                token that clients need
  -h, --help                      this text
  -v, --version                   the version

Flags of nats-server that are not listed are refused: this version does not serve them.
";

/// Flags that ask for something which is not served. To pass over one of them could open what its
/// author meant to close.
const UNSUPPORTED: &[&str] = &[
    "ms",
    "https_port",
    "client_advertise",
    "s",
    "syslog",
    "r",
    "remote_syslog",
    "log_size_limit",
    "max_traced_msg_len",
    "js",
    "jetstream",
    "tls",
    "tlscert",
    "tlskey",
    "tlsverify",
    "tlscacert",
    "help_tls",
    "routes",
    "cluster",
    "cluster_name",
    "no_advertise",
    "cluster_advertise",
    "connect_retries",
    "cluster_listen",
    "profile",
];

/// Parses the arguments after the program's name.
pub(crate) fn parse(args: Vec<String>) -> Result<ServerRequest, String> {
    let mut flags = ServerFlags::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let Some(flag) = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')) else {
            return match arg.as_str() {
                "version" => Ok(ServerRequest::Version),
                "help" => Ok(ServerRequest::Help),
                _ => Err(format!("unrecognized command: {arg:?}; see --help")),
            };
        };
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        match name {
            "h" | "help" => return Ok(ServerRequest::Help),
            "v" | "version" => return Ok(ServerRequest::Version),
            _ => {}
        }
        if let Some(switches) = switches(name) {
            flags.switch(&switches, name, inline.as_deref())?;
            continue;
        }
        if !takes_value(name) {
            return Err(unknown(name));
        }
        let Some(value) = inline.or_else(|| args.next()) else {
            return Err(format!("flag needs an argument: -{name}"));
        };
        if matches!(name, "sl" | "signal") {
            return Ok(ServerRequest::Signal(value));
        }
        flags.value(name, value)?;
    }
    Ok(ServerRequest::Run(Box::new(flags)))
}

fn unknown(name: &str) -> String {
    if UNSUPPORTED.contains(&name) {
        return format!(
            "flag -{name} is not supported by this version of tidegate; \
             remove it or run nats-server"
        );
    }
    format!("flag provided but not defined: -{name}; see --help")
}

/// The letter of each switch that a flag stands for. Verbose trace is trace: there is no less.
fn switches(name: &str) -> Option<Vec<char>> {
    let letters = match name {
        "t" => "t",
        "T" | "logtime" => "T",
        "logtime_utc" => "u",
        "D" | "debug" => "D",
        "V" | "trace" | "VV" => "V",
        "DV" | "DVV" => "DV",
        _ => return None,
    };
    Some(letters.chars().collect())
}

fn takes_value(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "a",
        "addr",
        "net",
        "p",
        "port",
        "n",
        "name",
        "server_name",
        "P",
        "pid",
        "m",
        "http_port",
        "c",
        "config",
        "ports_file_dir",
        "l",
        "log",
        "sl",
        "signal",
        "sd",
        "store_dir",
        "user",
        "pass",
        "auth",
    ];
    NAMES.contains(&name)
}

impl ServerFlags {
    fn switch(&mut self, letters: &[char], name: &str, value: Option<&str>) -> Result<(), String> {
        let on = match value {
            None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => false,
            Some(value) => return Err(format!("invalid boolean value {value:?} for -{name}")),
        };
        for letter in letters {
            match letter {
                't' => self.test = on,
                'T' => self.with_time = Some(on),
                'u' => self.utc = Some(on),
                'D' => self.debug = Some(on),
                _ => self.trace = Some(on),
            }
        }
        Ok(())
    }

    fn value(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "a" | "addr" | "net" => self.host = Some(value),
            "p" | "port" => self.port = port(name, &value)?,
            "m" | "http_port" => self.http_port = port(name, &value)?,
            "n" | "name" | "server_name" => {
                if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
                    return Err("a server name has no blanks; write it in one word".to_owned());
                }
                self.server_name = Some(value);
            }
            "P" | "pid" => self.pid_file = Some(value.into()),
            "c" | "config" => self.config = Some(value.into()),
            "ports_file_dir" => self.ports_file_dir = Some(value.into()),
            "user" => self.user = Some(value),
            "pass" => self.password = Some(value),
            "auth" => self.token = Some(value),
            "l" | "log" => self.log_file = Some(value.into()),
            // Harnesses give a store directory whether or not there is anything to store.
            _ => {}
        }
        Ok(())
    }

    /// Puts the flags over what the file says.
    pub(crate) fn apply(self, options: &mut Options) {
        fn over<T>(option: &mut Option<T>, flag: Option<T>) {
            if flag.is_some() {
                *option = flag;
            }
        }
        over(&mut options.host, self.host);
        over(&mut options.port, self.port);
        over(&mut options.server_name, self.server_name);
        over(&mut options.pid_file, self.pid_file);
        over(&mut options.ports_file_dir, self.ports_file_dir);
        over(&mut options.log.file, self.log_file);
        if let Some(port) = self.http_port {
            let host = options.http.take().and_then(|http| http.host);
            options.http = Some(Endpoint { host, port });
        }
        // An empty one is none; a password without a user belongs to the file's user.
        let single = &mut options.setup.single;
        if let Some(name) = self.user.filter(|name| !name.is_empty()) {
            let before = single.take().map(|(_, secret)| secret);
            *single = Some((name, before.unwrap_or_else(|| Secret::new(""))));
        }
        if let (Some((_, secret)), Some(password)) = (single, self.password) {
            *secret = Secret::new(&password);
        }
        if let Some(token) = self.token.filter(|token| !token.is_empty()) {
            options.setup.token = Some(Secret::new(&token));
        }
        options.log.debug = self.debug.unwrap_or(options.log.debug);
        options.log.trace = self.trace.unwrap_or(options.log.trace);
        options.log.with_time = self.with_time.unwrap_or(options.log.with_time);
        options.log.utc = self.utc.unwrap_or(options.log.utc);
    }
}

/// -1 is any free port; 0 leaves it to the file and the default.
fn port(name: &str, value: &str) -> Result<Option<Port>, String> {
    match value {
        "-1" => Ok(Some(Port::Any)),
        "0" => Ok(None),
        _ => value
            .parse()
            .map(|port| Some(Port::Fixed(port)))
            .map_err(|_| {
                format!(
                    "invalid value {value:?} for flag -{name}: \
                     expected a port, or -1 for any free one"
                )
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Result<ServerRequest, String> {
        parse(line.split_whitespace().map(str::to_owned).collect())
    }

    #[track_caller]
    fn flags(line: &str) -> ServerFlags {
        match request(line) {
            Ok(ServerRequest::Run(flags)) => *flags,
            other => panic!("{line:?} gave {other:?}"),
        }
    }

    #[test]
    fn every_style_of_a_flag_is_the_same() {
        for line in [
            "-p 4333",
            "--port 4333",
            "-port=4333",
            "--p=4333",
            "-p 1 -p 4333",
        ] {
            assert_eq!(flags(line).port, Some(Port::Fixed(4333)), "{line}");
        }
        assert_eq!(flags("-p -1").port, Some(Port::Any));
        assert_eq!(flags("-m -1").http_port, Some(Port::Any));
        for line in ["-a h", "--addr h", "--net=h"] {
            assert_eq!(flags(line).host.as_deref(), Some("h"));
        }
        for line in ["-DV", "-D -V", "--debug --trace=true", "-DVV", "-D -VV"] {
            let read = flags(line);
            assert_eq!((read.debug, read.trace), (Some(true), Some(true)), "{line}");
        }
        assert_eq!(flags("-T=false").with_time, Some(false));
        assert_eq!(
            flags("-sd /tmp/x -c f -t"),
            ServerFlags {
                config: Some("f".into()),
                test: true,
                ..ServerFlags::default()
            }
        );
    }

    #[test]
    fn words_instead_of_a_run_are_recognised() {
        for line in ["version", "-v", "--version", "-p 1 -v"] {
            assert!(
                matches!(request(line), Ok(ServerRequest::Version)),
                "{line}"
            );
        }
        for line in ["help", "-h", "--help"] {
            assert!(matches!(request(line), Ok(ServerRequest::Help)), "{line}");
        }
        for line in ["--signal ldm=12", "-sl=ldm=12"] {
            match request(line) {
                Ok(ServerRequest::Signal(text)) => assert_eq!(text, "ldm=12"),
                other => panic!("{line:?} gave {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_served_or_not_known_is_refused() {
        let refused = |line: &str, part: &str| {
            let error = request(line).expect_err(line);
            assert!(error.contains(part), "{line:?} gave {error:?}");
        };
        refused("--nosuch", "not defined: -nosuch");
        refused("-js", "not supported by this version");
        refused("--tlsverify", "not supported by this version");
        refused("-p", "needs an argument");
        refused("-p abc", "invalid value \"abc\"");
        refused("-p 70000", "invalid value");
        refused("-D=maybe", "invalid boolean");
        refused("run", "unrecognized command");
        refused("-", "not defined");
        refused("--", "not defined");
    }

    #[test]
    fn a_flag_beats_the_file() {
        let mut options = Options {
            port: Some(Port::Fixed(1)),
            http: Some(Endpoint {
                host: Some("h".to_owned()),
                port: Port::Fixed(2),
            }),
            ..Options::default()
        };
        flags("-p 3 -m 4").apply(&mut options);
        assert_eq!(options.port, Some(Port::Fixed(3)));
        let http = Endpoint {
            host: Some("h".to_owned()),
            port: Port::Fixed(4),
        };
        assert_eq!(options.http, Some(http));
        flags("-D").apply(&mut options);
        assert_eq!(options.port, Some(Port::Fixed(3)));
        assert!(options.log.debug && !options.log.trace);
    }
}
