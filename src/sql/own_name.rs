//! Names of what recipes put beside the user's objects.

use crate::model::Ident;

/// What the names of copies begin with, see [`shadow_name`].
pub const SHADOW: &str = "schemaplan_new_";

/// What the names of former ones begin with, see [`former_name`].
pub const FORMER: &str = "schemaplan_old_";

/// The mark of rows that are still owed to a column.
pub fn todo_name(column: &Ident) -> Ident {
    support_name("schemaplan_todo_", column)
}

/// The CHECK that proves NOT NULL.
pub fn not_null_check_name(column: &Ident) -> Ident {
    support_name("schemaplan_nn_", column)
}

/// The CHECK that rejects the former labels of an enum.
pub fn nolabel_name(column: &Ident) -> Ident {
    support_name("schemaplan_nolabel_", column)
}

/// The name beside the one that is there, before the cut-over: of a column's shadow, of the copy of an index, of a table.
pub fn shadow_name(column: &Ident) -> Ident {
    support_name(SHADOW, column)
}

/// The name of what a cut-over has replaced, as long as it is kept.
pub fn former_name(column: &Ident) -> Ident {
    support_name(FORMER, column)
}

/// A column kept in place because it could not be archived.
pub fn kept_name(column: &Ident) -> Ident {
    support_name("schemaplan_kept_", column)
}

/// A prefix and a name, cut to what a name may have.
pub fn support_name(prefix: &str, name: &Ident) -> Ident {
    fit(format!("{prefix}{name}"))
}

/// A name cut to 63 bytes the way all our names are: first 54 bytes, `_`, 8 hex digits of the whole.
pub fn fit(whole: String) -> Ident {
    if whole.len() <= 63 {
        return Ident::new(whole);
    }
    let mut end = 54;
    while !whole.is_char_boundary(end) {
        end -= 1;
    }
    let mut hash: u32 = 2_166_136_261;
    for byte in whole.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    }
    Ident::new(format!("{}_{hash:08x}", &whole[..end]))
}
