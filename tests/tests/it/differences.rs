//! What stays different from nats-server, a test for each row of `docs/differences.md`: both
//! servers are shown, so that a fault that is mended there is noticed here.

use accounts::claims::account::{Sampling, ServiceLatency, WeightedMapping};
use accounts::{
    ExportClaim, ImportClaim, KeyKind, ResponseClaim, ShareKind, SigningKey, SubjectRules,
    UserPermissionLimits,
};
use anyhow::Result;
use serde_json::json;
use tests::mint::{Operator, Tenant, User, keys, now};
use tests::wait::PATIENCE;
use tests::{Broker, Frame, Which, Wire};

use crate::both::on_both;
use crate::tenants::Pusher;
use crate::tenants::sharing::activation;

on_both![
    which_claims_are_in_force,
    what_lists_and_roles_allow,
    wildcards_of_a_subscription,
    limits,
    imports,
    leave_to_answer,
    queue_groups_of_several_tenants,
    who_asks,
    mappings_and_permissions,
    events_of_refused_logins,
];

/// A broker that keeps these tenants in a directory.
fn start(which: Which, operator: &Operator, tenants: &[&Tenant]) -> Result<Broker> {
    Broker::start(which, &operator.directory_config(tenants, true))
}

fn only(list: &[&str]) -> SubjectRules {
    SubjectRules {
        allow: Some(list.iter().map(|&entry| entry.to_owned()).collect()),
        deny: None,
    }
}

fn import(of: &Tenant, kind: ShareKind, subject: &str) -> ImportClaim {
    let mut import = ImportClaim::new(kind, of.public(), subject);
    import.name = subject.to_owned();
    import
}

fn errors(frames: &[Frame]) -> usize {
    let error = |frame: &&Frame| matches!(frame, Frame::Error(_));
    frames.iter().filter(error).count()
}

/// Claims of an untrusted operator are refused before they are stored; and claims whose time is
/// over end what was in force. nats-server stores both, and goes on with the old ones.
async fn which_claims_are_in_force(which: Which) -> Result<()> {
    let (operator, mut tenant) = (Operator::default(), Tenant::new("acme"));
    let broker = start(which, &operator, &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let stranger = Operator::default();
    let answer = pusher.push_jwt(&stranger.account_jwt(&tenant)).await?;
    assert_eq!(answer["data"]["code"] == 200, which == Which::NatsServer);
    tenant.issued_at = Some(now() + 1);
    tenant.expires_at = now() - 5;
    let answer = pusher.push_jwt(&operator.account_jwt(&tenant)).await?;
    assert_eq!(answer["data"]["code"], 200);
    match which {
        Which::Tidegate => assert_eq!(
            wire.errors_until_closed().await?,
            ["Account Authentication Expired"]
        ),
        Which::NatsServer => assert_eq!(wire.sync().await?, []),
    }
    a_signing_key_is_taken_away(which).await
}

/// New claims take the signing key of a user away, of an account that imports from one which came
/// later. nats-server loads the other one just then, which makes it apply the claims again that it
/// knew until now: the user stays.
async fn a_signing_key_is_taken_away(which: Which) -> Result<()> {
    let (operator, late) = (Operator::default(), Tenant::new("late"));
    let (mut acme, key) = (Tenant::new("acme"), keys(KeyKind::Account));
    let news = import(&late, ShareKind::Stream, "news");
    acme.body.imports.push(news);
    let signing = &mut acme.body.signing_keys;
    signing.push(SigningKey::Plain(key.public()));
    let broker = start(which, &operator, &[&acme])?;
    let user = acme.role_user(&key, "u", |claims| {
        claims.nats.rights = UserPermissionLimits::unlimited();
    });
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    pusher.push(&operator, &late).await?;
    acme.body.signing_keys.clear();
    acme.issued_at = Some(now() + 1);
    pusher.push(&operator, &acme).await?;
    match which {
        Which::Tidegate => assert_eq!(wire.errors_until_closed().await?, [""; 0]),
        Which::NatsServer => assert_eq!(wire.sync().await?, []),
    }
    Ok(())
}

/// A list that allows nothing is no list for nats-server, in a user's claims and in the defaults of
/// an account that change while its users are there.
async fn what_lists_and_roles_allow(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let broker = start(which, &operator, &[&tenant])?;
    let user = tenant.user_with("u", |claims| claims.nats.rights.publish = only(&[]));
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.publish("a", "x").await?;
    let refused = errors(&wire.sync().await?);
    assert_eq!(refused, usize::from(which == Which::Tidegate));
    defaults_come_to_allow_nothing(which).await
}

/// The default list of an account becomes empty: what its users have subscribed to ends, or
/// nothing happens.
async fn defaults_come_to_allow_nothing(which: Which) -> Result<()> {
    let (operator, mut tenant) = (Operator::default(), Tenant::new("acme"));
    tenant.body.default_permissions.subscribe = only(&["news"]);
    let broker = start(which, &operator, &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    wire.subscribe("news", "1").await?;
    tenant.body.default_permissions.subscribe = only(&[]);
    tenant.issued_at = Some(now() + 1);
    let mut pusher = Pusher::new(&broker, &operator).await?;
    pusher.push(&operator, &tenant).await?;
    let ended = errors(&wire.sync().await?);
    let mut writer = Wire::login(broker.addr(), &tenant.user("w")).await?;
    writer.publish("news", "x").await?;
    writer.sync().await?;
    let got = wire.messages().await?.len();
    match which {
        Which::Tidegate => assert_eq!((ended, got), (1, 0)),
        Which::NatsServer => assert_eq!((ended, got), (0, 1)),
    }
    Ok(())
}

/// nats-server takes the `>` of a subscription for a token that `*` covers: who may have `a.*`
/// gets all below.
async fn wildcards_of_a_subscription(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let broker = start(which, &operator, &[&tenant])?;
    let user = tenant.user_with("u", |claims| claims.nats.rights.subscribe = only(&["a.*"]));
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.send("SUB a.> 1\r\n").await?;
    let refused = errors(&wire.sync().await?);
    wire.publish("a.b.c", "x").await?;
    let got = wire.messages().await?.len();
    match which {
        Which::Tidegate => assert_eq!((refused, got), (1, 0)),
        Which::NatsServer => assert_eq!((refused, got), (0, 1)),
    }
    Ok(())
}

/// nats-server closes who has as many subscriptions as allowed when the account changes.
async fn limits(which: Which) -> Result<()> {
    let (operator, mut tenant) = (Operator::default(), Tenant::new("acme"));
    let broker = start(which, &operator, &[&tenant])?;
    let user = tenant.user_with("u", |claims| claims.nats.rights.subs = 1);
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.subscribe("a", "1").await?;
    tenant.body.tags.push("another".to_owned());
    tenant.issued_at = Some(now() + 1);
    let mut pusher = Pusher::new(&broker, &operator).await?;
    pusher.push(&operator, &tenant).await?;
    match which {
        Which::Tidegate => assert_eq!(wire.sync().await?, []),
        Which::NatsServer => assert_eq!(
            wire.errors_until_closed().await?,
            ["maximum subscriptions exceeded"]
        ),
    }
    Ok(())
}

/// A stream under two names: nats-server leaves out the second. Of a circle it leaves out what it
/// finds last. Where an export has an account position, it asks for no token. An account may
/// import its own exports on both.
async fn imports(which: Which) -> Result<()> {
    let expected = match which {
        Which::Tidegate => 2,
        Which::NatsServer => 1,
    };
    assert_eq!(two_names_of_a_stream(which).await?, expected);
    assert_eq!(crossings_of_a_circle(which).await?, expected);
    let passed = usize::from(which == Which::NatsServer);
    assert_eq!(positions_without_a_token(which).await?, passed);
    let own = imports_of_an_own_export(which).await?;
    assert_eq!(own, ["copy news", "svc ask"]);
    let late = requests_to_a_late_account(which).await?;
    assert_eq!(late, usize::from(which == Which::Tidegate));
    assert_eq!(renamed_patterns(which).await?, passed);
    let survived = survives_a_shared_request(which).await?;
    assert_eq!(survived, which == Which::Tidegate);
    Ok(())
}

async fn two_names_of_a_stream(which: Which) -> Result<usize> {
    let operator = Operator::default();
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let export = ExportClaim::new(ShareKind::Stream, "news");
    acme.body.exports.push(export);
    for name in ["one", "two"] {
        let mut import = import(&acme, ShareKind::Stream, "news");
        import.local_subject = name.to_owned();
        globex.body.imports.push(import);
    }
    let broker = start(which, &operator, &[&acme, &globex])?;
    let mut reader = Wire::login(broker.addr(), &globex.user("r")).await?;
    reader.subscribe(">", "1").await?;
    let mut writer = Wire::login(broker.addr(), &acme.user("w")).await?;
    writer.publish("news", "x").await?;
    writer.sync().await?;
    Ok(reader.messages().await?.len())
}

/// Two accounts that ask each other on one subject: how many of them get through.
async fn crossings_of_a_circle(which: Which) -> Result<usize> {
    let operator = Operator::default();
    let mut tenants = [Tenant::new("acme"), Tenant::new("globex")];
    for at in 0..2 {
        let import = import(&tenants[1 - at], ShareKind::Service, "svc");
        tenants[at].body.imports.push(import);
        let export = ExportClaim::new(ShareKind::Service, "svc");
        tenants[at].body.exports.push(export);
    }
    let broker = start(which, &operator, &[&tenants[0], &tenants[1]])?;
    let mut wires = Vec::new();
    for tenant in &tenants {
        let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
        wire.subscribe("svc", "1").await?;
        wires.push(wire);
    }
    let mut crossed = 0;
    for at in 0..2 {
        wires[at].publish("svc", "?").await?;
        wires[at].messages().await?;
        crossed += wires[1 - at].messages().await?.len();
    }
    Ok(crossed)
}

/// What arrives by an import of an export that wants an activation token and has a position, with
/// a token that has expired.
async fn positions_without_a_token(which: Which) -> Result<usize> {
    let operator = Operator::default();
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let mut export = ExportClaim::new(ShareKind::Stream, "to.*");
    export.token_req = true;
    export.account_token_position = 2;
    acme.body.exports.push(export);
    let subject = format!("to.{}", globex.public());
    let mut import = import(&acme, ShareKind::Stream, &subject);
    import.token = activation(&acme, &globex, &subject, now() - 5);
    globex.body.imports.push(import);
    let broker = start(which, &operator, &[&acme, &globex])?;
    let mut reader = Wire::login(broker.addr(), &globex.user("r")).await?;
    reader.subscribe(&subject, "1").await?;
    let mut writer = Wire::login(broker.addr(), &acme.user("w")).await?;
    writer.publish(&subject, "x").await?;
    writer.sync().await?;
    Ok(reader.messages().await?.len())
}

/// Requests that reach a service over an account which came after who asks, and into which nobody
/// logs in: until somebody does, nats-server leaves the import out.
async fn requests_to_a_late_account(which: Which) -> Result<usize> {
    let operator = Operator::default();
    let [mut acme, mut late, mut globex] = ["acme", "late", "globex"].map(Tenant::new);
    let export = ExportClaim::new(ShareKind::Service, "svc");
    acme.body.exports.push(export.clone());
    late.body.exports.push(export);
    let (first, second) = (
        import(&late, ShareKind::Service, "svc"),
        import(&acme, ShareKind::Service, "svc"),
    );
    globex.body.imports.push(first);
    late.body.imports.push(second);
    let broker = start(which, &operator, &[&acme, &globex])?;
    let mut service = Wire::login(broker.addr(), &acme.user("s")).await?;
    service.subscribe("svc", "1").await?;
    let mut asker = Wire::login(broker.addr(), &globex.user("a")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    pusher.push(&operator, &late).await?;
    asker.publish("svc", "?").await?;
    asker.sync().await?;
    Ok(service.messages().await?.len())
}

/// What arrives of a message on `>` itself by an import under another name.
async fn renamed_patterns(which: Which) -> Result<usize> {
    let operator = Operator::default();
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let export = ExportClaim::new(ShareKind::Stream, "*");
    acme.body.exports.push(export);
    let mut renamed = import(&acme, ShareKind::Stream, "*");
    renamed.local_subject = "there.$1".to_owned();
    globex.body.imports.push(renamed);
    let broker = start(which, &operator, &[&acme, &globex])?;
    let mut reader = Wire::login(broker.addr(), &globex.user("r")).await?;
    reader.subscribe("there.*", "1").await?;
    let mut writer = Wire::login(broker.addr(), &acme.user("w")).await?;
    writer.publish(">", "x").await?;
    writer.sync().await?;
    Ok(reader.messages().await?.len())
}

/// What arrives by imports of the account's own exports.
async fn imports_of_an_own_export(which: Which) -> Result<Vec<String>> {
    let (operator, mut acme) = (Operator::default(), Tenant::new("acme"));
    for (kind, subject, local) in [
        (ShareKind::Stream, "news", "copy"),
        (ShareKind::Service, "svc", "ask"),
    ] {
        acme.body.exports.push(ExportClaim::new(kind, subject));
        let mut import = import(&acme, kind, subject);
        import.local_subject = local.to_owned();
        acme.body.imports.push(import);
    }
    let broker = start(which, &operator, &[&acme])?;
    let mut reader = Wire::login(broker.addr(), &acme.user("r")).await?;
    reader.subscribe("copy", "1").await?;
    reader.subscribe("svc", "2").await?;
    let mut writer = Wire::login(broker.addr(), &acme.user("w")).await?;
    for subject in ["news", "ask"] {
        writer.publish(subject, subject).await?;
    }
    writer.sync().await?;
    let got = reader.messages().await?;
    Ok(got
        .iter()
        .map(|(subject, payload)| format!("{subject} {payload}"))
        .collect())
}

/// Whether a server lives on after a request that a first importer shares and that crosses a second
/// import, whose samples are chosen by headers. nats-server then looks for the headers of the
/// request in what it has read from the socket, and there they are not.
async fn survives_a_shared_request(which: Which) -> Result<bool> {
    let operator = Operator::default();
    let [mut acme, mut globex, mut initech] = ["acme", "globex", "initech"].map(Tenant::new);
    let mut export = ExportClaim::new(ShareKind::Service, "svc");
    globex.body.exports.push(export.clone());
    export.service_latency = Some(ServiceLatency {
        sampling: Sampling::Named("headers".to_owned()),
        results: "results".to_owned(),
    });
    acme.body.exports.push(export);
    globex
        .body
        .imports
        .push(import(&acme, ShareKind::Service, "svc"));
    let mut shared = import(&globex, ShareKind::Service, "svc");
    shared.share = true;
    initech.body.imports.push(shared);
    let mut broker = start(which, &operator, &[&acme, &globex, &initech])?;
    let mut responder = Wire::login(broker.addr(), &acme.user("r")).await?;
    responder.subscribe("svc", "1").await?;
    let mut wire = Wire::login(broker.addr(), &initech.user("u")).await?;
    // nats-server reads into less and less room while there is little to read.
    for _ in 0..16 {
        wire.sync().await?;
    }
    wire.request("svc", "r", "").await?;
    let heard = wire.sync().await;
    if heard.is_ok() {
        return Ok(true);
    }
    let ended = broker.daemon().wait_exit(PATIENCE)?;
    assert!(!ended.success(), "{}", broker.output());
    Ok(false)
}

/// Leave for one answer; the request arrives on two subscriptions. On nats-server the second
/// arrival uses the leave up.
async fn leave_to_answer(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let broker = start(which, &operator, &[&tenant])?;
    let user = tenant.user_with("service", |claims| {
        claims.nats.rights.responses = Some(ResponseClaim { max: 1, ttl: 0 });
    });
    let mut service = Wire::login(broker.addr(), &user).await?;
    service.subscribe("ask", "1").await?;
    service.subscribe("ask.>", "2").await?;
    service.subscribe("*", "3").await?;
    let mut asker = Wire::login(broker.addr(), &tenant.user("asker")).await?;
    asker.subscribe("answer", "1").await?;
    asker.request("ask", "answer", "?").await?;
    asker.sync().await?;
    assert_eq!(service.messages().await?.len(), 2);
    service.publish("answer", "!").await?;
    let refused = errors(&service.sync().await?);
    let answers = asker.messages().await?.len();
    match which {
        Which::Tidegate => assert_eq!((refused, answers), (0, 1)),
        Which::NatsServer => assert_eq!((refused, answers), (1, 0)),
    }
    Ok(())
}

/// Queue groups of the same name in two importing tenants take each other's messages on
/// nats-server.
async fn queue_groups_of_several_tenants(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut acme = Tenant::new("acme");
    let export = ExportClaim::new(ShareKind::Stream, "work");
    acme.body.exports.push(export);
    let mut importers = [Tenant::new("globex"), Tenant::new("initech")];
    for importer in &mut importers {
        let import = import(&acme, ShareKind::Stream, "work");
        importer.body.imports.push(import);
    }
    let broker = start(which, &operator, &[&acme, &importers[0], &importers[1]])?;
    let mut members = Vec::new();
    for importer in &importers {
        let mut wire = Wire::login(broker.addr(), &importer.user("w")).await?;
        wire.send("SUB work crew 1\r\n").await?;
        wire.sync().await?;
        members.push(wire);
    }
    let mut writer = Wire::login(broker.addr(), &acme.user("p")).await?;
    for _ in 0..20 {
        writer.publish("work", "x").await?;
    }
    writer.sync().await?;
    let mut got = 0;
    for member in &mut members {
        got += member.messages().await?.len();
    }
    let expected = match which {
        Which::Tidegate => 40,
        Which::NatsServer => 20,
    };
    assert_eq!(got, expected);
    Ok(())
}

/// `Nats-Request-Info`: a forgery in another spelling passes on nats-server, and where the import
/// says `share`, the user's whole token is handed to the other tenant.
async fn who_asks(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let export = ExportClaim::new(ShareKind::Service, "svc");
    acme.body.exports.push(export);
    let mut import = import(&acme, ShareKind::Service, "svc");
    import.share = true;
    globex.body.imports.push(import);
    let broker = start(which, &operator, &[&acme, &globex])?;
    let mut service = Wire::login(broker.addr(), &acme.user("s")).await?;
    service.subscribe("svc", "1").await?;
    let user = globex.user("asker");
    let mut asker = Wire::login(broker.addr(), &user).await?;
    let forged = "NATS/1.0\r\nnats-request-info: forged\r\n\r\n";
    let length = forged.len();
    asker
        .send(format!("HPUB svc {length} {length}\r\n{forged}\r\n"))
        .await?;
    asker.sync().await?;
    let headers = service.message().await?.headers.unwrap_or_default();
    let theirs = which == Which::NatsServer;
    assert_eq!(headers.contains("forged"), theirs, "{headers}");
    assert_eq!(headers.contains(&user.jwt), theirs, "{headers}");
    let further = told_over_an_import_that_does_not_share(which).await?;
    assert_eq!(further.contains("\"user\""), theirs, "{further}");
    Ok(())
}

/// The headers of a request whose first import shares who asks, and the second one does not.
async fn told_over_an_import_that_does_not_share(which: Which) -> Result<String> {
    let operator = Operator::default();
    let [mut acme, mut globex, mut initech] = ["acme", "globex", "initech"].map(Tenant::new);
    let export = ExportClaim::new(ShareKind::Service, "svc");
    acme.body.exports.push(export.clone());
    globex.body.exports.push(export);
    let silent = import(&acme, ShareKind::Service, "svc");
    globex.body.imports.push(silent);
    let mut shared = import(&globex, ShareKind::Service, "svc");
    shared.share = true;
    initech.body.imports.push(shared);
    let broker = start(which, &operator, &[&acme, &globex, &initech])?;
    let mut service = Wire::login(broker.addr(), &acme.user("s")).await?;
    service.subscribe("svc", "1").await?;
    let mut asker = Wire::login(broker.addr(), &initech.user("a")).await?;
    asker.publish("svc", "?").await?;
    asker.sync().await?;
    Ok(service.message().await?.headers.unwrap_or_default())
}

/// A mapping leads where the user may publish, from where it may not: nats-server looks at the
/// mapped subject alone, and names it when it refuses. It maps answers that are on their way to
/// another account, loses what a source keeps in another cluster, and takes one of two functions
/// that make up a token.
async fn mappings_and_permissions(which: Which) -> Result<()> {
    let (operator, mut tenant) = (Operator::default(), Tenant::new("acme"));
    map(&mut tenant, "closed", ("open", ""));
    map(&mut tenant, "barred", ("shut", ""));
    map(&mut tenant, "kept", ("kept", "east"));
    let broker = start(which, &operator, &[&tenant])?;
    let user = tenant.user_with("u", |claims| claims.nats.rights.publish = only(&["open"]));
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.publish("closed", "x").await?;
    let refused = errors(&wire.sync().await?);
    let ours = usize::from(which == Which::Tidegate);
    assert_eq!(refused, ours);
    wire.publish("barred", "x").await?;
    let named = ["shut", "barred"][ours];
    let violation = format!("Permissions Violation for Publish to \"{named}\"");
    assert_eq!(wire.error().await?, violation);
    let mut wire = Wire::login(broker.addr(), &tenant.user("w")).await?;
    wire.subscribe("kept", "1").await?;
    wire.publish("kept", "x").await?;
    assert_eq!(wire.messages().await?.len(), ours);
    map(&mut tenant, "*.*", ("{{left(1,1)}}{{right(2,1)}}", ""));
    tenant.issued_at = Some(now() + 1);
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let answer = pusher.push_jwt(&operator.account_jwt(&tenant)).await?;
    assert_eq!(answer["data"]["code"] == 200, which == Which::NatsServer);
    assert_eq!(answers_where_all_is_mapped(which).await?, ours);
    Ok(())
}

fn map(tenant: &mut Tenant, source: &str, (subject, cluster): (&str, &str)) {
    let destination = WeightedMapping {
        subject: subject.to_owned(),
        weight: 100,
        cluster: cluster.to_owned(),
    };
    let mappings = &mut tenant.body.mappings;
    mappings.insert(source.to_owned(), vec![destination]);
}

/// How many answers come back from an account that maps every subject.
async fn answers_where_all_is_mapped(which: Which) -> Result<usize> {
    let operator = Operator::default();
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let export = ExportClaim::new(ShareKind::Service, "svc");
    acme.body.exports.push(export);
    map(&mut acme, ">", ("all.>", ""));
    let import = import(&acme, ShareKind::Service, "svc");
    globex.body.imports.push(import);
    let broker = start(which, &operator, &[&acme, &globex])?;
    let mut service = Wire::login(broker.addr(), &acme.user("s")).await?;
    service.subscribe("all.svc", "1").await?;
    let mut asker = Wire::login(broker.addr(), &globex.user("a")).await?;
    asker.subscribe("answer", "1").await?;
    asker.request("svc", "answer", "?").await?;
    let request = service.message().await?;
    let reply = request.reply.unwrap_or_default();
    service.publish(&reply, "!").await?;
    service.sync().await?;
    Ok(asker.messages().await?.len())
}

/// An account hears of logins that were refused although their token is its own; from nats-server
/// only of those over its limit. What it hears counts for the maximum of a subscription.
async fn events_of_refused_logins(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let broker = start(which, &operator, &[&tenant])?;
    let mut watch = Wire::login(broker.addr(), &tenant.user("watch")).await?;
    watch.subscribe("$SYS.ACCOUNT.CLIENT.AUTH.ERR", "1").await?;
    let mut once = Wire::login(broker.addr(), &tenant.user("once")).await?;
    once.subscribe(">", "1").await?;
    once.send("UNSUB 1 1\r\n").await?;
    once.sync().await?;
    let user: User = tenant.user("u");
    let mut wire = Wire::open(broker.addr()).await?;
    let unsigned = user.connect_operation("", &json!({ "sig": null }));
    wire.send_to_the_end(unsigned).await?;
    wire.errors_until_closed().await?;
    match which {
        Which::Tidegate => drop(watch.message().await?),
        Which::NatsServer => assert_eq!(watch.messages().await?, []),
    }
    watch.publish("a", "x").await?;
    watch.sync().await?;
    let first = once.message().await?.subject;
    match which {
        Which::Tidegate => assert_eq!(first, "$SYS.ACCOUNT.CLIENT.AUTH.ERR"),
        Which::NatsServer => assert_eq!(first, "a"),
    }
    assert_eq!(once.messages().await?, []);
    Ok(())
}
