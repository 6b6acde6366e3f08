//! The two forms of a connection string. PostgreSQL documentation, section 34.1.1.

use std::collections::BTreeMap;

use super::target::TargetError;

/// Connection parameters by libpq's keyword.
pub(super) type Parameters = BTreeMap<String, String>;

/// Every keyword that libpq knows. Those that speak of Kerberos are accepted and of no effect.
const KEYWORDS: [&str; 46] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
];
/// `tcp_user_timeout` and `user` end the alphabet.
const MORE_KEYWORDS: [&str; 2] = ["tcp_user_timeout", "user"];

/// The values that are one of a few words; another word would quietly mean something else.
const CHOICES: [(&str, &[&str]); 8] = [
    (
        "sslmode",
        &[
            "disable",
            "allow",
            "prefer",
            "require",
            "verify-ca",
            "verify-full",
        ],
    ),
    (
        "target_session_attrs",
        &[
            "any",
            "read-write",
            "read-only",
            "primary",
            "standby",
            "prefer-standby",
        ],
    ),
    ("load_balance_hosts", &["disable", "random"]),
    ("channel_binding", &["disable", "prefer", "require"]),
    ("sslnegotiation", &["postgres", "direct"]),
    ("sslcertmode", &["disable", "allow", "require"]),
    ("sslsni", &["0", "1"]),
    ("gssencmode", &["disable", "prefer", "require"]),
];

/// What would be a promise to the user that is not kept.
const NOT_OURS: [(&str, &str, &str); 1] = [(
    "gssencmode",
    "require",
    "encryption by GSSAPI is not among what schemaplan has: use TLS (sslmode=verify-full) and leave it out, here and in PGGSSENCMODE",
)];
const NUMBERS: [&str; 5] = [
    "connect_timeout",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
];

/// libpq's variables and the parameters that they stand for.
pub(super) const VARIABLES: [(&str, &str); 30] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"),
    ("PGPASSFILE", "passfile"),
    ("PGSSLMODE", "sslmode"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLSNI", "sslsni"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGTCPUSERTIMEOUT", "tcp_user_timeout"),
    ("PGSERVICE", "service"),
];

/// Files below the home folder that libpq uses where they are there, and the parameters that they stand for.
pub(super) const HOME_FILES: [(&str, &str); 4] = [
    ("root.crt", "sslrootcert"),
    ("postgresql.crt", "sslcert"),
    ("postgresql.key", "sslkey"),
    ("root.crl", "sslcrl"),
];

/// Reads a URL or a `key=value` string.
pub(super) fn parse(text: &str) -> Result<Parameters, TargetError> {
    let text = text.trim();
    if let Some(rest) = text
        .strip_prefix("postgresql://")
        .or_else(|| text.strip_prefix("postgres://"))
    {
        return parse_url(rest);
    }
    if text.is_empty() || !text.contains('=') || text.contains("://") {
        return Err(TargetError::new(
            if text.is_empty() {
                "the connection string is empty"
            } else {
                "that is no PostgreSQL connection string"
            },
            "write postgres://USER@HOST:PORT/DATABASE, or `host=… dbname=… user=…`",
        ));
    }
    parse_pairs(text)
}

pub(super) fn check_keyword(keyword: &str) -> Result<(), TargetError> {
    let known = || KEYWORDS.into_iter().chain(MORE_KEYWORDS);
    if known().any(|one| one == keyword) {
        return Ok(());
    }
    let nearest = known()
        .map(|one| (strsim::osa_distance(one, keyword), one))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, one)| one);
    let hint = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "the parameters are those of libpq: host, port, dbname, user, sslmode, options, …".to_owned(),
    };
    // Letters alone: half a password with an `=` in it is not to be shown.
    let shown = if keyword
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    {
        keyword
    } else {
        "…"
    };
    Err(TargetError::new(
        format!("the connection parameter `{shown}` is not known"),
        hint,
    ))
}

pub(super) fn check_values(given: &Parameters) -> Result<(), TargetError> {
    for (keyword, words) in CHOICES {
        if let Some(value) = given
            .get(keyword)
            .filter(|value| !words.contains(&value.as_str()))
        {
            return Err(TargetError::new(
                format!("`{keyword}` cannot be `{value}`"),
                format!("it is one of {}", words.join(", ")),
            ));
        }
    }
    for (keyword, word, help) in NOT_OURS {
        if given.get(keyword).is_some_and(|value| value == word) {
            return Err(TargetError::new(
                format!("`{keyword}={word}` cannot be kept"),
                help,
            ));
        }
    }
    for keyword in NUMBERS {
        if let Some(value) = given.get(keyword).filter(|value| value.parse::<u32>().is_err()) {
            return Err(TargetError::new(
                format!("`{keyword}` cannot be `{value}`"),
                "it is a whole number",
            ));
        }
    }
    Ok(())
}

fn parse_url(rest: &str) -> Result<Parameters, TargetError> {
    let mut given = Parameters::new();
    let (rest, query) = rest
        .split_once('?')
        .map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let hosts = match authority.rsplit_once('@') {
        Some((login, hosts)) => {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            given.insert("user".to_owned(), decode(user)?);
            given.insert("password".to_owned(), decode(password)?);
            hosts
        }
        None => authority,
    };
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = split_host(host)?;
        names.push(decode(name)?);
        ports.push(port.to_owned());
    }
    given.insert("host".to_owned(), join_unless_empty(&names));
    given.insert("port".to_owned(), join_unless_empty(&ports));
    given.insert("dbname".to_owned(), decode(database)?);
    for pair in query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .filter(|pair| !pair.is_empty())
    {
        let (keyword, value) = pair.split_once('=').ok_or_else(|| {
            TargetError::new(
                "a parameter behind `?` has no value",
                "write parameters as ?name=value&name=value",
            )
        })?;
        // JDBC's spelling, which libpq accepts as well.
        let (keyword, value) = match (keyword, value) {
            ("ssl", "true") => ("sslmode".to_owned(), "require".to_owned()),
            _ => (decode(keyword)?, decode(value)?),
        };
        check_keyword(&keyword)?;
        given.insert(keyword, value);
    }
    // What is left empty is not said, and comes from the environment.
    given.retain(|_, value| !value.is_empty());
    Ok(given)
}

fn join_unless_empty(parts: &[String]) -> String {
    if parts.iter().all(String::is_empty) {
        String::new()
    } else {
        parts.join(",")
    }
}

/// `host:port`, `[::1]:port`, either part of which may be missing.
fn split_host(text: &str) -> Result<(&str, &str), TargetError> {
    if let Some(inside) = text.strip_prefix('[') {
        let (name, rest) = inside.split_once(']').ok_or_else(|| {
            TargetError::new(
                "the `[` of an IPv6 address is not closed",
                "write it as [::1]:5432",
            )
        })?;
        return match rest {
            "" => Ok((name, "")),
            _ => rest.strip_prefix(':').map(|port| (name, port)).ok_or_else(|| {
                TargetError::new(
                    "something other than a port follows the `]`",
                    "write it as [::1]:5432",
                )
            }),
        };
    }
    Ok(text.split_once(':').unwrap_or((text, "")))
}

/// `%XX` in a URL.
fn decode(text: &str) -> Result<String, TargetError> {
    let wrong = || {
        TargetError::new(
            "a `%` in the URL is not followed by two hexadecimal digits",
            "write a percent sign of a password as %25",
        )
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            rest.next()
                .and_then(|byte| char::from(byte).to_digit(16))
                .ok_or_else(wrong)
        };
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| TargetError::new("the URL is not UTF-8", "write letters as UTF-8"))
}

/// `key = value key='quoted value'`, with `\` before `'` and `\`.
fn parse_pairs(text: &str) -> Result<Parameters, TargetError> {
    let mut given = Parameters::new();
    let mut letters = text.chars().peekable();
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        if letters.peek().is_none() {
            given.retain(|_, value: &mut String| !value.is_empty());
            return Ok(given);
        }
        let mut keyword = String::new();
        while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace() && *letter != '=') {
            keyword.push(letter);
        }
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        check_keyword(&keyword)?;
        if letters.next() != Some('=') {
            return Err(TargetError::new(
                format!("`{keyword}` is not followed by `=`"),
                "write `host=… dbname=… user=…`, with values that hold spaces in single quotes",
            ));
        }
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        let value = read_value(&mut letters).ok_or_else(|| {
            TargetError::new(
                format!("the quote of `{keyword}` is not closed"),
                "close it with '",
            )
        })?;
        given.insert(keyword, value);
    }
}

fn read_value(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let quoted = letters.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match letters.peek().copied() {
            None => return (!quoted).then_some(value),
            Some('\'') if quoted => {
                letters.next();
                return Some(value);
            }
            Some(letter) if !quoted && letter.is_whitespace() => return Some(value),
            Some('\\') => {
                letters.next();
                value.extend(letters.next());
            }
            Some(letter) => {
                letters.next();
                value.push(letter);
            }
        }
    }
}
