-- PostgreSQL puts the rest of the tables behind the second wall here; SQLite has none.
SELECT 1;
