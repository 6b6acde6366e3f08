CREATE TABLE bookings (id integer PRIMARY KEY, status text NOT NULL DEFAULT 'pending');
CREATE FUNCTION booking_priority(b bookings) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT length(b.status) $$;
CREATE INDEX bookings_priority ON bookings (booking_priority(bookings));
INSERT INTO bookings VALUES (1, 'open');
