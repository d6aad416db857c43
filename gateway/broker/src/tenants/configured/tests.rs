//! Another configuration while clients are connected.

use std::{net::SocketAddr, time::Duration};

use accounts::{
    ExportClaim, ImportClaim, PermissionSet, ShareKind, SubjectRules,
    claims::account::WeightedMapping,
    configured::{
        AccountSetup, ExportSetup, GLOBAL, ImportSetup, Login, Secret, Setup, UserSetup,
        account_key,
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::{Auth, Broker, Config, ListenOptions, ReconfigureError};

const PATIENCE: Duration = Duration::from_secs(10);
const VIOLATION: &str = "-ERR 'Authorization Violation'";

fn user(account: &str, name: &str) -> UserSetup {
    UserSetup {
        account: account.to_owned(),
        login: Login::Name {
            name: name.to_owned(),
            secret: Secret::new(name),
        },
        permissions: None,
        connection_types: None,
        proxy_required: false,
    }
}

fn setup(accounts: Vec<AccountSetup>, users: Vec<UserSetup>) -> Setup {
    Setup {
        accounts,
        users,
        ..Setup::default()
    }
}

struct World {
    broker: Broker,
    address: SocketAddr,
}

impl World {
    fn start(setup: Setup) -> Self {
        let config = Config {
            auth: Auth::Configured(Box::new(setup)),
            ..Config::default()
        };
        let broker = Broker::start(config).unwrap();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = broker.listen(socket, ListenOptions::default()).unwrap();
        Self { broker, address }
    }

    async fn change(&self, setup: Setup) {
        let (broker, prepared) = (self.broker.clone(), self.broker.prepare(&setup).unwrap());
        let work = tokio::task::spawn_blocking(move || broker.reconfigure(prepared));
        work.await.unwrap();
    }

    async fn client(&self, options: &str) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let mut client = Client(BufReader::new(stream));
        client.line().await;
        client
            .say(&format!("CONNECT {{\"verbose\":false,{options}}}\r\n"))
            .await;
        assert_eq!(client.until_pong().await, Vec::<String>::new());
        client
    }

    async fn login(&self, name: &str) -> Client {
        self.client(&format!("\"user\":\"{name}\",\"pass\":\"{name}\""))
            .await
    }

    async fn anonymous(&self) -> Client {
        self.client("\"lang\":\"rust\"").await
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_line(&mut line));
        read.await.expect("in time").unwrap();
        line.trim_end().to_owned()
    }

    /// What came before the answer to a ping.
    async fn until_pong(&mut self) -> Vec<String> {
        self.say("PING\r\n").await;
        let mut lines = Vec::new();
        loop {
            match self.line().await.as_str() {
                "PONG" => return lines,
                "PING" => {}
                line => lines.push(line.to_owned()),
            }
        }
    }

    /// What came before the end.
    async fn until_closed(mut self) -> String {
        let mut text = String::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_string(&mut text));
        read.await.expect("in time").unwrap();
        text.trim_end().to_owned()
    }
}

#[tokio::test]
async fn whose_user_is_gone_or_has_another_password_is_closed() {
    let world = World::start(setup(
        vec![],
        vec![user(GLOBAL, "a"), user(GLOBAL, "b"), user(GLOBAL, "c")],
    ));
    let (a, b, mut c) = (
        world.login("a").await,
        world.login("b").await,
        world.login("c").await,
    );
    c.say("SUB x 1\r\n").await;
    let mut changed = user(GLOBAL, "b");
    changed.login = Login::Name {
        name: "b".to_owned(),
        secret: Secret::new("another"),
    };
    world
        .change(setup(vec![], vec![changed, user(GLOBAL, "c")]))
        .await;
    assert_eq!(
        a.until_closed().await,
        "",
        "it hears more when it comes back"
    );
    assert_eq!(b.until_closed().await, VIOLATION);
    c.say("PUB x 0\r\n\r\n").await;
    assert_eq!(c.until_pong().await, ["MSG x 1 0", ""]);
}

#[tokio::test]
async fn who_moves_to_another_account_comes_back_by_itself() {
    let accounts = || vec![AccountSetup::new("A"), AccountSetup::new("B")];
    let world = World::start(setup(accounts(), vec![user("A", "a"), user("B", "b")]));
    let (a, mut b) = (world.login("a").await, world.login("b").await);
    world
        .change(setup(accounts(), vec![user("B", "a"), user("B", "b")]))
        .await;
    assert_eq!(a.until_closed().await, "", "without an error");
    b.say("SUB x 1\r\n").await;
    assert_eq!(b.until_pong().await, Vec::<String>::new());
    let mut a = world.login("a").await;
    a.say("PUB x 0\r\n\r\n").await;
    a.until_pong().await;
    assert_eq!(b.until_pong().await, ["MSG x 1 0", ""]);
    // And when the account is gone altogether.
    world.change(setup(vec![], vec![user(GLOBAL, "a")])).await;
    assert_eq!(a.until_closed().await, "");
    assert_eq!(b.until_closed().await, "");
    world.login("a").await;
}

#[tokio::test]
async fn permissions_change_under_a_client() {
    let world = World::start(setup(vec![], vec![user(GLOBAL, "a")]));
    let mut a = world.login("a").await;
    a.say("SUB x 1\r\nSUB y 2\r\n").await;
    a.until_pong().await;
    let mut narrowed = user(GLOBAL, "a");
    let subscribe = SubjectRules {
        allow: Some(vec!["y".to_owned()]),
        deny: None,
    };
    narrowed.permissions = Some(PermissionSet {
        subscribe,
        ..PermissionSet::default()
    });
    world.change(setup(vec![], vec![narrowed])).await;
    let told = a.until_pong().await;
    assert!(
        told[0].contains("Permissions Violation for Subscription to \"x\""),
        "{told:?}"
    );
    a.say("PUB x 0\r\n\r\nPUB y 0\r\n\r\n").await;
    assert_eq!(a.until_pong().await, ["MSG y 2 0", ""]);
}

#[tokio::test]
async fn imports_and_mappings_change_under_clients() {
    let exporter = || {
        let mut account = AccountSetup::new("A");
        account.exports.push(ExportSetup {
            claim: ExportClaim::new(ShareKind::Stream, "x"),
            approved: Vec::new(),
        });
        account
    };
    let users = || vec![user("A", "a"), user("B", "b")];
    let world = World::start(setup(vec![exporter(), AccountSetup::new("B")], users()));
    let (mut a, mut b) = (world.login("a").await, world.login("b").await);
    b.say("SUB > 1\r\n").await;
    b.until_pong().await;
    let mut importer = AccountSetup::new("B");
    importer.imports.push(ImportSetup {
        account: "A".to_owned(),
        claim: ImportClaim::new(ShareKind::Stream, account_key("A"), "x"),
    });
    let mut mapped = exporter();
    let destination = WeightedMapping {
        subject: "x".to_owned(),
        weight: 100,
        cluster: String::new(),
    };
    mapped
        .body
        .mappings
        .insert("old".to_owned(), vec![destination]);
    world.change(setup(vec![mapped, importer], users())).await;
    a.say("PUB old 0\r\n\r\n").await;
    assert_eq!(a.until_pong().await, Vec::<String>::new());
    assert_eq!(b.until_pong().await, ["MSG x 1 0", ""]);
}

#[tokio::test]
async fn a_door_may_be_closed_and_opened() {
    let world = World::start(Setup::default());
    let mut guest = world.anonymous().await;
    let mut mapped = AccountSetup::new(GLOBAL);
    let destination = WeightedMapping {
        subject: "new".to_owned(),
        weight: 100,
        cluster: String::new(),
    };
    mapped
        .body
        .mappings
        .insert("old".to_owned(), vec![destination]);
    world.change(setup(vec![mapped], vec![])).await;
    guest.say("SUB new 1\r\nPUB old 0\r\n\r\n").await;
    assert_eq!(guest.until_pong().await, ["MSG new 1 0", ""]);
    world.change(setup(vec![], vec![user(GLOBAL, "a")])).await;
    assert_eq!(guest.until_closed().await, VIOLATION);
    let mut a = world.login("a").await;
    world.change(Setup::default()).await;
    assert_eq!(
        a.until_pong().await,
        Vec::<String>::new(),
        "everybody may stay"
    );
    world.anonymous().await;
}

#[tokio::test]
async fn what_is_not_usable_changes_nothing() {
    let world = World::start(setup(vec![], vec![user(GLOBAL, "a")]));
    let twice = setup(vec![], vec![user(GLOBAL, "b"), user(GLOBAL, "b")]);
    let refused = world.broker.prepare(&twice);
    assert!(
        matches!(refused, Err(ReconfigureError::Setup(_))),
        "{refused:?}"
    );
    let elsewhere = Setup {
        system_account: Some("A".to_owned()),
        ..setup(vec![AccountSetup::new("A")], vec![])
    };
    let refused = world.broker.prepare(&elsewhere);
    assert!(
        matches!(refused, Err(ReconfigureError::SystemAccount)),
        "{refused:?}"
    );
    world.login("a").await;
}
