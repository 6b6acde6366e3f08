//! Comment, owner and privileges of an object.

use super::value::Yaml;
use super::{Writer, exact};
use crate::export::prepare::fresh_grants;
use crate::model::{Grant, Grantee, Object};
use crate::sql;
use std::collections::BTreeMap;

impl Writer<'_> {
    /// What the keys `comment`, `owner` and `grants` say.
    pub(super) fn owned(&self, object: &Object, entries: &mut Vec<(String, Yaml)>) {
        if let Some(comment) = &object.comment {
            entries.push(("comment".to_owned(), Yaml::text(comment.as_str())));
        }
        if let (true, Some(owner)) = (object.owner_declared, &object.owner)
            && sql::owner(object, owner).is_some()
        {
            entries.push(("owner".to_owned(), Yaml::text(exact(owner.as_str()))));
        }
        if let Some(grants) = self.plain_grants(object) {
            let entry = |(role, privileges): (String, Vec<String>)| (role, Yaml::texts(privileges));
            entries.push((
                "grants".to_owned(),
                Yaml::Map(grants.into_iter().map(entry).collect()),
            ));
        }
    }

    /// The statements for what those keys cannot say: revoked privileges, grant options, privileges on columns.
    pub(super) fn leftovers(&self, object: &Object) -> Vec<String> {
        let mut rest = object.clone();
        rest.comment = None;
        let plain = self.plain_grants(object).is_some();
        if plain {
            rest.grants_declared = false;
        }
        rest.owner_declared = false;
        let mut statements = sql::around(&rest, self.homes.catalog);
        if !plain && object.owner_declared {
            // Whose the privileges are is known from the owner, whom a key names.
            rest.owner_declared = true;
            statements = sql::around(&rest, self.homes.catalog);
            statements.retain(|statement| !statement.as_str().contains(" OWNER TO "));
        }
        statements
            .iter()
            .map(|statement| self.hand.statement(statement))
            .collect()
    }

    /// Privileges by role, where granting them is all there is to do.
    fn plain_grants(&self, object: &Object) -> Option<BTreeMap<String, Vec<String>>> {
        if !object.grants_declared || sql::may_be_given_more(object, self.homes.catalog) {
            return None;
        }
        let fresh = fresh_grants(&object.id, self.homes.catalog.major());
        let more: Vec<&Grant> = object
            .grants
            .iter()
            .filter(|grant| !fresh.contains(grant))
            .collect();
        let simple = |grant: &&Grant| !grant.grantable && matches!(grant.grantee, Grantee::Role(_));
        if !fresh.iter().all(|grant| object.grants.contains(grant))
            || !more.iter().all(simple)
            || more.is_empty()
        {
            return None;
        }
        let mut by_role: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for grant in more {
            if let Grantee::Role(role) = &grant.grantee {
                let privileges = by_role.entry(exact(role.as_str())).or_default();
                privileges.push(grant.privilege.to_ascii_lowercase());
            }
        }
        Some(by_role)
    }
}
