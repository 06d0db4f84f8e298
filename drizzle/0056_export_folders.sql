-- In which folder the file of an export was finished, by the name that the folder has: whoever is there and does not find the file
-- knows that it is gone. Null in exports that were finished before, and in those that are not finished.
alter table tidemark.exports add column folder text;
--> statement-breakpoint
-- Names of streams can have a person's id in them. A run that has found what forgetting somebody would touch keeps none.
update tidemark.runs set checkpoint = null
 where kind = 'preview-shred' and checkpoint is not null and exists (
   select from tidemark.shred_requests r where r.id::text = runs.subject
      and (r.ended_at is not null or r.preview is not null and runs.ended_at is not null));
