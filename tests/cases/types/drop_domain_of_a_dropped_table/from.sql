-- Both constraints come back with the domain, whether the archive holds it or nothing does.
CREATE DOMAIN digest AS bytea
    CONSTRAINT digest_is_sha1 CHECK (octet_length(VALUE) = 20)
    CONSTRAINT digest_is_not_zero CHECK (VALUE <> '\x00');
CREATE TABLE upload (id integer PRIMARY KEY, digest digest);
