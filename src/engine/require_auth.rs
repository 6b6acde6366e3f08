//! `require_auth`: how the server may have us prove who we are. Its request is looked at before it is answered; where it asks for
//! something else, nothing is sent.

use std::collections::BTreeSet;
use std::io;

use super::target::TargetError;

/// A way to prove who one is, by the name that libpq has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Method {
    Password,
    Md5,
    Gss,
    Sspi,
    Scram,
    OAuth,
    /// The server lets us in without asking.
    None,
}

const METHODS: [(&str, Method); 7] = [
    ("password", Method::Password),
    ("md5", Method::Md5),
    ("gss", Method::Gss),
    ("sspi", Method::Sspi),
    ("scram-sha-256", Method::Scram),
    ("oauth", Method::OAuth),
    ("none", Method::None),
];

/// The methods that are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowed {
    methods: BTreeSet<Method>,
    /// As it was written.
    text: String,
}

/// What begins the reason why a server was left.
const REASON: &str = "`require_auth`";

/// True of the words of an error that [`Allowed::judge`] made.
pub(super) fn is_reason(said: &str) -> bool {
    said.contains(REASON)
}

impl Allowed {
    /// Reads a list as libpq does: methods that are allowed, or methods that are not, each behind a `!`.
    pub(super) fn parse(text: &str) -> Result<Self, TargetError> {
        let wrong = |what: String| {
            let names: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
            let hint = format!(
                "it is a list without blanks of {}, or of the same behind `!`",
                names.join(", ")
            );
            TargetError::new(what, hint)
        };
        let mut named = BTreeSet::new();
        let mut negated = None;
        for word in text.split(',') {
            let (is_negated, name) = word.strip_prefix('!').map_or((false, word), |name| (true, name));
            let Some((_, method)) = METHODS.iter().find(|(known, _)| *known == name) else {
                return Err(wrong(format!("`require_auth` cannot hold `{word}`")));
            };
            if *negated.get_or_insert(is_negated) != is_negated {
                return Err(wrong(
                    "`require_auth` names methods with and without `!`".to_owned(),
                ));
            }
            if !named.insert(*method) {
                return Err(wrong(format!("`require_auth` holds `{word}` twice")));
            }
        }
        let methods = METHODS.iter().map(|(_, method)| *method);
        Ok(Self {
            methods: methods
                .filter(|method| named.contains(method) != negated.unwrap_or(false))
                .collect(),
            text: text.to_owned(),
        })
    }

    /// Looks at a request.
    fn judge(&self, method: Method) -> io::Result<()> {
        if self.methods.contains(&method) {
            return Ok(());
        }
        let asks = match method {
            Method::Password => "it asks for the password in clear text",
            Method::Md5 => "it asks for the password by md5",
            Method::Gss => "it asks for Kerberos (gss)",
            Method::Sspi => "it asks for sspi",
            Method::Scram => "it asks for the password by scram-sha-256",
            Method::OAuth => "it asks for a mechanism of SASL other than scram-sha-256",
            Method::None => "it asks for no proof of who we are (none)",
        };
        Err(io::Error::other(format!(
            "{asks}, which {REASON} ({}) does not allow; it was told nothing",
            self.text
        )))
    }
}

/// A server's message is not longer than this before we are let in.
const LONGEST: usize = 30_000;
/// The type of a message and its length.
const HEAD: usize = 5;

/// What the server says until it has let us in. Whole messages pass when they have been looked at.
#[derive(Debug)]
pub(super) struct Gate {
    allowed: Allowed,
    held: Vec<u8>,
    /// So many bytes of `held` may pass.
    passed: usize,
    asked: bool,
    open: bool,
}

impl Gate {
    pub(super) fn new(allowed: Allowed) -> Self {
        Self {
            allowed,
            held: Vec::new(),
            passed: 0,
            asked: false,
            open: false,
        }
    }

    /// True when nothing is looked at any more and all has been taken.
    pub(super) fn is_left(&self) -> bool {
        self.open && self.held.is_empty()
    }

    /// What came in.
    ///
    /// # Errors
    /// What the server asks for is not allowed, or no such server speaks.
    pub(super) fn take_in(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(bytes);
        while !self.open {
            let rest = &self.held[self.passed..];
            let Some(head) = rest.get(..HEAD) else {
                return Ok(());
            };
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if !(HEAD - 1..=LONGEST).contains(&length) {
                return Err(io::Error::other(
                    "what answers there does not speak as a PostgreSQL server",
                ));
            }
            let Some(message) = rest.get(..=length) else {
                return Ok(());
            };
            if message[0] == b'R' {
                let method = requested(&message[HEAD..], self.asked);
                if let Some(method) = method {
                    self.allowed.judge(method)?;
                }
                self.open = is_ok(&message[HEAD..]);
                self.asked = true;
            }
            self.passed += length + 1;
        }
        self.passed = self.held.len();
        Ok(())
    }

    /// Takes off what may pass, so many bytes at most.
    pub(super) fn hand_out(&mut self, most: usize) -> Vec<u8> {
        let count = self.passed.min(most);
        self.passed -= count;
        self.held.drain(..count).collect()
    }
}

fn code(body: &[u8]) -> Option<u32> {
    let code = body.get(..4)?;
    Some(u32::from_be_bytes([code[0], code[1], code[2], code[3]]))
}

fn is_ok(body: &[u8]) -> bool {
    code(body) == Some(0)
}

/// The method that a request begins; none where it goes on with one, or is of a kind that nobody answers.
fn requested(body: &[u8], asked: bool) -> Option<Method> {
    match code(body)? {
        0 if !asked => Some(Method::None),
        3 => Some(Method::Password),
        5 => Some(Method::Md5),
        7 => Some(Method::Gss),
        9 => Some(Method::Sspi),
        10 => {
            let scram = body[4..]
                .split(|byte| *byte == 0)
                .any(|mechanism| mechanism.starts_with(b"SCRAM-SHA-256"));
            Some(if scram { Method::Scram } else { Method::OAuth })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind], &length[..], body].concat()
    }

    fn request(code: u32, more: &[u8]) -> Vec<u8> {
        message(b'R', &[&code.to_be_bytes(), more].concat())
    }

    /// What passes of an answer that comes in pieces of so many bytes.
    fn passes(list: &str, bytes: &[u8], piece: usize) -> Result<Vec<u8>, String> {
        let mut gate = Gate::new(Allowed::parse(list).map_err(|error| error.what)?);
        let mut out = Vec::new();
        for piece in bytes.chunks(piece) {
            gate.take_in(piece).map_err(|error| error.to_string())?;
            out.extend(gate.hand_out(3));
            out.extend(gate.hand_out(usize::MAX));
        }
        Ok(out)
    }

    #[test]
    fn lists_are_read_as_libpq_does() {
        for (text, wanted) in [
            ("passwort", "cannot hold `passwort`"),
            ("md5, none", "cannot hold ` none`"),
            ("md5,!none", "with and without `!`"),
            ("md5,md5", "holds `md5` twice"),
            ("", "cannot hold ``"),
        ] {
            let error = Allowed::parse(text).unwrap_err();
            assert!(error.what.contains(wanted), "{text}: {error}");
        }
        let without = Allowed::parse("!password,!md5").unwrap();
        assert_eq!(without.methods.len(), METHODS.len() - 2);
        assert!(without.judge(Method::None).is_ok() && without.judge(Method::Md5).is_err());
    }

    #[test]
    fn what_is_not_allowed_never_passes_whatever_the_pieces() {
        let ok = request(0, &[]);
        let scram = [
            request(10, b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"),
            request(11, b"r="),
            request(12, b"v="),
            ok.clone(),
        ]
        .concat();
        let clear = [request(3, &[]), ok.clone()].concat();
        let hashed = [request(5, &[1, 2, 3, 4]), ok.clone()].concat();
        let other = [request(10, b"OAUTHBEARER\0\0"), ok.clone()].concat();
        let behind = message(b'Z', b"I");
        for piece in [1, 2, 7, 4096] {
            for (list, answer, allowed) in [
                ("scram-sha-256", &scram, true),
                ("password", &clear, true),
                ("!scram-sha-256", &hashed, true),
                ("none", &ok, true),
                ("!password", &ok, true),
                ("scram-sha-256", &clear, false),
                ("scram-sha-256", &hashed, false),
                ("scram-sha-256", &other, false),
                ("scram-sha-256", &ok, false),
                ("!none", &ok, false),
                ("none,md5", &scram, false),
            ] {
                let answer = [answer.as_slice(), &behind].concat();
                let passed = passes(list, &answer, piece);
                match allowed {
                    true => assert_eq!(passed.as_ref(), Ok(&answer), "{list} {piece}"),
                    false => assert!(is_reason(&passed.unwrap_err()), "{list} {piece}"),
                }
            }
            // A refusal passes before anything is asked; a length out of all bounds does not.
            let error = message(b'E', b"SFATAL\0\0");
            assert_eq!(passes("scram-sha-256", &error, piece), Ok(error));
            assert!(passes("none", b"HTTP/1.1 400 Bad Request", piece).is_err());
        }
    }
}
