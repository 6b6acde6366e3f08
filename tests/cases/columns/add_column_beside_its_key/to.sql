-- The undo archives `body` by the columns of the new key, and one of those goes with it.
CREATE TABLE message_group (
    body text,
    label text NOT NULL,
    message_id integer NOT NULL,
    PRIMARY KEY (message_id, label)
);
