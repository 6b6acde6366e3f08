-- The sequence bears the name of the identity's: both change places in one transaction, or inserts would fail for a while.
CREATE TABLE ticket (id serial PRIMARY KEY, said text);
