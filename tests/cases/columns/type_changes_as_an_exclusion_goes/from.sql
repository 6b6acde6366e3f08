CREATE TABLE room (id integer PRIMARY KEY, door integer NOT NULL, CONSTRAINT room_door_excl EXCLUDE (door WITH =));
INSERT INTO room VALUES (1, 7);
