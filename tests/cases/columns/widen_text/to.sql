create table person (id int primary key, name text not null default 'x', constraint person_name_key unique (name));
