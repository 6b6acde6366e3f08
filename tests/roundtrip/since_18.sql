CREATE TABLE shop.periods (
    id int,
    valid daterange,
    twice int GENERATED ALWAYS AS (id * 2) VIRTUAL,
    label text CONSTRAINT label_given NOT NULL,
    CONSTRAINT periods_pkey PRIMARY KEY (id, valid WITHOUT OVERLAPS),
    CONSTRAINT wished CHECK (id > 0) NOT ENFORCED
);
COMMENT ON COLUMN shop.periods.label IS 'given';
CREATE TABLE shop.base_keys (id int PRIMARY KEY);
CREATE TABLE shop.within (
    id int,
    valid daterange,
    FOREIGN KEY (id, PERIOD valid) REFERENCES shop.periods (id, PERIOD valid),
    FOREIGN KEY (id) REFERENCES shop.base_keys (id) NOT ENFORCED
);
ALTER TABLE shop.within ADD CONSTRAINT valid_given NOT NULL valid NOT VALID;
CREATE TABLE shop.alone (b int CONSTRAINT b_given NOT NULL NO INHERIT);
