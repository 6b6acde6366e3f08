CREATE TABLE document (created_at timestamp DEFAULT now(), pages integer);
CREATE TABLE invoice (total integer) INHERITS (document);
