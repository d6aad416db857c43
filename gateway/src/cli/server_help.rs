//! What `--help` and `--help_tls` of `tidegate server` print.

/// Printed by `--help`, and beside the reason when the flags are not understood.
pub(crate) const HELP: &str = "\
Usage: tidegate server [flags]

Runs the broker alone, in the place of a nats-server. Flags take one or two dashes, and their value
as the next argument or after `=`. A flag beats the configuration file.

Server
  -a, --addr, --net HOST          address to listen on (default 0.0.0.0)
  -p, --port PORT                 port for clients (default 4222; -1 is any free one)
  -n, --name, --server_name NAME  name of this server
  -P, --pid FILE                  write the process id into FILE
  -m, --http_port PORT            port for monitoring over HTTP (-1 is any free one)
  -ms, --https_port PORT          the same over HTTPS
  -c, --config FILE               configuration file
  -t                              check the configuration and exit
  -sl, --signal COMMAND[=PID]     signal a running server: stop, quit, term, reopen, ldm, reload;
                                  PID is a process id, a pid file, or the start of ids and a *
      --client_advertise HOST:PORT  what clients are told to connect to
      --ports_file_dir DIR        write the ports into DIR/NAME_PID.ports

Log
  -l, --log FILE                  log into FILE instead of stderr
  -T, --logtime                   put the time on log lines (default true)
      --logtime_utc               that time in UTC
  -s, --syslog                    log to this machine's syslog
  -r, --remote_syslog URL         log to a syslog elsewhere, as in udp://localhost:514
  -D, --debug                     log details
  -V, --trace                     log what clients say and hear
  -VV                             -V, and what the system account says
  -DV, -DVV                       -D with -V or -VV
      --log_size_limit BYTES      put the log file aside when it is larger
      --max_traced_msg_len BYTES  log no more of a payload

Logins
      --user NAME                 user that clients have to be, with --pass
      --pass PASSWORD             its password
      --auth TOKEN                token that clients have to know

TLS
      --tls                       on, with the files that follow
      --tlscert FILE              the server's certificate
      --tlskey FILE               its private key
      --tlscacert FILE            who issued the clients' certificates
      --tlsverify                 ask clients for one

Others
  -sd, --store_dir DIR            accepted; nothing is stored there yet
  -h, --help                      this text
      --help_tls                  about TLS
  -v, --version                   the version

Flags of nats-server for what this version does not serve (JetStream, clusters, profiling) are known
and refused with a sentence that says so.
";

/// Printed by `--help_tls`.
pub(crate) const TLS_HELP: &str = "\
TLS is configured in a `tls` block of the configuration file:

  tls {
    cert_file: \"server-cert.pem\"   # the server's certificate and its chain
    key_file:  \"server-key.pem\"
    ca_file:   \"ca.pem\"            # who signs the clients' certificates
    verify:    true                # ask clients for one
  }

Everything else that the block takes is in docs/ of the source.
";
