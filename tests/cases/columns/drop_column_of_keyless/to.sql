create table log (at int);
