CREATE EXTENSION btree_gist;
CREATE TABLE rooms (
  id int, floor int NOT NULL,
  CONSTRAINT rooms_key PRIMARY KEY (id) INCLUDE (floor) WITH (fillfactor = 80),
  UNIQUE (floor, id), UNIQUE (floor), CONSTRAINT listed UNIQUE NULLS NOT DISTINCT (id),
  CHECK (floor >= 0), CONSTRAINT not_too_high CHECK (floor < 100 AND id > 0)
);
COMMENT ON CONSTRAINT rooms_key ON rooms IS 'the key';
COMMENT ON CONSTRAINT listed ON rooms IS 'in a list';
CREATE TABLE bookings (
  room int, floor int, guest text, during tstzrange,
  PRIMARY KEY (room, during),
  CONSTRAINT one_guest UNIQUE (guest, room) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT plain UNIQUE (guest),
  CONSTRAINT long_enough CHECK (upper(during) - lower(during) > '1 hour'),
  CONSTRAINT here CHECK (room > 0) NO INHERIT,
  CONSTRAINT room_fk FOREIGN KEY (room) REFERENCES rooms ON DELETE CASCADE,
  CONSTRAINT floor_fk FOREIGN KEY (floor, room) REFERENCES rooms (floor, id) ON DELETE SET NULL (floor) DEFERRABLE,
  CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (room > 0) DEFERRABLE
);
ALTER TABLE bookings ADD CONSTRAINT later CHECK (guest <> '') NOT VALID;
ALTER TABLE bookings ADD CONSTRAINT late_fk FOREIGN KEY (room) REFERENCES rooms (id) NOT VALID;
COMMENT ON CONSTRAINT later ON bookings IS 'later';
COMMENT ON CONSTRAINT floor_fk ON bookings IS 'two columns';
COMMENT ON CONSTRAINT no_overlap ON bookings IS 'one at a time';
CREATE TABLE list_of_keys (
  a int, b int,
  FOREIGN KEY (a) REFERENCES rooms, FOREIGN KEY (b) REFERENCES rooms,
  EXCLUDE USING gist (a WITH =) WITH (fillfactor = 70)
);
