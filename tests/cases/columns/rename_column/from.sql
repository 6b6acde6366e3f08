create table team (code text primary key, title text default 'none' not null);
insert into team select 'c' || n, 't' || n from generate_series(1, 5) as n;
create table person (
    id int generated always as identity primary key,
    team text default 'c1' references team,
    mail text not null constraint person_mail_key unique
);
create index person_team_idx on person (team) where team is not null;
create view person_team as select p.id, p.team, t.title from person as p join team as t on t.code = p.team;
comment on column person.mail is 'where letters go';
insert into person (team, mail) select 'c' || 1 + n % 5, 'm' || n from generate_series(1, 40) as n;
insert into person (team, mail) values (null, 'nobody');
