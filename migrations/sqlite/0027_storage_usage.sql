-- What an account's streams take, on disk and in memory: the most at a time. NULL where no server
-- keeps streams.
ALTER TABLE usage ADD COLUMN disk_bytes INTEGER;
ALTER TABLE usage ADD COLUMN memory_bytes INTEGER;
