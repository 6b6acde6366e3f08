//! The only place that spells SQL: quoting, and the statements of every kind of object.
//!
//! Everything is spelled with full names, so no statement depends on `search_path`. Expressions and definitions come
//! from the server's own deparser and are passed on as they are.

pub mod alter;
pub mod archive;
mod attached;
mod batch;
pub mod below;
pub mod capture;
mod cast;
mod column;
mod column_archive;
mod comment;
mod compare;
mod computable;
mod concurrently;
mod constraint;
pub mod emulated;
mod exists;
mod exists_rare;
mod expression;
mod foreign;
mod grant;
mod hand;
mod in_list;
mod in_place;
mod index;
mod inheritance;
pub mod labels;
pub mod mirror;
mod namespace;
pub mod nested;
pub mod not_null;
mod object;
mod operator;
mod outdated;
pub mod own_name;
mod partition_rows;
pub mod probe;
mod publication;
mod qualify;
mod query;
mod routine;
pub mod script;
mod sequence;
mod shape;
pub mod split;
mod statement_trigger;
pub mod sync;
mod table;
mod text_search;
mod types;
pub mod unnamed;
mod view;
mod wrapper;
mod write;
mod written;

pub use alter::{create_enum, foreign_key_tail, rename_schema};
pub use attached::{alter_policy, firing, firing_on, or_replace, statistics_target};
pub use batch::{
    KeyPart, Piece, Walk, batch_end, batch_loop, batch_loop_behind, checksum, highest_key, page_condition,
    page_count, range_condition, row_text, sample_keys, verify_loop, verify_loop_behind,
};
pub use column::{
    collation_clause, column_attributes, column_definition, default_storage, identity_clause,
    identity_persistence,
};
pub use column_archive::{ColumnArchive, drop_or_keep_column, make_room};
pub use comment::{column_comment, comment, comments, owner};
pub use compare::{cast_to_compare, differ};
pub use computable::{FOUND, computable, not_computable};
pub use concurrently::{Alone, alone, drop_index_concurrently, vacuum, validates, validates_domain};
pub use constraint::{constraint_definition, constraint_storage, is_over_periods, key_columns};
pub use exists::{exists, owned};
pub use expression::{columns_of, is_constant, over_new, rename_columns, substitute_columns};
pub use foreign::change_options;
pub use grant::{
    around_identity, default_grants, default_privileges_base, given_by_default, grants,
    grants_of_view_column, is_under_default_privileges, may_be_given_more, sequence_of, without_defaults_of,
};
pub use hand::{Hand, ListedColumn, RoutinePieces, TriggerPieces, bare, odd_partition_names};
pub use in_list::{as_first_printed, in_first_words, stable_lists};
pub use in_place::in_place;
pub use index::{index, index_below, index_key, index_statistics, indexes_below, marks_by, partition_marks};
pub use inheritance::leave_to_parents;
pub use nested::{flattened, nested_lists, words_of};
pub use object::{address, around, create, drop, drop_if_there, rename, set_schema};
pub use outdated::{analyze, analyzes, outdates_statistics, writes_rows};
pub use partition_rows::{
    add_bound, fail_unless_rows_are_in, keep_moved_rows, move_rows, move_rows_back,
    unless_default_holds_rows, without_references,
};
pub use probe::{same, turned_into};
pub use qualify::{Named, qualify};
pub use query::rename_columns_in_query;
pub use sequence::{alter_sequence, sequence_options, sequence_owned_by, sequence_persistence};
pub use shape::{explainable, names_table, shape_of_query};
pub use table::{create_and_attach, place, table_settings};
pub use types::{
    AttributeAction, alter_attribute, domain_default, drop_type, is_valid_check, not_valid_check,
};
pub use unnamed::{named, unnamed_constants};
pub use view::{
    beside_mark, cluster_materialized, create_materialized_view, create_or_replace_view,
    create_view_statement, drop_materialized_if_there, drop_second_name, drop_views, fills, is_filled_beside,
    keep, materialized_column, refresh_materialized, rename_materialized, second_name,
};
pub use wrapper::wrapper;
pub use write::{
    Stmt, check, closing, foreign_options, ident, idents, literal, option_list, option_name, parenthesized,
    qualified, quoted_ident, role, with_options,
};
pub use written::{Written, written};
