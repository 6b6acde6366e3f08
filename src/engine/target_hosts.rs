//! The servers that a connection string names.

use std::net::IpAddr;
use std::path::Path;

use super::target::TargetError;
use super::target_text::Parameters;

pub(super) const DEFAULT_PORT: u16 = 5432;
/// Where distributions' libpq looks for a local server.
pub(super) const SOCKET_FOLDERS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// A name, or a socket's folder where it begins with `/`.
    pub(super) name: String,
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
}

impl Host {
    pub(super) fn is_socket(&self) -> bool {
        self.name.starts_with('/')
    }
}

/// Hosts, addresses and ports are lists of the same length; one port goes for all.
pub(super) fn hosts(given: &Parameters) -> Result<Vec<Host>, TargetError> {
    let list = |keyword: &str| -> Vec<&str> {
        given
            .get(keyword)
            .map(|text| text.split(',').map(str::trim).collect())
            .unwrap_or_default()
    };
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = names.len().max(addresses.len()).max(1);
    let uneven = |found: usize| found != 0 && found != count;
    if uneven(names.len()) || uneven(addresses.len()) || (uneven(ports.len()) && ports.len() != 1) {
        return Err(TargetError::new(
            format!("{count} hosts are named, and {} ports", ports.len()),
            "name one port for each host, or one for all",
        ));
    }
    let at = |list: &[&str], position: usize| -> Option<String> {
        list.get(position)
            .filter(|text| !text.is_empty())
            .map(|text| (*text).to_owned())
    };
    (0..count)
        .map(|position| {
            let port = match at(&ports, if ports.len() == 1 { 0 } else { position }) {
                None => DEFAULT_PORT,
                // The text is not repeated: behind a `/` or `@` in a password it may be a part of that.
                Some(text) => text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
                    TargetError::new(
                        "the port is no number between 1 and 65535",
                        "write special letters of a password in a URL as %XX: `/` is %2F, `@` is %40, `:` is %3A",
                    )
                })?,
            };
            let address = at(&addresses, position)
                .map(|text| text.parse::<IpAddr>())
                .transpose()
                .map_err(|_| TargetError::new("`hostaddr` is no IP address", "write it like 10.0.0.7 or ::1"))?;
            let name = at(&names, position)
                .or_else(|| address.map(|address| address.to_string()))
                .unwrap_or_else(|| local_socket(port));
            Ok(Host { name, address, port })
        })
        .collect()
}

/// The folder of the local server's socket; where there is none, the local machine over TCP.
fn local_socket(port: u16) -> String {
    SOCKET_FOLDERS
        .into_iter()
        .find(|folder| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists())
        .unwrap_or("localhost")
        .to_owned()
}
