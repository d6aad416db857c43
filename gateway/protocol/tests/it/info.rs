//! The `INFO` line.

use protocol::ServerInfo;

#[test]
fn absent_fields_are_left_out_and_the_rest_reads_back() {
    let info = ServerInfo {
        server_id: "NA".into(),
        server_name: "here".into(),
        version: "2.15.0".into(),
        proto: 1,
        go: "none".into(),
        host: "127.0.0.1".into(),
        port: 4222,
        headers: true,
        max_payload: 1 << 20,
        ..ServerInfo::default()
    };
    let mut out = Vec::new();
    info.write(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "INFO {\"server_id\":\"NA\",\"server_name\":\"here\",\"version\":\"2.15.0\",\"proto\":1,\
         \"go\":\"none\",\"host\":\"127.0.0.1\",\"port\":4222,\"headers\":true,\
         \"max_payload\":1048576}\r\n"
    );
    let full = ServerInfo {
        auth_required: true,
        nonce: Some("abc".into()),
        client_id: Some(7),
        client_ip: Some("::1".into()),
        connect_urls: vec!["127.0.0.1:4222".into()],
        ldm: true,
        connect_info: true,
        remote_account: Some("A\n\"".into()),
        acc_is_sys: true,
        api_lvl: 5,
        ..info
    };
    let mut out = Vec::new();
    full.write(&mut out);
    let json = out
        .strip_prefix(b"INFO ")
        .unwrap()
        .strip_suffix(b"\r\n")
        .unwrap();
    assert!(!json.contains(&b'\n'), "a name must not end the line");
    assert_eq!(serde_json::from_slice::<ServerInfo>(json).unwrap(), full);
}
