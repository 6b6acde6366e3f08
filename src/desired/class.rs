//! What to do with a statement of a schema file.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableType, ObjectType};

/// The ways a statement is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It describes the schema: executed.
    Schema,
    /// It moves or reads data: skipped, with a warning.
    Data,
    /// SET, RESET, set_config.
    Session,
    /// BEGIN, COMMIT and their like.
    Transaction,
    /// CREATE ROLE, CREATE TABLESPACE: a stand-in is made.
    StandIn,
    /// Something that is left alone: skipped, with a warning that says what it is.
    NotManaged(&'static str),
    /// Nothing to do and nothing to say.
    Nothing,
    /// What cannot describe a schema: its name, and what to do instead.
    Refused(&'static str, &'static str),
}

const ROLES: &str = "roles";
const DATABASES: &str = "databases";
const TABLESPACES: &str = "tablespaces";
const SUBSCRIPTIONS: &str = "subscriptions";

/// Sorts a statement.
pub(super) fn classify(node: &NodeEnum) -> Class {
    use NodeEnum::*;
    match node {
        InsertStmt(_)
        | UpdateStmt(_)
        | DeleteStmt(_)
        | MergeStmt(_)
        | CopyStmt(_)
        | TruncateStmt(_)
        | CallStmt(_)
        | RefreshMatViewStmt(_)
        | LockStmt(_)
        | ExplainStmt(_)
        | PrepareStmt(_)
        | ExecuteStmt(_)
        | DeallocateStmt(_)
        | DeclareCursorStmt(_)
        | ClosePortalStmt(_)
        | FetchStmt(_)
        | NotifyStmt(_)
        | ListenStmt(_)
        | UnlistenStmt(_)
        | LoadStmt(_) => Class::Data,
        SelectStmt(query) if query.into_clause.is_none() => Class::Data,
        VacuumStmt(vacuum) if !vacuum.is_vacuumcmd => Class::Data,
        VariableSetStmt(_) => Class::Session,
        TransactionStmt(_) => Class::Transaction,
        CreateRoleStmt(_) | CreateTableSpaceStmt(_) => Class::StandIn,
        VariableShowStmt(_) | CheckPointStmt(_) | DiscardStmt(_) | ConstraintsSetStmt(_) => Class::Nothing,
        _ => outside_of_schema(node),
    }
}

fn outside_of_schema(node: &NodeEnum) -> Class {
    use NodeEnum::*;
    match node {
        CreatedbStmt(_) => Class::Refused(
            "CREATE DATABASE",
            "leave it out: `--url` says which database the schema belongs to",
        ),
        DropdbStmt(_) => Class::Refused(
            "DROP DATABASE",
            "leave it out: a schema file says what should be there, never what to remove",
        ),
        AlterSystemStmt(_) => Class::Refused("ALTER SYSTEM", "set it where the server is configured"),
        VacuumStmt(_) => Class::Refused("VACUUM", "leave it out: maintenance is no part of a schema"),
        ReindexStmt(_) => Class::Refused(
            "REINDEX",
            "leave it out: `schemaplan doctor` finds invalid indexes, and a plan repairs them",
        ),
        DropOwnedStmt(_) => Class::Refused(
            "DROP OWNED",
            "leave it out: a schema file says what should be there",
        ),
        ReassignOwnedStmt(_) => Class::Refused("REASSIGN OWNED", "write `ALTER … OWNER TO` for each object"),
        AlterRoleStmt(_) | DropRoleStmt(_) | GrantRoleStmt(_) => Class::NotManaged(ROLES),
        AlterRoleSetStmt(_) => Class::NotManaged("settings of roles"),
        AlterDatabaseSetStmt(_) => Class::NotManaged("settings of databases"),
        AlterDatabaseStmt(_) | AlterDatabaseRefreshCollStmt(_) => Class::NotManaged(DATABASES),
        CreateSubscriptionStmt(_) | AlterSubscriptionStmt(_) | DropSubscriptionStmt(_) => {
            Class::NotManaged(SUBSCRIPTIONS)
        }
        SecLabelStmt(_) => Class::NotManaged("security labels"),
        AlterTableSpaceOptionsStmt(_) | DropTableSpaceStmt(_) | AlterTableMoveAllStmt(_) => {
            Class::NotManaged(TABLESPACES)
        }
        CommentStmt(s) => object(s.objtype),
        AlterOwnerStmt(s) => object(s.object_type),
        RenameStmt(s) => object(s.rename_type),
        GrantStmt(s) => object(s.objtype),
        DropStmt(s) => object(s.remove_type),
        _ => Class::Schema,
    }
}

fn object(kind: i32) -> Class {
    match ObjectType::try_from(kind) {
        Ok(ObjectType::ObjectDatabase) => Class::NotManaged(DATABASES),
        Ok(ObjectType::ObjectRole) => Class::NotManaged(ROLES),
        Ok(ObjectType::ObjectTablespace) => Class::NotManaged(TABLESPACES),
        Ok(ObjectType::ObjectSubscription) => Class::NotManaged(SUBSCRIPTIONS),
        Ok(ObjectType::ObjectParameterAcl) => Class::NotManaged("privileges on server settings"),
        Ok(ObjectType::ObjectLargeobject) => Class::NotManaged("large objects"),
        _ => Class::Schema,
    }
}

/// True for ALTER DEFAULT PRIVILEGES.
pub(super) fn is_default_privileges(text: &str) -> bool {
    let mut words = text.split_whitespace().take(3);
    ["ALTER", "DEFAULT", "PRIVILEGES"]
        .iter()
        .all(|wanted| words.next().is_some_and(|word| word.eq_ignore_ascii_case(wanted)))
}

/// True where the statement says CONCURRENTLY, which no transaction takes and which schemaplan decides by itself.
pub(super) fn is_concurrent(node: &NodeEnum) -> bool {
    match node {
        NodeEnum::IndexStmt(s) => s.concurrent,
        NodeEnum::DropStmt(s) => s.concurrent,
        NodeEnum::AlterTableStmt(s) => s.cmds.iter().any(|command| match &command.node {
            Some(NodeEnum::AlterTableCmd(command)) => {
                let detaches = command.subtype == AlterTableType::AtDetachPartition as i32;
                let inner = command.def.as_ref().and_then(|def| def.node.as_ref());
                detaches && matches!(inner, Some(NodeEnum::PartitionCmd(partition)) if partition.concurrent)
            }
            _ => false,
        }),
        _ => false,
    }
}
