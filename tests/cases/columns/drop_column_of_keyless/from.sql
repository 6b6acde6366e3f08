create table log (at int, line text not null);
insert into log select n % 5, 'l' || n from generate_series(1, 40) as n;
