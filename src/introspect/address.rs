//! The server's own addresses, and what they stand for.

use std::collections::HashMap;

/// A system catalog by its oid, which PostgreSQL never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Class(pub(super) u32);

impl Class {
    pub(super) const DEFAULT_ACL: Class = Class(826);
    pub(super) const TYPE: Class = Class(1247);
    pub(super) const ROUTINE: Class = Class(1255);
    pub(super) const RELATION: Class = Class(1259);
    pub(super) const DEFAULT: Class = Class(2604);
    pub(super) const CONSTRAINT: Class = Class(2606);
    pub(super) const SCHEMA: Class = Class(2615);
    pub(super) const RULE: Class = Class(2618);
    pub(super) const TRIGGER: Class = Class(2620);
    pub(super) const ACCESS_METHOD: Class = Class(2601);
    pub(super) const CAST: Class = Class(2605);
    pub(super) const CONVERSION: Class = Class(2607);
    pub(super) const LANGUAGE: Class = Class(2612);
    pub(super) const OPERATOR_CLASS: Class = Class(2616);
    pub(super) const OPERATOR: Class = Class(2617);
    pub(super) const OPERATOR_FAMILY: Class = Class(2753);
    pub(super) const EXTENSION: Class = Class(3079);
    pub(super) const FOREIGN_SERVER: Class = Class(1417);
    pub(super) const USER_MAPPING: Class = Class(1418);
    pub(super) const FOREIGN_DATA_WRAPPER: Class = Class(2328);
    pub(super) const POLICY: Class = Class(3256);
    pub(super) const EVENT_TRIGGER: Class = Class(3466);
    pub(super) const TRANSFORM: Class = Class(3576);
    pub(super) const TEXT_SEARCH_DICTIONARY: Class = Class(3600);
    pub(super) const TEXT_SEARCH_PARSER: Class = Class(3601);
    pub(super) const TEXT_SEARCH_CONFIGURATION: Class = Class(3602);
    pub(super) const TEXT_SEARCH_TEMPLATE: Class = Class(3764);
    pub(super) const PUBLICATION: Class = Class(6104);
    pub(super) const PUBLICATION_TABLE: Class = Class(6106);
    pub(super) const PUBLICATION_SCHEMA: Class = Class(6237);
    pub(super) const STATISTICS: Class = Class(3381);
    pub(super) const COLLATION: Class = Class(3456);
}

/// Class, oid, and column number or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address {
    pub(super) class: Class,
    pub(super) oid: u32,
    pub(super) sub: i32,
}

impl Address {
    pub(super) fn whole(class: Class, oid: u32) -> Self {
        Self { class, oid, sub: 0 }
    }

    pub(super) fn column(relation: u32, number: i32) -> Self {
        Self {
            class: Class::RELATION,
            oid: relation,
            sub: number,
        }
    }

    fn without_column(self) -> Self {
        Self { sub: 0, ..self }
    }
}

/// Where an object stands in the list of those that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(pub(super) usize);

/// Which object an address belongs to.
#[derive(Debug, Default)]
pub(super) struct Directory {
    objects: HashMap<Address, Slot>,
    /// What only stands for something else: array types, row types, the index of a constraint, a view's own rule.
    stand_ins: HashMap<Address, Address>,
    /// Members of extensions, by the oid of their extension.
    members: HashMap<Address, u32>,
}

impl Directory {
    pub(super) fn add(&mut self, address: Address, slot: Slot) {
        self.objects.insert(address, slot);
    }

    pub(super) fn stands_for(&mut self, address: Address, other: Address) {
        self.stand_ins.insert(address, other);
    }

    pub(super) fn add_member(&mut self, address: Address, extension: u32) {
        self.members.insert(address, extension);
    }

    pub(super) fn is_member(&self, class: Class, oid: u32) -> bool {
        self.members.contains_key(&Address::whole(class, oid))
    }

    /// The object at exactly this address.
    pub(super) fn at(&self, address: Address) -> Option<Slot> {
        self.objects.get(&address).copied()
    }

    /// The object that depends, where this address stands on the left of a dependency: exactly it, and the whole that it
    /// is a column of.
    pub(super) fn dependent(&self, address: Address) -> (Option<Slot>, Option<Slot>) {
        let at = self.origin(address);
        if self.members.contains_key(&at.without_column()) {
            return (None, None);
        }
        (self.at(at), self.at(at.without_column()))
    }

    /// The objects that are used, where this address stands on the right: for a column the table too, for anything of an
    /// extension the extension.
    pub(super) fn used(&self, address: Address) -> impl Iterator<Item = Slot> {
        let at = self.origin(address);
        let found = match self.members.get(&at.without_column()) {
            Some(extension) => [self.at(Address::whole(Class::EXTENSION, *extension)), None],
            None if at.sub == 0 => [self.at(at), None],
            None => [self.at(at), self.at(at.without_column())],
        };
        found.into_iter().flatten()
    }

    /// Follows stand-ins. Their chains are short (array, row type, table); the bound guards against a broken catalog.
    fn origin(&self, address: Address) -> Address {
        let mut at = address;
        for _ in 0..16 {
            match self.stand_ins.get(&at).or_else(|| {
                // A column of a stand-in (an index key, say) stands for what the whole stands for.
                (at.sub != 0)
                    .then(|| self.stand_ins.get(&at.without_column()))
                    .flatten()
            }) {
                Some(next) => at = *next,
                None => break,
            }
        }
        at
    }
}
