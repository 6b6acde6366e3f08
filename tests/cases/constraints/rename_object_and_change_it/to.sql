CREATE TABLE client (
    id integer PRIMARY KEY,
    state text NOT NULL,
    -- schemaplan: renamed from age
    years integer,
    -- schemaplan: renamed from state_known
    CONSTRAINT client_state CHECK (state IN ('new', 'old', 'gone')),
    -- schemaplan: renamed from adult
    CONSTRAINT client_adult CHECK (years >= 18)
);
-- schemaplan: renamed from client_age
CREATE INDEX client_years ON client (years DESC);
