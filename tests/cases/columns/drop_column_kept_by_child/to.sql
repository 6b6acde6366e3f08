CREATE TABLE document (created_at timestamp DEFAULT now());
-- It keeps the column that the parent loses; the undo lets it inherit again.
CREATE TABLE invoice (total integer, pages integer) INHERITS (document);
