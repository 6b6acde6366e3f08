//! Casts, conversions, transforms and languages.

use super::address::{Address, Class};
use super::reader::{Header, Reader, named};
use crate::model::{
    Body, Cast, CastContext, CastMethod, Conversion, Ident, Kind, Language, ObjectId, Transform,
};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct CastRow {
    oid: u32,
    source: String,
    target: String,
    method: String,
    function: Option<String>,
    context: String,
}

pub(super) fn read_casts(reader: &mut Reader, rows: Vec<CastRow>) {
    for row in rows {
        let id = ObjectId {
            args: row.target.into(),
            ..ObjectId::global(Kind::Cast, row.source)
        };
        let body = Cast {
            method: match (row.method.as_str(), row.function) {
                ("f", Some(function)) => CastMethod::Function(function),
                ("i", _) => CastMethod::Text,
                _ => CastMethod::Binary,
            },
            context: match row.context.as_str() {
                "i" => CastContext::Implicit,
                "a" => CastContext::Assignment,
                _ => CastContext::Explicit,
            },
        };
        reader.add(
            Address::whole(Class::CAST, row.oid),
            id,
            Header::NOBODYS,
            Body::Cast(body),
        );
    }
}

#[derive(Deserialize)]
pub(super) struct ConversionRow {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    #[serde(flatten)]
    body: Conversion,
}

pub(super) fn read_conversions(reader: &mut Reader, rows: Vec<ConversionRow>) {
    for row in rows {
        let name = named((row.schema, row.name));
        let header = Header::owned_by(row.owner);
        let address = Address::whole(Class::CONVERSION, row.oid);
        let id = ObjectId::named(Kind::Conversion, &name);
        reader.add(address, id, header, Body::Conversion(row.body));
    }
}

#[derive(Deserialize)]
pub(super) struct TransformRow {
    oid: u32,
    #[serde(rename = "type")]
    data_type: String,
    language: String,
    #[serde(flatten)]
    body: Transform,
}

pub(super) fn read_transforms(reader: &mut Reader, rows: Vec<TransformRow>) {
    for row in rows {
        let id = ObjectId {
            args: row.language.into(),
            ..ObjectId::global(Kind::Transform, row.data_type)
        };
        let address = Address::whole(Class::TRANSFORM, row.oid);
        reader.add(address, id, Header::NOBODYS, Body::Transform(row.body));
    }
}

#[derive(Deserialize)]
pub(super) struct LanguageRow {
    oid: u32,
    name: String,
    owner: Ident,
    acl: Option<Vec<String>>,
    #[serde(flatten)]
    body: Language,
}

pub(super) fn read_languages(reader: &mut Reader, rows: Vec<LanguageRow>) {
    for row in rows {
        let header = Header::new(row.owner, row.acl);
        let address = Address::whole(Class::LANGUAGE, row.oid);
        let id = ObjectId::global(Kind::Language, row.name);
        reader.add(address, id, header, Body::Language(row.body));
    }
}
