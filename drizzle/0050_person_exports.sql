-- An export of what is held about one person: whose, by the digest that stands for them, so that forgetting them finds its file.
-- docs/decisions/0088-export-of-a-person.md.
alter table tidemark.exports add column subject text check (subject ~ '^[0-9a-f]{64}$');
--> statement-breakpoint
create index exports_subject on tidemark.exports (subject) where subject is not null and removed_at is null;
