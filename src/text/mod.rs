//! Source files, places in them, diagnostics, and the grammar of directives.

mod directive;
mod origin;

pub use directive::{Directive, DirectiveKind, Strategy};
pub use origin::Origin;
