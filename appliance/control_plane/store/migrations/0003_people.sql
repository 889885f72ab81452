alter table user add column administrator integer not null default 0 check (administrator in (0, 1));
alter table user add column max_created integer check (max_created > 0);
alter table user add column max_running integer check (max_running > 0);
alter table user add column max_duration_s real check (max_duration_s > 0);
alter table user add column storage_bytes integer check (storage_bytes >= 0);

create index user_limited on user (max_running) where max_running is not null;

drop table session;

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

insert into usage (user_id, project, project_name, month, jobs, cpu_s, gpu_s, rows_in, rows_out)
select job.owner_id, project.guid, project.name, strftime('%Y-%m', coalesce(job.ended_at, job.changed_at), 'unixepoch'), count(*),
  sum(min(max(coalesce(json_extract(job.usage, '$.cpu_s'), 0), 0), 1000000000000)),
  sum(case when job.runner_mode = 'manual' then min(max(coalesce(json_extract(job.usage, '$.gpu_s'), 0), 0), 1000000000000)
    else job.gpus * max(coalesce(job.ended_at - job.active_at, 0), 0) end),
  sum(min(max(coalesce(json_extract(job.usage, '$.rows_in'), 0), 0), 1000000000000)),
  sum(min(max(coalesce(json_extract(job.usage, '$.rows_out'), 0), 0), 1000000000000))
from job join project on project.id = job.project_id
where job.state in ('completed', 'error', 'cancelled', 'lost')
group by 1, 2, 4;

insert into usage (user_id, project, project_name, month, bytes)
select owner_id, guid, name, strftime('%Y-%m', at, 'unixepoch'), sum(size) from (
  select artifact.owner_id, project.guid, project.name, coalesce(artifact.ready_at, artifact.created_at) as at, artifact.size
  from artifact join project on project.id = artifact.project_id where artifact.state <> 'uploading'
  union all
  select job.owner_id, project.guid, project.name, coalesce(job.ended_at, job.changed_at), job_artifact.size
  from job_artifact join job on job.id = job_artifact.job_id join project on project.id = job.project_id
)
group by 1, 2, 4
on conflict (user_id, project, month) do update set bytes = excluded.bytes;

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
