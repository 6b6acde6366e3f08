//! Access control lists: `role=arw*/grantor` as the server prints it.

use crate::model::{Grant, Grantee, Ident};
use std::collections::BTreeMap;

/// The privilege behind a letter of an ACL.
fn privilege(letter: char) -> &'static str {
    match letter {
        'r' => "SELECT",
        'a' => "INSERT",
        'w' => "UPDATE",
        'd' => "DELETE",
        'D' => "TRUNCATE",
        'x' => "REFERENCES",
        't' => "TRIGGER",
        'm' => "MAINTAIN",
        'X' => "EXECUTE",
        'U' => "USAGE",
        'C' => "CREATE",
        'c' => "CONNECT",
        'T' => "TEMPORARY",
        's' => "SET",
        'A' => "ALTER SYSTEM",
        _ => "UNKNOWN",
    }
}

/// The privileges of an ACL, sorted. The same privilege from two grantors counts once, with the grant option of either.
pub(super) fn grants(acl: &[String], owner: Option<&Ident>) -> Vec<Grant> {
    let mut held: BTreeMap<(Grantee, &'static str), bool> = BTreeMap::new();
    for item in acl {
        let (name, rest) = grantee(item);
        let grantee = match owner {
            _ if name.is_empty() => Grantee::Public,
            Some(owner) if owner.as_str() == name => Grantee::Owner,
            _ => Grantee::Role(Ident::new(name)),
        };
        let letters = rest.split('/').next().unwrap_or_default();
        let mut last = None;
        for letter in letters.chars() {
            if letter == '*' {
                if let Some(grantable) = last.take().and_then(|key| held.get_mut(&key)) {
                    *grantable = true;
                }
            } else {
                let key = (grantee.clone(), privilege(letter));
                held.entry(key.clone()).or_insert(false);
                last = Some(key);
            }
        }
    }
    let mut grants: Vec<Grant> = held
        .into_iter()
        .map(|((grantee, privilege), grantable)| Grant {
            grantee,
            privilege: privilege.to_owned(),
            grantable,
        })
        .collect();
    grants.sort();
    grants
}

/// What other roles than the owner have granted: neither GRANT nor REVOKE of the owner reaches it.
pub(super) fn by_others<'a>(acl: &'a [String], owner: &'a Ident) -> impl Iterator<Item = String> + 'a {
    acl.iter().filter_map(move |item| {
        let (name, rest) = grantee(item);
        let (letters, grantor) = rest.split_once('/')?;
        let (grantor, _) = grantee(grantor);
        if grantor == owner.as_str() {
            return None;
        }
        let words = letters.chars().filter(|letter| *letter != '*').map(privilege);
        let words = words.collect::<Vec<&str>>().join(", ");
        let to = if name.is_empty() { "PUBLIC" } else { &name };
        Some(format!("{words} to {to} by {grantor}"))
    })
}

/// The name before `=`, unquoted, and what follows the sign.
fn grantee(item: &str) -> (String, &str) {
    let mut name = String::new();
    let mut quoted = false;
    let mut chars = item.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if quoted && chars.peek().is_some_and(|(_, next)| *next == '"') => {
                name.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            '=' if !quoted => return (name, &item[at + 1..]),
            _ => name.push(c),
        }
    }
    (name, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(grantee: Grantee, privilege: &str, grantable: bool) -> Grant {
        Grant {
            grantee,
            privilege: privilege.to_owned(),
            grantable,
        }
    }

    #[test]
    fn what_others_granted_is_told_apart() {
        let acl = ["app=r*w/shop", "\"odd role\"=aX/\"o/ther\"", "=r/\"shop\""].map(str::to_owned);
        let found: Vec<String> = by_others(&acl, &Ident::from("shop")).collect();
        assert_eq!(found, ["INSERT, EXECUTE to odd role by o/ther"]);
    }

    #[test]
    fn an_acl_is_read_with_owner_public_roles_and_grant_options() {
        let acl = [
            "shop=r/shop".to_owned(),
            "=r/shop".to_owned(),
            "app=r*w/shop".to_owned(),
            "app=w*/other".to_owned(),
            "\"odd=\"\"role\"=a/shop".to_owned(),
        ];
        let app = Grantee::Role(Ident::from("app"));
        assert_eq!(
            grants(&acl, Some(&Ident::from("shop"))),
            [
                grant(Grantee::Public, "SELECT", false),
                grant(Grantee::Owner, "SELECT", false),
                grant(app.clone(), "SELECT", true),
                grant(app, "UPDATE", true),
                grant(Grantee::Role(Ident::from("odd=\"role")), "INSERT", false),
            ]
        );
    }
}
