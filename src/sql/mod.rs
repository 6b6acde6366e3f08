//! The only place that spells SQL: quoting, statements and statement families.

mod write;

pub use write::{Stmt, ident, literal, qualified};
