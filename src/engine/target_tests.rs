use super::*;
use tls::Mode;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().copied().collect()
}

fn parsed(text: &str, pairs: &[(&str, &str)]) -> Target {
    Target::parse(text, &environment(pairs)).unwrap()
}

#[test]
fn a_target_is_shown_without_its_password() {
    let cases = [
        (
            "postgres://app:secret@db.internal/shop",
            "app@db.internal:5432/shop",
        ),
        (
            "postgresql://app:se%40cret@db.internal:6432/shop?sslmode=disable",
            "app@db.internal:6432/shop",
        ),
        ("postgres://app:p@ss@db/shop", "app@db:5432/shop"),
        ("postgres://app@[::1]:5433/shop", "app@[::1]:5433/shop"),
        ("postgres://app@a,b:5433/shop", "app@a:5432,b:5433/shop"),
        ("postgres://app@%2Frun%2Fpg/shop", "app@/run/pg:5432/shop"),
        ("postgres:///shop?host=/run/pg&user=app", "app@/run/pg:5432/shop"),
        ("postgres://app@db", "app@db:5432/app"),
        ("postgres://app@db/sh%20op", "app@db:5432/sh op"),
        ("host=db user=app dbname=shop password=secret", "app@db:5432/shop"),
        (
            "host = db port=6432 user='the app' dbname='it\\'s' password='se cret'",
            "the app@db:6432/it's",
        ),
        ("hostaddr=10.0.0.7 user=app dbname=shop", "app@10.0.0.7:5432/shop"),
    ];
    for (text, shown) in cases {
        let target = parsed(text, &[]);
        assert_eq!(target.to_string(), shown, "{text}");
        assert!(!format!("{target:?}").contains("cret"), "{target:?}");
    }
}

#[test]
fn the_password_reaches_the_server_and_nothing_else() {
    for (text, password) in [
        ("postgres://app:se%40cret@db/shop", "se@cret"),
        ("postgres://app:p@ss@db/shop", "p@ss"),
        ("host=db password='it\\'s \\\\'", "it's \\"),
    ] {
        assert_eq!(
            parsed(text, &[]).config("x", SslMode::Disable).get_password(),
            Some(password.as_bytes()),
            "{text}"
        );
    }
}

#[test]
fn what_a_url_leaves_out_comes_from_the_environment() {
    let pairs = [
        ("PGHOST", "elsewhere"),
        ("PGPORT", "6432"),
        ("PGUSER", "app"),
        ("PGDATABASE", "shop"),
        ("PGPASSWORD", "secret"),
        ("PGOPTIONS", "-c search_path=x"),
        ("PGAPPNAME", "deploy"),
        ("PGHOSTADDR", ""),
    ];
    assert_eq!(parsed("postgres://db", &pairs).to_string(), "app@db:6432/shop");
    assert_eq!(
        parsed("postgres://other@db/x", &pairs).to_string(),
        "other@db:6432/x"
    );
    assert_eq!(
        parsed("postgres:///x", &pairs).to_string(),
        "app@elsewhere:6432/x"
    );
    let config = parsed("postgres:///", &pairs).config("schemaplan", SslMode::Disable);
    assert_eq!(config.get_password(), Some(b"secret".as_slice()));
    assert_eq!(config.get_options(), Some("-c search_path=x"));
    assert_eq!(config.get_application_name(), Some("deploy"));
    assert_eq!(
        parsed("postgres://db", &[])
            .config("schemaplan", SslMode::Disable)
            .get_application_name(),
        Some("schemaplan")
    );
}

#[test]
fn an_address_from_the_environment_does_not_override_a_host_that_was_given() {
    let target = parsed("postgres://app@db/shop", &[("PGHOSTADDR", "10.0.0.7")]);
    assert_eq!(target.config("x", SslMode::Disable).get_hostaddrs().len(), 0);
}

#[test]
fn the_environment_alone_names_a_database_only_where_it_says_one() {
    for (pairs, shown) in [
        (
            &[("PGUSER", "app"), ("PGPASSWORD", "x"), ("PGPORT", "1")][..],
            None,
        ),
        (&[("PGUSER", "app"), ("PGDATABASE", "")][..], None),
        (
            &[("PGUSER", "app"), ("PGHOST", "db")][..],
            Some("app@db:5432/app"),
        ),
        (
            &[("PGUSER", "app"), ("PGHOST", "db"), ("PGDATABASE", "shop")][..],
            Some("app@db:5432/shop"),
        ),
    ] {
        let target = Target::from_environment(&environment(pairs)).unwrap();
        assert_eq!(
            target.map(|target| target.to_string()).as_deref(),
            shown,
            "{pairs:?}"
        );
    }
}

#[test]
fn a_service_stands_between_the_url_and_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("services");
    std::fs::write(
        &file,
        "[shop]\nhost=db.internal\nport=6432\nuser=app\ndbname=shop\n",
    )
    .unwrap();
    let file = file.display().to_string();
    let pairs = [
        ("PGSERVICEFILE", file.as_str()),
        ("PGSERVICE", "shop"),
        ("PGHOST", "elsewhere"),
    ];
    let target = Target::from_environment(&environment(&pairs)).unwrap().unwrap();
    assert_eq!(target.to_string(), "app@db.internal:6432/shop");
    assert_eq!(
        parsed("postgres://me@db/x?service=shop", &pairs).to_string(),
        "me@db:6432/x"
    );

    let pairs = [("PGSERVICEFILE", file.as_str()), ("PGSERVICE", "shpo")];
    let error = Target::from_environment(&environment(&pairs)).unwrap_err();
    assert!(
        error.to_string().contains("`shpo`") && error.hint.contains(&file),
        "{error}: {}",
        error.hint
    );
}

#[test]
fn the_password_file_is_asked_last() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pgpass");
    std::fs::write(&file, "db:5432:shop:app:saved\nlocalhost:5432:*:app:local\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let home = home.path().display().to_string();
    let home = [("HOME", home.as_str())];
    let password = |text: &str| {
        parsed(text, &home)
            .config("x", SslMode::Disable)
            .get_password()
            .map(<[u8]>::to_vec)
    };
    assert_eq!(password("postgres://app@db/shop").as_deref(), Some(&b"saved"[..]));
    assert_eq!(
        password("postgres://app:given@db/shop").as_deref(),
        Some(&b"given"[..])
    );
    assert_eq!(password("postgres://app@db/other"), None);
    assert_eq!(
        password("postgres://app@/x?host=/tmp").as_deref(),
        Some(&b"local"[..])
    );
}

#[test]
fn what_is_said_of_tls_counts_for_hosts_and_not_for_sockets() {
    for (text, mode) in [
        ("postgres://app@db/shop", Mode::Prefer),
        ("postgres://app@db/shop?sslmode=disable", Mode::Disable),
        ("postgres://app@db/shop?sslmode=require", Mode::Require),
        (
            "postgres://app@db/shop?sslmode=require&sslrootcert=ca.crt",
            Mode::VerifyCa,
        ),
        ("postgres://app@db/shop?sslrootcert=system", Mode::VerifyFull),
        ("postgres://app@db/shop?ssl=true", Mode::Require),
        ("host=/tmp user=app sslmode=verify-full", Mode::Disable),
    ] {
        assert_eq!(parsed(text, &[]).tls(), mode, "{text}");
    }
    assert_eq!(
        parsed("postgres://app@db/shop", &[("PGSSLMODE", "verify-ca")]).tls(),
        Mode::VerifyCa
    );
}

#[test]
fn what_names_no_database_is_refused_with_a_way_out() {
    for (text, what, hint) in [
        ("", "is empty", "postgres://USER"),
        ("shop", "no PostgreSQL connection string", "postgres://USER"),
        (
            "mysql://app@db/shop",
            "no PostgreSQL connection string",
            "postgres://USER",
        ),
        ("postgres://app:zq/ss@db/shop", "port is no number", "%2F"),
        ("postgres://app:50%@db/shop", "two hexadecimal digits", "%25"),
        ("postgres://app@db:0/shop", "port is no number", "%3A"),
        (
            "postgres://app@db/shop?sslmod=require",
            "`sslmod` is not known",
            "`sslmode`",
        ),
        (
            "postgres://app@db/shop?sslmode=yes",
            "cannot be `yes`",
            "verify-full",
        ),
        (
            "postgres://app@db/shop?connect_timeout=soon",
            "cannot be `soon`",
            "whole number",
        ),
        ("postgres://app@[::1/shop", "is not closed", "[::1]"),
        (
            "host=a,b port=1,2,3 user=app",
            "2 hosts are named, and 3 ports",
            "one for all",
        ),
        ("host='db user=app", "quote of `host`", "close it"),
        ("host=db hostt=x", "`hostt` is not known", "`host`"),
    ] {
        let error = Target::parse(text, &Environment::default()).unwrap_err();
        assert!(error.what.contains(what), "{text}: {error}");
        assert!(error.hint.contains(hint), "{text}: {}", error.hint);
        assert!(
            !error.what.contains("ss@db") && !error.what.contains("zq"),
            "{error}"
        );
    }
}

#[test]
fn the_word_of_old_still_asks_for_tls() {
    let of = |text: &str, pairs: &[(&str, &str)]| parsed(text, pairs).tls();
    assert_eq!(of("host=db", &[("PGREQUIRESSL", "1")]), Mode::Require);
    assert_eq!(of("host=db requiressl=1", &[]), Mode::Require);
    assert_eq!(of("host=db requiressl=0", &[]), Mode::Prefer);
    assert_eq!(
        of("host=db sslmode=verify-ca", &[("PGREQUIRESSL", "1")]),
        Mode::VerifyCa
    );
}
