alter table artifact add column source_job text;

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
