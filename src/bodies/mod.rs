//! What the bodies of SQL and PL/pgSQL functions use, and the names in any statement.

mod tree;

pub use tree::{Mentions, Name, Space, constant_text, mentions, node, strings};

use crate::model::Catalog;

/// Adds to every function and procedure the edges to what its body uses.
pub fn add_body_dependencies(_catalog: &mut Catalog) {}
