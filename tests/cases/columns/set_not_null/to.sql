create table person (id int primary key, name text not null);
