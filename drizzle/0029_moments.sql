-- What an alert was called when it took a step: a later title tells of later figures.
alter table tidemark.alert_transitions add column title text;
--> statement-breakpoint
-- What fired at a past moment is found among what ended after it.
create index alerts_ended on tidemark.alerts (resolved_at) where resolved_at is not null;
--> statement-breakpoint
create index runs_ended on tidemark.runs (ended_at) where ended_at is not null;
--> statement-breakpoint
-- One delivery a channel at a time, whoever claims.
create unique index alert_deliveries_sending on tidemark.alert_deliveries (channel) where state = 'sending';
--> statement-breakpoint
-- How many attempts were made when somebody asked for the notice once more: it has its tries from there.
alter table tidemark.alert_deliveries add column attempts_before integer not null default 0;
--> statement-breakpoint
create index alerts_of_subject on tidemark.alerts (subject, id);
--> statement-breakpoint
-- Rules that could not look in time when they were evaluated last: of what they watch nothing is known.
alter table tidemark.alert_watch add column blind text[] not null default '{}';
