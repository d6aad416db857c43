//! nats-server's flags: which there are, and what they do to the options.

use std::path::PathBuf;

use super::go_flags::{self, Kind, Value};
use super::login_flags::LoginFlags;
use super::tls_flags::TlsFlags;
use crate::options::{Advertised, Endpoint, Options, Port};

/// What `tidegate server` is asked to do.
#[derive(Debug)]
pub(crate) enum ServerRequest {
    Run(Box<ServerFlags>),
    /// `--signal COMMAND[=PID]`.
    Signal(String),
    Help,
    TlsHelp,
    Version,
}

/// Why the flags cannot be followed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FlagError {
    /// They are not understood; the help is shown beside the reason.
    Usage(String),
    /// They are, but cannot be served.
    Refused(String),
}

/// The flags of a run. What is absent leaves the word to the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerFlags {
    pub(crate) config: Option<PathBuf>,
    /// Only check the configuration.
    pub(crate) test: bool,
    host: Option<String>,
    port: Option<Port>,
    server_name: Option<String>,
    client_advertise: Option<String>,
    http_port: Option<Port>,
    https_port: Option<Port>,
    pid_file: Option<PathBuf>,
    ports_file_dir: Option<PathBuf>,
    log: LogFlags,
    login: LoginFlags,
    tls: TlsFlags,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct LogFlags {
    file: Option<PathBuf>,
    debug: Option<bool>,
    trace: Option<bool>,
    trace_verbose: Option<bool>,
    with_time: Option<bool>,
    utc: Option<bool>,
    syslog: Option<bool>,
    remote_syslog: Option<String>,
    size_limit: Option<u64>,
    traced_len_max: Option<usize>,
}

/// Parses the arguments after the program's name.
pub(crate) fn parse(args: Vec<String>) -> Result<ServerRequest, FlagError> {
    let parsed = go_flags::parse(args, kind).map_err(FlagError::Usage)?;
    let asks = |names: [&str; 2]| {
        let given = parsed.flags.iter().rev();
        let mut given = given.filter(|(name, _)| names.contains(&name.as_str()));
        given
            .next()
            .is_some_and(|(_, value)| *value == Value::Switch(true))
    };
    if asks(["v", "version"]) {
        return Ok(ServerRequest::Version);
    }
    if asks(["h", "help"]) {
        return Ok(ServerRequest::Help);
    }
    if asks(["help_tls", "help_tls"]) {
        return Ok(ServerRequest::TlsHelp);
    }
    if let Some(word) = parsed.rest.first() {
        return match word.to_lowercase().as_str() {
            "version" => Ok(ServerRequest::Version),
            "help" => Ok(ServerRequest::Help),
            _ => Err(FlagError::Refused(format!(
                "unrecognized command: {word:?}"
            ))),
        };
    }
    let mut flags = ServerFlags::default();
    let mut signal = String::new();
    for (name, value) in parsed.flags {
        if let ("sl" | "signal", Value::Text(text)) = (name.as_str(), &value) {
            signal.clone_from(text);
            continue;
        }
        flags.set(&name, value).map_err(FlagError::Refused)?;
    }
    flags.tls.check().map_err(FlagError::Refused)?;
    if signal.is_empty() {
        Ok(ServerRequest::Run(Box::new(flags)))
    } else {
        Ok(ServerRequest::Signal(signal))
    }
}

/// nats-server's flags, all of them.
fn kind(name: &str) -> Option<Kind> {
    let kind = match name {
        "h" | "help" | "help_tls" | "v" | "version" | "t" | "T" | "logtime" | "logtime_utc"
        | "s" | "syslog" | "D" | "debug" | "V" | "trace" | "VV" | "DV" | "DVV" | "js"
        | "jetstream" | "tls" | "tlsverify" | "no_advertise" => Kind::Switch,
        "p" | "port" | "m" | "http_port" | "ms" | "https_port" | "log_size_limit"
        | "max_traced_msg_len" | "profile" | "connect_retries" => Kind::Number,
        "a" | "addr" | "net" | "n" | "name" | "server_name" | "client_advertise" | "P" | "pid"
        | "ports_file_dir" | "c" | "config" | "sl" | "signal" | "l" | "log" | "r"
        | "remote_syslog" | "sd" | "store_dir" | "user" | "pass" | "auth" | "tlscert"
        | "tlskey" | "tlscacert" | "routes" | "cluster" | "cluster_listen" | "cluster_name"
        | "cluster_advertise" => Kind::Text,
        _ => return None,
    };
    Some(kind)
}

impl ServerFlags {
    fn set(&mut self, name: &str, value: Value) -> Result<(), String> {
        match value {
            Value::Switch(on) => self.switch(name, on),
            Value::Number(number) => self.number(name, number),
            // As nats-server has it: an empty text is the same as no flag.
            Value::Text(text) if text.is_empty() => Ok(()),
            Value::Text(text) => self.text(name, text),
        }
    }

    fn switch(&mut self, name: &str, on: bool) -> Result<(), String> {
        let log = &mut self.log;
        match name {
            "t" => self.test = on,
            "T" | "logtime" => log.with_time = Some(on),
            "logtime_utc" => log.utc = Some(on),
            "s" | "syslog" => log.syslog = Some(on),
            "D" | "debug" => log.debug = Some(on),
            "V" | "trace" => log.trace = Some(on),
            "tls" => self.tls.tls = Some(on),
            "tlsverify" => self.tls.verify = Some(on),
            "VV" => (log.trace, log.trace_verbose) = (Some(on), Some(on)),
            "DV" => (log.debug, log.trace) = (Some(on), Some(on)),
            "DVV" => {
                (log.debug, log.trace, log.trace_verbose) = (Some(on), Some(on), Some(on));
            }
            // Switched off is what they are.
            _ if on => return Err(unsupported(name)),
            _ => {}
        }
        Ok(())
    }

    fn number(&mut self, name: &str, number: i64) -> Result<(), String> {
        match name {
            "p" | "port" => self.port = port(name, number)?,
            "m" | "http_port" => self.http_port = port(name, number)?,
            "ms" | "https_port" => self.https_port = port(name, number)?,
            // 0 and less is no bound.
            "log_size_limit" => self.log.size_limit = u64::try_from(number).ok(),
            "max_traced_msg_len" => self.log.traced_len_max = usize::try_from(number).ok(),
            _ if number != 0 => return Err(unsupported(name)),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "a" | "addr" | "net" => self.host = Some(value),
            "n" | "name" | "server_name" => {
                if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
                    return Err("server name cannot contain spaces".to_owned());
                }
                self.server_name = Some(value);
            }
            "client_advertise" => {
                Advertised::parse(&value)?;
                self.client_advertise = Some(value);
            }
            "P" | "pid" => self.pid_file = Some(value.into()),
            "c" | "config" => self.config = Some(value.into()),
            "ports_file_dir" => self.ports_file_dir = Some(value.into()),
            "user" => self.login.user = Some(value),
            "pass" => self.login.password = Some(value),
            "auth" => self.login.token = Some(value),
            "tlscert" | "tlskey" | "tlscacert" => self.tls.file(name, value),
            "l" | "log" => self.log.file = Some(value.into()),
            "r" | "remote_syslog" => self.log.remote_syslog = Some(value),
            // Harnesses give a store directory whether or not there is anything to store.
            "sd" | "store_dir" => {}
            _ => return Err(unsupported(name)),
        }
        Ok(())
    }

    /// Puts the flags over what the file says.
    pub(crate) fn apply(&self, options: &mut Options) {
        fn over<T: Clone>(option: &mut Option<T>, flag: &Option<T>) {
            if flag.is_some() {
                option.clone_from(flag);
            }
        }
        over(&mut options.host, &self.host);
        over(&mut options.port, &self.port);
        over(&mut options.server_name, &self.server_name);
        over(&mut options.client_advertise, &self.client_advertise);
        over(&mut options.pid_file, &self.pid_file);
        over(&mut options.ports_file_dir, &self.ports_file_dir);
        if let Some(port) = self.http_port {
            let host = options.http.take().and_then(|http| http.host);
            options.http = Some(Endpoint { host, port });
        }
        if let Some(port) = self.https_port {
            let host = options.https.take().and_then(|https| https.host);
            options.https = Some(Endpoint { host, port });
        }
        self.tls.apply(options);
        self.login.apply(&mut options.setup);
        let (log, flags) = (&mut options.log, &self.log);
        over(&mut log.file, &flags.file);
        over(&mut log.remote_syslog, &flags.remote_syslog);
        over(&mut log.size_limit, &flags.size_limit);
        over(&mut log.traced_len_max, &flags.traced_len_max);
        log.debug = flags.debug.unwrap_or(log.debug);
        log.trace = flags.trace.unwrap_or(log.trace);
        log.trace_verbose = flags.trace_verbose.unwrap_or(log.trace_verbose);
        log.with_time = flags.with_time.unwrap_or(log.with_time);
        log.utc = flags.utc.unwrap_or(log.utc);
        log.syslog = flags.syslog.unwrap_or(log.syslog);
    }
}

/// To pass over a flag could open what its author meant to close.
fn unsupported(name: &str) -> String {
    let what = match name {
        "js" | "jetstream" => "JetStream is",
        "routes" | "cluster" | "cluster_listen" | "cluster_name" | "cluster_advertise"
        | "no_advertise" | "connect_retries" => "clusters are",
        "profile" => "Go's profiling is",
        _ => "logins from the command line are",
    };
    format!("flag -{name}: {what} not served by this version of tidegate; leave the flag out")
}

/// -1 is any free port, 0 leaves the word to the configuration file.
fn port(name: &str, number: i64) -> Result<Option<Port>, String> {
    match number {
        -1 => Ok(Some(Port::Any)),
        0 => Ok(None),
        number => match u16::try_from(number) {
            Ok(port) => Ok(Some(Port::Fixed(port))),
            Err(_) => Err(format!(
                "invalid port {number} for -{name}: use 1 to 65535, or -1 for any free one"
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Result<ServerRequest, FlagError> {
        parse(line.split_whitespace().map(str::to_owned).collect())
    }

    fn options(line: &str, mut options: Options) -> Options {
        match request(line) {
            Ok(ServerRequest::Run(flags)) => {
                flags.apply(&mut options);
                options
            }
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn flags_set_what_they_are_called() {
        let found = options(
            "-a h -p 4333 -n me -P /p --ports_file_dir /d -l /l -T=false --logtime_utc -DV \
             --client_advertise=x:1 -s -r udp://h:1 --log_size_limit 9 -sd /s",
            Options::default(),
        );
        assert_eq!(found.host.as_deref(), Some("h"));
        assert_eq!(found.port, Some(Port::Fixed(4333)));
        assert_eq!(found.server_name.as_deref(), Some("me"));
        assert_eq!(found.client_advertise.as_deref(), Some("x:1"));
        assert_eq!(found.pid_file, Some("/p".into()));
        assert_eq!(found.ports_file_dir, Some("/d".into()));
        let log = found.log;
        assert_eq!(log.file, Some("/l".into()));
        assert_eq!(log.remote_syslog.as_deref(), Some("udp://h:1"));
        assert_eq!(log.size_limit, Some(9));
        assert!(log.debug && log.trace && !log.trace_verbose && log.utc && log.syslog);
        assert!(!log.with_time);
        assert!(options("-DVV", Options::default()).log.trace_verbose);
    }

    #[test]
    fn a_flag_beats_the_file_and_an_absent_one_does_not() {
        let file = || {
            let mut file = Options {
                port: Some(Port::Fixed(1)),
                http: Some(Endpoint {
                    host: Some("h".to_owned()),
                    port: Port::Fixed(2),
                }),
                ..Options::default()
            };
            file.log.debug = true;
            file
        };
        let found = options("-p 3 -m -1 -D=false", file());
        assert_eq!(found.port, Some(Port::Fixed(3)));
        let http = Endpoint {
            host: Some("h".to_owned()),
            port: Port::Any,
        };
        assert_eq!(found.http, Some(http));
        assert!(!found.log.debug);
        assert_eq!(options("-p 0 -V", file()).port, Some(Port::Fixed(1)));
        assert!(options("-V", file()).log.debug);
    }

    #[test]
    fn what_is_not_served_is_refused_unless_it_is_switched_off() {
        for line in [
            "-js",
            "--routes nats://h:1",
            "--cluster nats://h:1",
            "--profile 1",
            "--connect_retries 3",
        ] {
            match request(line) {
                Err(FlagError::Refused(text)) => assert!(text.contains("not served"), "{text}"),
                other => panic!("{line}: {other:?}"),
            }
        }
        for line in [
            "-js=false",
            "--routes=",
            "--profile 0",
            "--tls=false",
            "--no_advertise=0",
        ] {
            assert!(matches!(request(line), Ok(ServerRequest::Run(_))), "{line}");
        }
    }

    #[test]
    fn help_version_and_signals_come_first() {
        for (line, expected) in [
            ("-p 1 -h", "Help"),
            ("help", "Help"),
            ("-DV version", "Version"),
            ("-v -h", "Version"),
            ("--help_tls", "TlsHelp"),
            ("--signal ldm=5 -p 1", "Signal"),
            ("-sl=stop", "Signal"),
            ("--signal=", "Run"),
        ] {
            let found = format!("{:?}", request(line).expect(line));
            assert!(found.starts_with(expected), "{line}: {found}");
        }
        let refused = request("foo").expect_err("foo");
        let text = "unrecognized command: \"foo\"".to_owned();
        assert_eq!(refused, FlagError::Refused(text));
        assert!(matches!(request("--nosuch -h"), Err(FlagError::Usage(_))));
        assert!(matches!(request("-p 70000"), Err(FlagError::Refused(_))));
    }
}
