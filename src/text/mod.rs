//! Source files, places in them, diagnostics, and the grammar of directives.

mod diagnostic;
mod digest;
mod directive;
mod origin;
mod shared;
mod small_set;
mod source;
mod split_from;
mod translation;

pub use diagnostic::{Diagnostic, Label, Look, Severity, render_all};
pub use digest::digest;
pub use directive::{Directive, DirectiveKind, Strategy, dotted_name, parse_comment};
pub use origin::Origin;
pub use shared::Shared;
pub use small_set::SmallSet;
pub use source::{SourceFile, Span, shown_path};
pub use split_from::SplitFrom;
pub use translation::{Piece, Translation};
