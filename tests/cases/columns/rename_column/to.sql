create table team (code text primary key, title text default 'none' not null);
create table person (
    id int generated always as identity primary key,
    -- schemaplan: renamed from team
    team_code text default 'c1' constraint person_team_fkey references team,
    -- schemaplan: renamed from mail
    email text not null constraint person_mail_key unique
);
create index person_team_idx on person (team_code) where team_code is not null;
create view person_team as select p.id, p.team_code as team, t.title from person as p join team as t on t.code = p.team_code;
comment on column person.email is 'where letters go';
