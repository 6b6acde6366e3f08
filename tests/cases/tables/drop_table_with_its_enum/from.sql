create type mood as enum ('glad', 'sad');
create table person (
    id bigint primary key,
    mood mood not null,
    former mood[]
);
create view glad_person as select id from person where mood = 'glad';
insert into person values (1, 'glad', '{sad}'), (2, 'sad', null);
