//! What ALTER can do to objects of the rare kinds.

use super::{Stmt, foreign, operator, publication, text_search};
use crate::model::{Body, Object};

/// The statements that lead from one form of the object to the other; none where PostgreSQL has no such ALTER and the
/// object has to be dropped and made again. Empty where only what is never compared differs (the values of secret options).
pub fn in_place(from: &Object, to: &Object) -> Option<Vec<Stmt>> {
    match (&from.body, &to.body) {
        (Body::Operator(old), Body::Operator(new)) => operator::alter_operator(to, old, new),
        (Body::OperatorFamily(old), Body::OperatorFamily(new)) => Some(operator::alter_family(to, old, new)),
        (Body::TextSearchDictionary(old), Body::TextSearchDictionary(new)) => {
            text_search::alter_dictionary(to, old, new)
        }
        (Body::TextSearchConfiguration(old), Body::TextSearchConfiguration(new)) => {
            text_search::alter_configuration(to, old, new)
        }
        (Body::ForeignDataWrapper(old), Body::ForeignDataWrapper(new)) => {
            Some(foreign::alter_wrapper(to, old, new))
        }
        (Body::ForeignServer(old), Body::ForeignServer(new)) => foreign::alter_server(to, old, new),
        (Body::UserMapping(old), Body::UserMapping(new)) => Some(foreign::alter_mapping(to, old, new)),
        (Body::Publication(old), Body::Publication(new)) => publication::alter_publication(to, old, new),
        (Body::EventTrigger(old), Body::EventTrigger(new)) => publication::alter_event_trigger(to, old, new),
        _ => None,
    }
}
