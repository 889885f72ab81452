-- The whole schema as it is now. A new database is made by the migrations; a test holds both equal.
-- Times are seconds since the epoch, written from the program's clock. Column order is the field order of the row Structs.

create table meta (
  key text primary key,
  value blob not null
) strict, without rowid;

create table user (
  id integer primary key autoincrement,
  uid text not null unique,
  email text not null unique collate nocase,
  password_digest text not null,
  disabled integer not null default 0 check (disabled in (0, 1)),
  is_owner integer not null default 0 check (is_owner in (0, 1)),
  created_at real not null
) strict;

create table api_key (
  id integer primary key autoincrement,
  digest blob not null unique,
  user_id integer not null references user (id) on delete cascade,
  prefix text not null,
  name text not null,
  created_at real not null,
  last_used_at real,
  revoked_at real
) strict;

create index api_key_user on api_key (user_id);

create table session (
  digest blob primary key,
  user_id integer not null references user (id) on delete cascade,
  csrf text not null,
  created_at real not null,
  expires_at real not null
) strict, without rowid;

create table project (
  id integer primary key autoincrement,
  uid text not null unique,
  guid text not null unique,
  name text not null,
  display_name text not null,
  description text not null,
  runner_mode text,
  cluster_guid text,
  owner_id integer not null references user (id),
  created_at real not null,
  changed_at real not null,
  deleting integer not null default 0 check (deleting in (0, 1))
) strict;

create unique index project_name on project (name) where deleting = 0;
create index project_deleting on project (id) where deleting = 1;

create table member (
  project_id integer not null references project (id) on delete cascade,
  user_id integer not null references user (id) on delete cascade,
  level integer not null check (level between 1 and 4),
  primary key (project_id, user_id)
) strict, without rowid;

create index member_user on member (user_id);

create table transform_key (
  project_id integer not null references project (id) on delete cascade,
  number integer not null check (number > 0),
  sealed blob not null,
  created_at real not null,
  primary key (project_id, number)
) strict, without rowid;

create table artifact (
  id integer primary key autoincrement,
  uid text not null unique,
  key text not null unique,
  project_id integer not null references project (id),
  owner_id integer not null references user (id),
  name text not null,
  size integer not null default 0,
  sha256 text not null default '',
  state text not null default 'uploading' check (state in ('uploading', 'ready', 'deleting')),
  created_at real not null,
  ready_at real,
  profile_state text not null default 'pending' check (profile_state in ('pending', 'ready', 'failed')),
  profile_error text not null default '',
  inspection integer not null default 0,
  rows integer,
  columns text not null default '[]'
) strict;

create index artifact_project on artifact (project_id, id desc);
create index artifact_owner on artifact (owner_id);
create index artifact_unfinished on artifact (state) where state <> 'ready';
create index artifact_uninspected on artifact (id) where state = 'ready' and profile_state = 'pending';

create table job (
  id integer primary key autoincrement,
  uid text not null unique,
  guid text not null unique,
  kind text not null check (kind in ('train', 'run')),
  project_id integer not null references project (id),
  owner_id integer not null references user (id),
  owner_email text not null,
  model_id integer references job (id),
  model_uid text,
  model_type text not null,
  name text not null,
  runner_mode text not null check (runner_mode in ('cloud', 'manual')),
  preload text not null check (preload in ('base', 'tabular')),
  state text not null default 'created' check (state in ('created', 'pending', 'active', 'completed', 'error', 'cancelled', 'lost')),
  attempt integer not null default 0,
  priority integer not null default 0,
  cpu integer not null check (cpu >= 1),
  memory_bytes integer not null check (memory_bytes >= 0),
  gpus integer not null check (gpus >= 0),
  max_duration_s real not null check (max_duration_s > 0),
  seed integer,
  created_at real not null,
  pending_at real,
  active_at real,
  ended_at real,
  last_heartbeat_at real,
  changed_at real not null,
  changed_by text not null,
  error_id text,
  error_msg text,
  error_hint text,
  error_stage text,
  traceback text,
  usage text,
  scores text,
  confinement text,
  worker_key_digest blob not null,
  deleted integer not null default 0 check (deleted in (0, 1)),
  stopping integer not null default 0 check (stopping in (0, 1)),
  body_sha256 blob not null,
  inputs text not null,
  configuration_sent blob not null,
  configuration blob not null,
  configuration_resolved blob,
  params blob not null
) strict;

create index job_waiting on job (owner_id, body_sha256) where state = 'created';
create index job_queue on job (id) where state = 'created' and runner_mode = 'cloud';
create index job_live on job (owner_id) where state in ('pending', 'active') or stopping = 1;
create index job_owner on job (owner_id, id);
create index job_needs on job (project_id) where state in ('created', 'pending');
create index job_deleted on job (id) where deleted = 1;
create index job_project on job (project_id, id desc);
create index job_model on job (model_id, id desc) where model_id is not null;

create table attempt (
  job_id integer not null references job (id) on delete cascade,
  n integer not null,
  launcher text not null,
  handle text not null default '{}',
  pid integer,
  boot_id text not null default '',
  gpus text not null default '[]',
  confinement text,
  usage text,
  started_at real not null,
  ended_at real,
  primary key (job_id, n)
) strict, without rowid;

create table job_artifact (
  job_id integer not null references job (id) on delete cascade,
  type text not null,
  name text not null,
  size integer not null,
  sha256 text not null,
  primary key (job_id, type)
) strict, without rowid;

create table event (
  seq integer primary key autoincrement,
  job_uid text not null,
  attempt integer not null,
  from_state text,
  to_state text not null,
  actor text not null,
  at real not null,
  error_id text
) strict;

create index event_job on event (job_uid, seq);

create trigger event_no_update before update on event
begin
  select raise(abort, 'events are append only');
end;

create trigger event_no_delete before delete on event
begin
  select raise(abort, 'events are append only');
end;

create trigger job_guard before update of state on job
when old.state <> new.state and not exists (
  select 1 from (values
    ('created', 'pending'), ('created', 'cancelled'), ('created', 'error'),
    ('pending', 'active'), ('pending', 'error'), ('pending', 'cancelled'), ('pending', 'lost'),
    ('active', 'completed'), ('active', 'error'), ('active', 'cancelled'), ('active', 'lost')
  ) as move where move.column1 = old.state and move.column2 = new.state
)
begin
  select raise(abort, 'illegal transition');
end;

create trigger job_attempt_guard before update of attempt on job
when new.attempt < old.attempt or (new.attempt <> old.attempt and old.state not in ('created', 'pending'))
begin
  select raise(abort, 'illegal attempt');
end;

create trigger job_born after insert on job
begin
  insert into event (job_uid, attempt, from_state, to_state, actor, at)
  values (new.uid, new.attempt, null, new.state, new.changed_by, new.changed_at);
end;

create trigger job_moved after update of state, attempt on job
when old.state <> new.state or old.attempt <> new.attempt
begin
  insert into event (job_uid, attempt, from_state, to_state, actor, at, error_id)
  values (new.uid, new.attempt, old.state, new.state, new.changed_by, new.changed_at, new.error_id);
end;

create trigger job_gone before delete on job
begin
  insert into event (job_uid, attempt, from_state, to_state, actor, at)
  values (old.uid, old.attempt, old.state, 'deleted', old.changed_by, old.changed_at);
end;
