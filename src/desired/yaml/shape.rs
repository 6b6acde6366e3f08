//! What a value may look like. The grammar is data: the check of a file, its help texts and the JSON Schema are made from it.

/// A key that stands in a mapping of fixed keys.
pub(super) struct Key {
    pub name: &'static str,
    pub shape: &'static Shape,
    /// A sentence for the editor.
    pub about: &'static str,
}

/// What stands as a single value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    /// An SQL expression, verbatim.
    Expression,
    /// One that can name no column.
    Constant,
    /// One element between the commas of a list, verbatim: no comma stands in it but in brackets.
    Element,
    /// Any other piece of SQL, verbatim.
    Sql,
    /// A body in standard SQL, semicolons and all.
    Body,
    /// Whole statements.
    Statements,
    /// A name as the catalog has it, with its schema in front where it has one.
    Name,
    /// Words for people, labels, values of options.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// The code of a hazard.
    Hazard,
    /// One of these.
    Word(&'static [&'static str]),
}

/// What a mapping holds.
pub(super) enum Mapping {
    /// Names that the user chooses, all with values of one shape.
    Entries(&'static Shape),
    /// Names of routines with their arguments as in SQL.
    Signatures(&'static Shape),
    /// Fixed keys.
    Section(&'static Section),
}

/// What a value may be: each of the forms that is there.
pub(super) struct Shape {
    pub scalar: Option<Scalar>,
    pub list: Option<&'static Shape>,
    pub mapping: Option<Mapping>,
    /// True where nothing needs to stand behind the key.
    pub empty: bool,
}

/// A mapping of fixed keys.
pub(super) struct Section {
    /// Unique; the name in the JSON Schema.
    pub name: &'static str,
    pub about: &'static str,
    pub groups: &'static [&'static [Key]],
    /// One of each group must be there.
    pub required: &'static [&'static [&'static str]],
}

impl Section {
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.groups.iter().flat_map(|group| group.iter())
    }
}

impl Shape {
    const NOTHING: Self = Self {
        scalar: None,
        list: None,
        mapping: None,
        empty: false,
    };

    pub const fn scalar(scalar: Scalar) -> Self {
        Self {
            scalar: Some(scalar),
            ..Self::NOTHING
        }
    }

    pub const fn list(of: &'static Shape) -> Self {
        Self {
            list: Some(of),
            ..Self::NOTHING
        }
    }

    pub const fn section(section: &'static Section) -> Self {
        Self {
            mapping: Some(Mapping::Section(section)),
            ..Self::NOTHING
        }
    }

    pub const fn entries(of: &'static Shape) -> Self {
        Self {
            mapping: Some(Mapping::Entries(of)),
            ..Self::NOTHING
        }
    }

    pub const fn signatures(of: &'static Shape) -> Self {
        Self {
            mapping: Some(Mapping::Signatures(of)),
            ..Self::NOTHING
        }
    }

    /// A single value does, too.
    pub const fn or_scalar(self, scalar: Scalar) -> Self {
        Self {
            scalar: Some(scalar),
            ..self
        }
    }

    pub const fn or_list(self, of: &'static Shape) -> Self {
        Self {
            list: Some(of),
            ..self
        }
    }

    pub const fn or_empty(self) -> Self {
        Self { empty: true, ..self }
    }
}

pub(super) static EXPRESSION: Shape = Shape::scalar(Scalar::Expression);
pub(super) static CONSTANT: Shape = Shape::scalar(Scalar::Constant);
pub(super) static ELEMENT: Shape = Shape::scalar(Scalar::Element);
pub(super) static SQL: Shape = Shape::scalar(Scalar::Sql);
pub(super) static NAME: Shape = Shape::scalar(Scalar::Name);
pub(super) static TEXT: Shape = Shape::scalar(Scalar::Text);
pub(super) static FLAG: Shape = Shape::scalar(Scalar::Flag);
pub(super) static NUMBER: Shape = Shape::scalar(Scalar::Number);
/// One name, or several.
pub(super) static NAMES: Shape = Shape::list(&NAME).or_scalar(Scalar::Name);
/// One piece of SQL, or several.
pub(super) static SQLS: Shape = Shape::list(&ELEMENT).or_scalar(Scalar::Sql);
/// Option names to values.
pub(super) static OPTIONS: Shape = Shape::entries(&TEXT);
