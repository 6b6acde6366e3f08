//! Conditions over what ALTER adds to an object and takes from it, and neither adds nor takes twice.

use super::{all, not, regclass};
use crate::model::{Body, Object, ObjectId, OperatorMember, TextSearchConfiguration};
use crate::sql::literal;

type Options = [(String, String)];

/// True once an object has gained and lost what the other form of it has and has not: options of foreign data, members of an
/// operator family, token types of a text search configuration. None where nothing comes or goes.
pub fn has_turned(old: &Object, new: &Object) -> Option<String> {
    let id = &new.id;
    let name = literal(id.name.as_str());
    match (&old.body, &new.body) {
        (Body::ForeignDataWrapper(old), Body::ForeignDataWrapper(new)) => {
            let row = format!("fdwoptions FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwname = {name}");
            options(&row, &old.options.plain, &new.options.plain)
        }
        (Body::ForeignServer(old), Body::ForeignServer(new)) => {
            let row = format!("srvoptions FROM pg_catalog.pg_foreign_server WHERE srvname = {name}");
            options(&row, &old.options.plain, &new.options.plain)
        }
        (Body::Table(before), Body::Table(after)) => {
            let table = regclass(&id.qualified());
            let row = format!("ftoptions FROM pg_catalog.pg_foreign_table WHERE ftrelid = {table}");
            options(
                &row,
                &before.foreign.as_ref()?.options,
                &after.foreign.as_ref()?.options,
            )
        }
        (Body::Column(old), Body::Column(new)) => {
            let table = regclass(&id.relation());
            let row = format!(
                "attfdwoptions FROM pg_catalog.pg_attribute WHERE attrelid = {table} AND attname = {name} AND NOT attisdropped"
            );
            options(&row, &old.foreign_options, &new.foreign_options)
        }
        (Body::OperatorFamily(old), Body::OperatorFamily(new)) => {
            come_and_gone(&old.members, &new.members, |each| member(id, each))
        }
        (Body::TextSearchConfiguration(old), Body::TextSearchConfiguration(new)) => {
            let tokens = |body: &TextSearchConfiguration| -> Vec<String> {
                body.mappings.iter().map(|(token, _)| token.clone()).collect()
            };
            come_and_gone(&tokens(old), &tokens(new), |token| mapping(id, token))
        }
        _ => None,
    }
}

/// The options in `row` are the new ones, of those that come, change and go.
fn options(row: &str, old: &Options, new: &Options) -> Option<String> {
    let has = |options: &Options, name: &str| options.iter().any(|(other, _)| other == name);
    let comes = new.iter().any(|(name, _)| !has(old, name));
    let gone: Vec<String> = old
        .iter()
        .filter(|(name, _)| !has(new, name))
        .map(|(name, _)| literal(name))
        .collect();
    if !comes && gone.is_empty() {
        return None;
    }
    let set: Vec<String> = new
        .iter()
        .filter(|option| !old.contains(option))
        .map(|(name, value)| literal(&format!("{name}={value}")))
        .collect();
    let list = format!("coalesce((SELECT {row}), ARRAY[]::text[])");
    let mut conditions = Vec::new();
    if !set.is_empty() {
        conditions.push(format!("{list} @> ARRAY[{}]::text[]", set.join(", ")));
    }
    if !gone.is_empty() {
        conditions.push(format!(
            "NOT EXISTS (SELECT FROM pg_catalog.unnest({list}) AS o WHERE pg_catalog.split_part(o, '=', 1) IN ({}))",
            gone.join(", ")
        ));
    }
    Some(all(&conditions))
}

fn come_and_gone<T: PartialEq>(old: &[T], new: &[T], is_there: impl Fn(&T) -> String) -> Option<String> {
    let come = new.iter().filter(|each| !old.contains(each)).map(&is_there);
    let gone = old.iter().filter(|each| !new.contains(each));
    let gone = gone.map(|each| not(&is_there(each)));
    let conditions: Vec<String> = come.chain(gone).collect();
    (!conditions.is_empty()).then(|| all(&conditions))
}

fn member(family: &ObjectId, member: &OperatorMember) -> String {
    let (table, of, number, left, right, name) = match member.is_function {
        true => (
            "pg_amproc",
            "amprocfamily",
            "amprocnum",
            "amproclefttype",
            "amprocrighttype",
            "amproc::regprocedure",
        ),
        false => (
            "pg_amop",
            "amopfamily",
            "amopstrategy",
            "amoplefttype",
            "amoprighttype",
            "amopopr::regoperator",
        ),
    };
    format!(
        "EXISTS (SELECT FROM pg_catalog.{table} AS x JOIN pg_catalog.pg_opfamily AS f ON f.oid = x.{of} \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod \
         WHERE n.nspname = {} AND f.opfname = {} AND m.amname = {} AND x.{number} = {} \
         AND pg_catalog.format_type(x.{left}, NULL) = {} AND pg_catalog.format_type(x.{right}, NULL) = {} AND x.{name}::text = {})",
        literal(family.schema.as_str()),
        literal(family.name.as_str()),
        literal(&family.args),
        member.number,
        literal(member.left.as_str()),
        literal(member.right.as_str()),
        literal(&member.name)
    )
}

fn mapping(configuration: &ObjectId, token: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_ts_config AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace \
         JOIN pg_catalog.pg_ts_config_map AS m ON m.mapcfg = c.oid CROSS JOIN LATERAL pg_catalog.ts_token_type(c.cfgparser) AS t \
         WHERE n.nspname = {} AND c.cfgname = {} AND t.tokid = m.maptokentype AND t.alias = {})",
        literal(configuration.schema.as_str()),
        literal(configuration.name.as_str()),
        literal(token)
    )
}
