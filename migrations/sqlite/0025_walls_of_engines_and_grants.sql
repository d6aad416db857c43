-- PostgreSQL puts engines and grants behind the second wall here; SQLite has none.
SELECT 1;
