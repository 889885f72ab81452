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
  created_at real not null,
  administrator integer not null default 0 check (administrator in (0, 1)),
  max_created integer check (max_created > 0),
  max_running integer check (max_running > 0),
  max_duration_s real check (max_duration_s > 0),
  storage_bytes integer check (storage_bytes >= 0)
) strict;

create index user_limited on user (max_running) where max_running is not null;

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
  uid text not null unique,
  user_id integer not null references user (id) on delete cascade,
  csrf text not null,
  address text not null,
  agent text not null,
  created_at real not null,
  seen_at real not null,
  expires_at real not null,
  key_digest blob
) strict, without rowid;

create index session_user on session (user_id);

create trigger key_revoked after update of revoked_at on api_key when new.revoked_at is not null
begin
  delete from session where key_digest = new.digest;
end;

create table sign_in_token (
  digest blob primary key,
  user_id integer not null references user (id) on delete cascade,
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

create table invite (
  id integer primary key autoincrement,
  uid text not null unique,
  project_id integer not null references project (id) on delete cascade,
  email text not null collate nocase,
  level integer not null check (level between 1 and 4),
  invited_by integer not null references user (id),
  created_at real not null,
  expires_at real not null,
  accepted_at real,
  unique (project_id, email)
) strict;

create index invite_email on invite (email);

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
  columns text not null default '[]',
  source_job text
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

create table share (
  id integer primary key autoincrement,
  uid text not null unique,
  digest blob not null unique,
  project_id integer not null references project (id) on delete cascade,
  job_id integer not null references job (id) on delete cascade,
  type text not null,
  creator_id integer not null references user (id),
  created_at real not null,
  expires_at real not null,
  revoked_at real,
  downloads integer not null default 0,
  last_download_at real
) strict;

create index share_job on share (job_id, id desc);
create index share_project on share (project_id, id desc);

create view shared as
select share.id, share.uid, share.digest, share.project_id, share.job_id, share.type, share.creator_id, share.created_at, share.expires_at,
  share.revoked_at, share.downloads, share.last_download_at, user.email as creator, job.uid as job_uid, job.name as job_name,
  coalesce(file.name, '') as file,
  user.disabled = 0 and coalesce(member.level, 0) >= 2 and job.deleted = 0 and project.deleting = 0 and file.name is not null as granted
from share
join user on user.id = share.creator_id
join job on job.id = share.job_id
join project on project.id = share.project_id
left join member on member.project_id = share.project_id and member.user_id = share.creator_id
left join job_artifact file on file.job_id = share.job_id and file.type = share.type;

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

create table usage (
  user_id integer not null references user (id),
  project text not null,
  project_name text not null,
  month text not null,
  jobs integer not null default 0,
  cpu_s real not null default 0,
  gpu_s real not null default 0,
  rows_in integer not null default 0,
  rows_out integer not null default 0,
  bytes integer not null default 0,
  primary key (user_id, project, month)
) strict, without rowid;

create index usage_project on usage (project);

create trigger job_used after update of state, usage on job
when new.state in ('completed', 'error', 'cancelled', 'lost') and (old.state <> new.state or (old.usage is null and new.usage is not null))
begin
  insert into usage (user_id, project, project_name, month, jobs, cpu_s, gpu_s, rows_in, rows_out)
  select new.owner_id, guid, name, strftime('%Y-%m', coalesce(new.ended_at, new.changed_at), 'unixepoch'), old.state <> new.state,
    min(max(coalesce(json_extract(new.usage, '$.cpu_s'), 0), 0), 1000000000000),
    case when new.runner_mode = 'manual' then min(max(coalesce(json_extract(new.usage, '$.gpu_s'), 0), 0), 1000000000000)
      else (old.state <> new.state) * new.gpus * max(coalesce(new.ended_at - new.active_at, 0), 0) end,
    min(max(coalesce(json_extract(new.usage, '$.rows_in'), 0), 0), 1000000000000),
    min(max(coalesce(json_extract(new.usage, '$.rows_out'), 0), 0), 1000000000000)
  from project where id = new.project_id
  on conflict (user_id, project, month) do update set jobs = jobs + excluded.jobs, project_name = excluded.project_name,
    cpu_s = cpu_s + excluded.cpu_s, gpu_s = gpu_s + excluded.gpu_s, rows_in = rows_in + excluded.rows_in, rows_out = rows_out + excluded.rows_out;
end;

create trigger artifact_stored after update of state on artifact
when old.state = 'uploading' and new.state = 'ready'
begin
  insert into usage (user_id, project, project_name, month, bytes)
  select new.owner_id, guid, name, strftime('%Y-%m', new.ready_at, 'unixepoch'), new.size from project where id = new.project_id
  on conflict (user_id, project, month) do update set bytes = bytes + excluded.bytes, project_name = excluded.project_name;
end;

create trigger job_artifact_stored after insert on job_artifact
begin
  insert into usage (user_id, project, project_name, month, bytes)
  select job.owner_id, project.guid, project.name, strftime('%Y-%m', coalesce(job.ended_at, job.changed_at), 'unixepoch'), new.size
  from job join project on project.id = job.project_id where job.id = new.job_id
  on conflict (user_id, project, month) do update set bytes = bytes + excluded.bytes, project_name = excluded.project_name;
end;

create trigger job_artifact_grew after update of size on job_artifact
when new.size > old.size
begin
  insert into usage (user_id, project, project_name, month, bytes)
  select job.owner_id, project.guid, project.name, strftime('%Y-%m', coalesce(job.ended_at, job.changed_at), 'unixepoch'), new.size - old.size
  from job join project on project.id = job.project_id where job.id = new.job_id
  on conflict (user_id, project, month) do update set bytes = bytes + excluded.bytes, project_name = excluded.project_name;
end;

create table audit (
  seq integer primary key autoincrement,
  line text not null,
  digest blob not null
) strict;

create table audit_place (
  project text not null,
  actor_id text not null,
  seq integer not null,
  primary key (project, actor_id, seq)
) strict, without rowid;

create trigger audit_no_update before update on audit
begin
  select raise(abort, 'the audit log is append only');
end;

create trigger audit_no_replace before insert on audit
when exists (select 1 from audit where seq = new.seq)
begin
  select raise(abort, 'the audit log is append only');
end;

create trigger audit_no_delete before delete on audit
begin
  select raise(abort, 'the audit log is append only');
end;
