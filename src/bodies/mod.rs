//! What the bodies of SQL and PL/pgSQL functions use, and the names in any statement.

mod tree;

pub use tree::{Mentions, Name, Space, constant_text, mentions, node, strings};
