SELECT 1; SELECT 'open; SELECT 2;
-- no
