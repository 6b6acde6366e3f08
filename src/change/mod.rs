//! Changes: what differs between the database and the files, and the recipe that closes each difference.
//!
//! One file per change kind. Its doc comment is the manual that `schemaplan explain` prints. Recipes are pure: they see
//! both catalogs and the policy, and return steps in order; needs that follow from the catalog are added by `plan/`.

mod adoption;
pub mod archive;
pub mod archive_as_text;
pub mod around;
pub mod beside;
mod both_names;
pub mod build;
pub mod carry;
mod complete_index;
pub mod conditions;
pub mod constrain_domain;
mod context;
pub mod default_partition;
pub mod exchange_type;
pub mod foreign_anew;
mod foreign_key_below;
pub mod former_names;
pub mod given_by_default;
pub mod hung_keys;
mod kept_values;
mod key_below;
mod locks_beside;
mod making_room;
mod overload;
pub mod own_parts;
pub mod partition_bound;
pub mod partition_name;
mod partition_tree;
mod persistence;
mod policy;
mod renamed_catalog;
pub mod renamed_column;
mod replace_below;
pub(crate) mod replaced;
pub mod shared_children;
mod trigger_below;
mod wrapped;

pub use context::{Context, carrying, handover, made_again, restoring};
pub use policy::{Manage, Policy, StrategyChoice};
pub use replaced::is_replaced;

use crate::model::ObjectId;
use crate::step::Step;
use crate::text::Origin;
use serde::{Deserialize, Serialize};

/// What is done to an object, for reports and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// It is new.
    Create,
    /// It changes in place.
    Alter,
    /// It goes.
    Drop,
    /// It is dropped and made again, with all that hung on it.
    Recreate,
    /// It gets another name.
    Rename,
}

/// One thing that differs: `type  integer → bigint`. Either side may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailLine {
    /// The property, in a DBA's words.
    pub what: String,
    /// As it is.
    pub old: Option<String>,
    /// As desired.
    pub new: Option<String>,
}

impl DetailLine {
    /// A line with both sides, empty strings counting as missing.
    pub fn new(what: &str, old: impl Into<String>, new: impl Into<String>) -> Self {
        let side = |text: String| (!text.is_empty()).then_some(text);
        Self {
            what: what.to_owned(),
            old: side(old.into()),
            new: side(new.into()),
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The object, by its desired identity.
    pub object: ObjectId,
    /// The word for its kind: `procedure`.
    pub word: &'static str,
    /// What is done to it.
    pub verb: Verb,
    /// The file and line that ask for it.
    pub origin: Option<Origin>,
    /// What differs.
    pub lines: Vec<DetailLine>,
    /// Old and new text, for what is best shown as a line diff (views, functions).
    pub text: Option<(String, String)>,
    /// Which kind of change it is, with what its recipe needs to know.
    pub detail: Detail,
}

impl Change {
    /// A change without lines.
    pub fn new(object: ObjectId, verb: Verb, detail: Detail) -> Self {
        Self {
            word: object.kind.tag(),
            object,
            verb,
            origin: None,
            lines: Vec::new(),
            text: None,
            detail,
        }
    }

    /// The change kind's code: `set_not_null`.
    pub fn code(&self) -> &'static str {
        self.detail.code()
    }

    /// The steps of the recipe, in order.
    pub fn steps(&self, context: &Context) -> Vec<Step> {
        let mut steps = self.detail.steps(self, context);
        for step in &mut steps {
            if step.origin.is_none() {
                step.origin = self.origin.clone();
            }
        }
        steps
    }
}

macro_rules! changes {
    ($($module:ident $variant:ident $code:literal;)+) => {
        $(pub mod $module;)+

        /// The registry of change kinds.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Detail { $(#[allow(missing_docs)] $variant($module::$variant),)+ }

        impl Detail {
            /// The code of the kind.
            pub fn code(&self) -> &'static str {
                match self { $(Detail::$variant(_) => $code,)+ }
            }

            fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
                match self { $(Detail::$variant(detail) => detail.steps(change, context),)+ }
            }
        }

        /// Every change kind's code with its manual.
        pub const MANUALS: &[(&str, &str)] = &[$(($code, $module::MANUAL),)+];
    };
}

impl Detail {
    /// The transaction that the change shares with others, where it names one.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Detail::ChangeType(detail) => Some(&detail.unit),
            Detail::ChangeGenerated(detail) => Some(&detail.unit),
            Detail::ChangeDefault(detail) => detail.unit.as_deref(),
            Detail::Redefine(detail) => Some(&detail.unit),
            Detail::RebuildEnum(detail) => Some(&detail.unit),
            Detail::RebuildDomain(detail) => Some(&detail.unit),
            Detail::RebuildType(detail) => Some(&detail.unit),
            _ => None,
        }
    }
}

changes! {
    create_object CreateObject "create_object";
    drop_object DropObject "drop_object";
    redefine Redefine "redefine";
    replace_code ReplaceCode "replace_code";
    rename_object RenameObject "rename_object";
    drop_table DropTable "drop_table";
    replace_table ReplaceTable "replace_table";
    split_table SplitTable "split_table";
    merge_table MergeTable "merge_table";
    add_column AddColumn "add_column";
    drop_column DropColumn "drop_column";
    rename_column RenameColumn "rename_column";
    change_type ChangeType "change_type";
    change_default ChangeDefault "change_default";
    set_not_null SetNotNull "set_not_null";
    drop_not_null DropNotNull "drop_not_null";
    change_identity ChangeIdentity "change_identity";
    change_generated ChangeGenerated "change_generated";
    set_expression SetExpression "set_expression";
    emulate_generated EmulateGenerated "emulate_generated";
    change_setting ChangeSetting "change_setting";
    add_check AddCheck "add_check";
    add_foreign_key AddForeignKey "add_foreign_key";
    add_key AddKey "add_key";
    drop_constraint DropConstraint "drop_constraint";
    replace_constraint ReplaceConstraint "replace_constraint";
    validate_constraint ValidateConstraint "validate_constraint";
    create_index CreateIndex "create_index";
    drop_index DropIndex "drop_index";
    replace_index ReplaceIndex "replace_index";
    change_partition ChangePartition "change_partition";
    change_enum ChangeEnum "change_enum";
    keep_label KeepLabel "keep_label";
    rebuild_enum RebuildEnum "rebuild_enum";
    rebuild_domain RebuildDomain "rebuild_domain";
    rebuild_type RebuildType "rebuild_type";
    change_sequence ChangeSequence "change_sequence";
    set_comment SetComment "set_comment";
    set_owner SetOwner "set_owner";
    set_grants SetGrants "set_grants";
    unsupported Unsupported "unsupported";
}

/// The manual of a change kind.
pub fn manual(code: &str) -> Option<&'static str> {
    MANUALS
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, manual)| *manual)
}
