-- Made from the catalogue by lib/testing/house/schema.pg.test.ts; run it with -u to renew.

-- Tables and columns
tidemark_keys.key_store
  id smallint not null default 1
  identity uuid not null
  store uuid not null
  wrapped_secret bytea not null
  kek text collate "C" not null
  since timestamp with time zone not null default clock_timestamp()
tidemark_keys.migrations
  id integer not null default nextval('tidemark_keys.migrations_id_seq'::regclass)
  hash text not null
  created_at bigint
tidemark_keys.subject_keys
  id uuid not null
  tenant text collate "C"
  subject bytea not null
  epoch integer not null
  state text collate "C" not null default 'live'::text
  wrapped bytea
  kek text collate "C"
  created_at timestamp with time zone not null default clock_timestamp()
  destroyed_at timestamp with time zone

-- Constraints
tidemark_keys.key_store: CHECK ((id = 1))
tidemark_keys.key_store: PRIMARY KEY (id)
tidemark_keys.migrations: PRIMARY KEY (id)
tidemark_keys.subject_keys: CHECK (((state = 'destroyed'::text) = (destroyed_at IS NOT NULL)))
tidemark_keys.subject_keys: CHECK (((state = 'live'::text) = (kek IS NOT NULL)))
tidemark_keys.subject_keys: CHECK (((state = 'live'::text) = (wrapped IS NOT NULL)))
tidemark_keys.subject_keys: CHECK ((epoch > 0))
tidemark_keys.subject_keys: CHECK ((octet_length(subject) = 32))
tidemark_keys.subject_keys: CHECK ((state = ANY (ARRAY['live'::text, 'destroyed'::text])))
tidemark_keys.subject_keys: PRIMARY KEY (id)
tidemark_keys.subject_keys: UNIQUE (subject, epoch)

-- Indexes
CREATE INDEX subject_keys_destroyed ON tidemark_keys.subject_keys USING btree (id) WHERE (state = 'destroyed'::text)
CREATE INDEX subject_keys_kek ON tidemark_keys.subject_keys USING btree (kek, id) WHERE (state = 'live'::text)
CREATE UNIQUE INDEX key_store_pkey ON tidemark_keys.key_store USING btree (id)
CREATE UNIQUE INDEX migrations_pkey ON tidemark_keys.migrations USING btree (id)
CREATE UNIQUE INDEX subject_keys_live ON tidemark_keys.subject_keys USING btree (subject) WHERE (state = 'live'::text)
CREATE UNIQUE INDEX subject_keys_pkey ON tidemark_keys.subject_keys USING btree (id)
CREATE UNIQUE INDEX subject_keys_subject_epoch_key ON tidemark_keys.subject_keys USING btree (subject, epoch)

-- Sequences
tidemark_keys.migrations_id_seq as integer start 1 increment 1 cache 1

-- Triggers
CREATE TRIGGER key_store_change BEFORE UPDATE ON tidemark_keys.key_store FOR EACH ROW WHEN (((((new.id IS DISTINCT FROM old.id) OR (new.identity IS DISTINCT FROM old.identity)) OR (new.store IS DISTINCT FROM old.store)) OR (new.since IS DISTINCT FROM old.since))) EXECUTE FUNCTION tidemark_keys.refuse_key_change()
CREATE TRIGGER key_store_kept BEFORE DELETE ON tidemark_keys.key_store FOR EACH ROW EXECUTE FUNCTION tidemark_keys.refuse_key_change()
CREATE TRIGGER key_store_no_truncate BEFORE TRUNCATE ON tidemark_keys.key_store FOR EACH STATEMENT EXECUTE FUNCTION tidemark_keys.refuse_key_change()
CREATE TRIGGER subject_keys_change BEFORE UPDATE ON tidemark_keys.subject_keys FOR EACH ROW WHEN (((old.state = 'destroyed'::text) OR (((((new.id IS DISTINCT FROM old.id) OR (new.tenant IS DISTINCT FROM old.tenant)) OR (new.subject IS DISTINCT FROM old.subject)) OR (new.epoch IS DISTINCT FROM old.epoch)) OR (new.created_at IS DISTINCT FROM old.created_at)))) EXECUTE FUNCTION tidemark_keys.refuse_key_change()
CREATE TRIGGER subject_keys_kept BEFORE DELETE ON tidemark_keys.subject_keys FOR EACH ROW EXECUTE FUNCTION tidemark_keys.refuse_key_change()
CREATE TRIGGER subject_keys_no_truncate BEFORE TRUNCATE ON tidemark_keys.subject_keys FOR EACH STATEMENT EXECUTE FUNCTION tidemark_keys.refuse_key_change()
CREATE TRIGGER subject_keys_told AFTER UPDATE ON tidemark_keys.subject_keys FOR EACH ROW WHEN ((new.state = 'destroyed'::text)) EXECUTE FUNCTION tidemark_keys.tell_destroyed()

-- Functions
CREATE OR REPLACE FUNCTION tidemark_keys.refuse_key_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% keeps what it knows: this % is refused', tg_table_name, lower(tg_op) using errcode = 'TM003',
    hint = 'A live key can be wrapped anew or destroyed, once. The row of a destroyed key stays: without it, erased and unknown look the same.';
end $function$
CREATE OR REPLACE FUNCTION tidemark_keys.tell_destroyed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('tidemark_keys', new.id::text);
  return null;
end $function$

-- Privileges of the application and of everybody
function tidemark_keys.refuse_key_change(): public EXECUTE
function tidemark_keys.tell_destroyed(): public EXECUTE
schema tidemark_keys: tidemark_keys USAGE
table tidemark_keys.key_store: tidemark_keys SELECT
table tidemark_keys.subject_keys: tidemark_keys INSERT, SELECT
