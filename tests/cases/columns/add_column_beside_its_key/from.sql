CREATE TABLE message_group (
    region text NOT NULL,
    label text NOT NULL,
    PRIMARY KEY (region, label)
);
