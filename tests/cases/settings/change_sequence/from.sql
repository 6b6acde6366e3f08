CREATE SEQUENCE ticket AS integer START WITH 100 CACHE 7;
SELECT nextval('ticket');
