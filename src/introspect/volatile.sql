SELECT DISTINCT p.proname AS name FROM pg_proc p WHERE p.provolatile = 'v' AND p.prokind <> 'a'
