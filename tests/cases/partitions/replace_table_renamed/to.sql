-- schemaplan: renamed from sale
create table bill (id int, day int not null, note text, primary key (id, day)) partition by range (day);
create table bill_1 partition of bill for values from (0) to (100);
-- schemaplan: renamed from mood
create type feeling as enum ('a', 'b');
create table stay (id int, day int not null, m feeling, primary key (id, day)) partition by range (day);
create table stay_1 partition of stay for values from (0) to (100);
