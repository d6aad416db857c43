-- What came along from elsewhere.

-- The part of an account's claims that its rows do not say, as claims have it.
ALTER TABLE accounts ADD COLUMN carried TEXT;

-- The credential of a user who came with one that we cannot sign again.
ALTER TABLE users ADD COLUMN jwt TEXT;
