//! Foreign data wrappers, servers and user mappings.

use super::address::{Address, Class};
use super::reader::{Header, Reader, pairs};
use crate::model::{
    Body, ForeignDataWrapper, ForeignOptions, ForeignServer, Ident, Kind, ObjectId, UserMapping,
};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct WrapperRow {
    oid: u32,
    name: String,
    owner: Ident,
    acl: Option<Vec<String>>,
    handler: Option<String>,
    validator: Option<String>,
    options: Option<Vec<String>>,
}

pub(super) fn read_wrappers(reader: &mut Reader, rows: Vec<WrapperRow>) {
    for row in rows {
        let header = Header::new(row.owner, row.acl);
        let body = ForeignDataWrapper {
            handler: row.handler,
            validator: row.validator,
            options: without_secrets(row.options),
        };
        let address = Address::whole(Class::FOREIGN_DATA_WRAPPER, row.oid);
        let id = ObjectId::global(Kind::ForeignDataWrapper, row.name);
        reader.add(address, id, header, Body::ForeignDataWrapper(body));
    }
}

#[derive(Deserialize)]
pub(super) struct ServerRow {
    oid: u32,
    name: String,
    owner: Ident,
    acl: Option<Vec<String>>,
    wrapper: Ident,
    server_type: Option<String>,
    version: Option<String>,
    options: Option<Vec<String>>,
}

pub(super) fn read_servers(reader: &mut Reader, rows: Vec<ServerRow>) {
    for row in rows {
        let header = Header::new(row.owner, row.acl);
        let body = ForeignServer {
            wrapper: row.wrapper,
            server_type: row.server_type,
            version: row.version,
            options: without_secrets(row.options),
        };
        let address = Address::whole(Class::FOREIGN_SERVER, row.oid);
        let id = ObjectId::global(Kind::ForeignServer, row.name);
        reader.add(address, id, header, Body::ForeignServer(body));
    }
}

#[derive(Deserialize)]
pub(super) struct MappingRow {
    oid: u32,
    user: Option<String>,
    server: String,
    server_oid: u32,
    options: Option<Vec<String>>,
    visible: Option<bool>,
}

pub(super) fn read_mappings(reader: &mut Reader, rows: Vec<MappingRow>) {
    for row in rows {
        // Of a role that is gone.
        let Some(user) = row.user else {
            continue;
        };
        let id = ObjectId {
            args: row.server.into(),
            ..ObjectId::global(Kind::UserMapping, user)
        };
        let visible = row.visible.unwrap_or(false);
        let body = UserMapping {
            options: visible.then(|| without_secrets(row.options)),
        };
        let header = Header::NOBODYS;
        let address = Address::whole(Class::USER_MAPPING, row.oid);
        let slot = reader.add(address, id, header, Body::UserMapping(body));
        let server = reader
            .directory
            .at(Address::whole(Class::FOREIGN_SERVER, row.server_oid));
        if let (Some(slot), Some(server)) = (slot, server) {
            reader.depends(slot, server);
        }
    }
}

/// Options sorted by name; of secret ones the name alone goes on from here.
fn without_secrets(options: Option<Vec<String>>) -> ForeignOptions {
    let (secret, mut plain): (Vec<_>, Vec<_>) =
        pairs(options).into_iter().partition(|(name, _)| is_secret(name));
    plain.sort();
    let mut secret: Vec<String> = secret.into_iter().map(|(name, _)| name).collect();
    secret.sort();
    ForeignOptions { plain, secret }
}

/// What wrappers call their passwords, keys and tokens. File names and switches (`sslkey`, `password_required`) are none.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = [
        "password",
        "passwd",
        "passcode",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "credential",
        "api_key",
        "apikey",
        "access_key",
        "private_key",
        "account_key",
    ];
    let harmless = ["_required", "_file", "_path", "_id", "_name"];
    words.iter().any(|word| name.contains(word)) && !harmless.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_secret_goes_nowhere() {
        let options = [
            "user=app",
            "password=hunter2",
            "AWS_Secret_Access_Key=x",
            "password_required=false",
        ];
        let found = without_secrets(Some(options.map(str::to_owned).to_vec()));
        assert_eq!(found.secret, ["AWS_Secret_Access_Key", "password"]);
        let names: Vec<&str> = found.plain.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["password_required", "user"]);
        assert!(!format!("{found:?}").contains("hunter2"));
    }
}
