//! Functions, procedures and aggregates.

use super::{Ident, TypeName};
use serde::{Deserialize, Serialize};

/// `pg_proc.prokind` of what is not an aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutineKind {
    /// FUNCTION.
    Function,
    /// PROCEDURE.
    Procedure,
    /// WINDOW function.
    Window,
}

/// One argument of a routine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name, empty where it has none.
    pub name: Ident,
    /// `in`, `out`, `inout`, `variadic`, `table`.
    pub mode: String,
    /// Its type.
    pub data_type: TypeName,
}

/// A function or procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Function, procedure or window function.
    pub routine: RoutineKind,
    /// Its arguments in order.
    pub arguments: Vec<Argument>,
    /// How many of the input arguments have a default.
    pub defaults: u32,
    /// `pg_get_function_result`, none for a procedure.
    pub result: Option<String>,
    /// `sql`, `plpgsql`, `c`, …
    pub language: Ident,
    /// The source text (`prosrc`), for finding what it uses.
    pub source: String,
    /// `pg_get_functiondef`: the whole CREATE OR REPLACE statement.
    pub definition: String,
}

/// An aggregate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// The argument list of CREATE AGGREGATE (`pg_get_function_arguments`, `*` for none).
    pub arguments: String,
    /// The parameters between the brackets of CREATE AGGREGATE in a fixed order: (`sfunc`, `public.f`), …
    pub parameters: Vec<(String, String)>,
}
