create foreign data wrapper w; create server s foreign data wrapper w options (host 'a'); create foreign table ft (a int, b text options (x 'y')) server s options (t 'z');
-- stops
