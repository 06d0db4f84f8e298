-- What comparing a generation with the one that served found: counts, and the keys of the first rows that differ. No
-- values of read models: they may be personal, and would be kept here after they are gone there.
alter table tidemark.consumer_generations add column compared json;
