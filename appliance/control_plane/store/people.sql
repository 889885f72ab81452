-- Statements about people: users, keys, sessions, members, invites, what they used and did. As in queries.sql.

-- name: user_insert
insert into user (uid, email, password_digest, is_owner, created_at)
values (:uid, :email, :password_digest, :is_owner, :at)
on conflict do nothing
returning *

-- name: user_by_id
select * from user where id = :id

-- name: user_by_uid
select * from user where uid = :uid

-- name: user_by_email
select * from user where email = :email

-- name: user_all
select * from user order by id

-- name: user_search
select * from user where disabled = 0 and instr(lower(email), lower(:query)) order by email limit :limit

-- name: user_running_limits
select id, max_running from user where max_running is not null

-- name: user_update
update user set password_digest = :password_digest, disabled = :disabled, administrator = :administrator, max_created = :max_created,
  max_running = :max_running, max_duration_s = :max_duration_s, storage_bytes = :storage_bytes
where id = :id returning *

-- name: user_storage_used
select
  (select coalesce(sum(size), 0) from artifact where owner_id = :id)
  + (select coalesce(sum(a.size), 0) from job j join job_artifact a on a.job_id = j.id where j.owner_id = :id)

-- name: user_storage_left
select case when coalesce(storage_bytes, :quota) > 0 then coalesce(storage_bytes, :quota)
  - (select coalesce(sum(size), 0) from artifact where owner_id = :id)
  - (select coalesce(sum(a.size), 0) from job j join job_artifact a on a.job_id = j.id where j.owner_id = :id) end
from user where id = :id

-- name: key_insert
insert into api_key (digest, user_id, prefix, name, created_at) values (:digest, :user_id, :prefix, :name, :at) returning *

-- name: key_user
select user.* from api_key join user on user.id = api_key.user_id
where api_key.digest = :digest and api_key.revoked_at is null and user.disabled = 0

-- name: key_of_user
select * from api_key where user_id = :user_id order by id

-- name: key_used
update api_key set last_used_at = :at where digest = :digest

-- name: key_live
select count(*) from api_key where user_id = :user_id and revoked_at is null

-- name: key_forget
delete from api_key where user_id = :user_id and revoked_at is not null and id not in
  (select id from api_key where user_id = :user_id and revoked_at is not null order by revoked_at desc, id desc limit :most)

-- name: key_revoke
-- a trigger ends the sessions that were opened with the key
update api_key set revoked_at = :at where id = :id and user_id = :user_id and revoked_at is null returning *

-- name: token_insert
insert into sign_in_token (digest, user_id, expires_at) values (:digest, :user_id, :expires_at)

-- name: token_redeem
delete from sign_in_token where digest = :digest returning user_id, expires_at

-- name: token_delete_of_user
delete from sign_in_token where user_id = :user_id

-- name: token_expire
delete from sign_in_token where expires_at <= :at

-- name: session_insert
insert into session (digest, uid, user_id, csrf, address, agent, created_at, seen_at, expires_at, key_digest)
values (:digest, :uid, :user_id, :csrf, :address, :agent, :at, :at, :expires_at, :key_digest) returning *

-- name: session_get
select session.* from session join user on user.id = session.user_id
where session.digest = :digest and session.expires_at > :at and user.disabled = 0

-- name: session_of_user
select * from session where user_id = :user_id and expires_at > :at order by created_at desc

-- name: session_seen
-- 14 days after sign-in at most; three days after the last use, and the hour within which a use is not noted (people/new_session.py)
update session set seen_at = :at, expires_at = min(created_at + 1209600.0, :at + 262800.0) where digest = :digest

-- name: session_delete
delete from session where digest = :digest

-- name: session_delete_one
delete from session where user_id = :user_id and uid = :uid

-- name: session_delete_others
delete from session where user_id = :user_id and digest <> :digest

-- name: session_expire
delete from session where expires_at <= :at

-- name: member_set
insert into member (project_id, user_id, level) values (:project_id, :user_id, :level)
on conflict (project_id, user_id) do update set level = excluded.level

-- name: member_remove
delete from member where project_id = :project_id and user_id = :user_id

-- name: member_level
select level from member where project_id = :project_id and user_id = :user_id

-- name: member_all
select member.* from member where project_id = :project_id order by user_id

-- name: project_owned_alone
select project.* from project join member on member.project_id = project.id
where member.user_id = :user_id and member.level = 4 and project.deleting = 0
  and not exists (select 1 from member other join user on user.id = other.user_id
    where other.project_id = project.id and other.level = 4 and other.user_id <> :user_id and user.disabled = 0)

-- name: project_set_owner
update project set owner_id = :owner_id, changed_at = :at where id = :id and deleting = 0 returning *

-- name: invite_put
insert into invite (uid, project_id, email, level, invited_by, created_at, expires_at)
values (:uid, :project_id, :email, :level, :invited_by, :at, :expires_at)
on conflict (project_id, email) do update set level = excluded.level, invited_by = excluded.invited_by, created_at = excluded.created_at,
  expires_at = excluded.expires_at, accepted_at = null
returning *

-- name: invite_find
select * from invite where uid = :uid and email = :email

-- name: invite_of
select * from invite where project_id = :project_id and email = :email

-- name: invite_of_project
select * from invite where project_id = :project_id and accepted_at is null order by id desc

-- name: invite_of_email
select invite.* from invite join project on project.id = invite.project_id
where email = :email and accepted_at is null and project.deleting = 0 and invite.created_at > :since
order by invite.created_at desc, invite.id desc limit 500

-- name: invite_accept
update invite set accepted_at = :at where uid = :uid

-- name: invite_delete_of
delete from invite where project_id = :project_id and email = :email

-- name: invite_expire
delete from invite where expires_at <= :at

-- name: share_insert
insert into share (uid, digest, project_id, job_id, type, creator_id, created_at, expires_at)
values (:uid, :digest, :project_id, :job_id, :type, :creator_id, :at, :expires_at)

-- name: share_by_uid
select * from shared where uid = :uid and job_id = :job_id

-- name: share_by_digest
-- the view's `granted`: its creator may still write to the project, and job and file are there
select * from shared where digest = :digest and revoked_at is null and expires_at > :at and granted

-- name: share_of_job
select * from shared where job_id = :job_id order by id desc limit 500

-- name: share_of_project
select * from shared where project_id = :project_id order by id desc limit 500

-- name: share_open
select count(*) from share where job_id = :job_id and revoked_at is null and expires_at > :at

-- name: share_forget
delete from share where job_id = :job_id and (revoked_at is not null or expires_at <= :at) and id not in
  (select id from share where job_id = :job_id and (revoked_at is not null or expires_at <= :at) order by id desc limit :most)

-- name: share_revoke
update share set revoked_at = :at where id = :id and revoked_at is null

-- name: share_taken
update share set downloads = downloads + 1, last_download_at = :at where id = :id

-- name: usage_of_user
select * from usage where user_id = :user_id and (:month = '' or month = :month) order by month desc, project_name, project

-- name: usage_sum
select coalesce(sum(jobs), 0), round(total(cpu_s), 3), round(total(gpu_s), 3), coalesce(sum(rows_in), 0), coalesce(sum(rows_out), 0),
  coalesce(sum(bytes), 0)
from usage where user_id = :user_id and month = :month

-- name: usage_of_project
select * from usage where project = :project and (:month = '' or month = :month) order by month desc, user_id

-- name: usage_all
select * from usage where (:month = '' or month = :month) order by month desc, user_id, project_name, project limit :limit offset :skip

-- name: audit_head
select seq, digest from audit order by seq desc limit 1

-- name: audit_insert
insert into audit (seq, line, digest) values (:seq, :line, :digest)

-- name: audit_newest
select seq from sqlite_sequence where name = 'audit'

-- name: audit_after
select seq, cast(line as blob), digest from audit where seq > :seq order by seq limit :limit

-- name: audit_place
insert into audit_place (project, actor_id, seq)
select coalesce(json_extract(line, '$.project'), ''), coalesce(json_extract(line, '$.actor_id'), ''), seq
from audit where seq > :after and json_valid(line)

-- name: activity
-- Lines of some projects and a user's own ones, newest first; of the newest :most of them those that hold every text of :texts in one of
-- four fields and every part of :fields in its field. To whom an invite of others went cannot be found out by searching for it.
-- Their places are ordered by project and user, so those are walked apart: no more than :most of each, however long the log.
-- `least`: so many of those walks have so many lines behind it that the newest :most are among them, and nothing older is looked at.
-- Always answers a row: its total and its matches, without a line when none is wanted.
with recursive
  mine(project) as (select value from json_each(:projects)),
  pair(project, actor_id) as (
    select project, (select min(a.actor_id) from audit_place a where a.project = mine.project) from mine
    union all
    select project, (select min(a.actor_id) from audit_place a where a.project = pair.project and a.actor_id > pair.actor_id)
    from pair where actor_id is not null
  ),
  place(project) as (
    select min(project) from audit_place
    union all
    select (select min(a.project) from audit_place a where a.project > place.project) from place where project is not null
  ),
  own(project) as (select project from place where :others and project is not null and project not in (select project from mine)),
  scope(project, actor_id) as (
    select project, actor_id from pair where actor_id is not null
    union all
    select project, :actor_id from own
  ),
  many(lines) as (select max(1, 4 * :most / max(1, (select count(*) from scope)))),
  least(seq) as (
    select (
      select a.seq from audit_place a where a.project = scope.project and a.actor_id = scope.actor_id
      order by a.seq desc limit 1 offset (select lines - 1 from many))
    from scope order by 1 desc limit 1 offset (select (:most + lines - 1) / lines - 1 from many)
  ),
  found(seq) as (
    select value from scope, json_each((
      select json_group_array(seq) from (
        select a.seq from audit_place a
        where a.project = scope.project and a.actor_id = scope.actor_id and a.seq >= coalesce((select seq from least), 0)
        order by a.seq desc limit :most)))
    order by value desc limit :most
  ),
  matching(seq) as materialized (
    select seq from found join audit using (seq)
    where not exists (
        select 1 from json_each(:texts)
        where instr(lower(json_extract(line, '$.actor', '$.action', '$.result')), lower(value)) = 0
          and (coalesce(json_extract(line, '$.actor_id'), '') <> :actor_id and json_extract(line, '$.kind') = 'invite'
            or instr(lower(coalesce(json_extract(line, '$.name'), '')), lower(value)) = 0))
      and not exists (
        select 1 from json_each(:fields)
        where instr(lower(coalesce(json_extract(line, '$.' || json_extract(value, '$[0]')), '')), lower(json_extract(value, '$[1]'))) = 0)
  ),
  page(seq) as (select seq from matching order by seq desc limit :limit offset :skip)
select
  (select total((select count(*) from audit_place a where a.project = mine.project)) from mine)
    + (select total((select count(*) from audit_place a where a.project = own.project and a.actor_id = :actor_id)) from own),
  (select count(*) from matching), cast(line as blob)
from (select 1) left join (select seq, line from page join audit using (seq)) order by seq desc

-- name: queue_of_all
select
  (select count(*) from job indexed by job_waiting where state = 'created'),
  (select count(*) from job indexed by job_live where state in ('pending', 'active'))

-- name: storage_of_user
-- bytes of the projects in which a user is a member: uploads, what models left, what runs left; the largest first
select guid, name, data, models, runs from (
  select project.guid, coalesce(nullif(project.display_name, ''), project.name) as name,
    (select coalesce(sum(size), 0) from artifact where project_id = project.id) as data,
    (select coalesce(sum(a.size), 0) from job j join job_artifact a on a.job_id = j.id
      where j.project_id = project.id and j.kind = 'train' and j.deleted = 0) as models,
    (select coalesce(sum(a.size), 0) from job j join job_artifact a on a.job_id = j.id
      where j.project_id = project.id and j.kind = 'run' and j.deleted = 0) as runs
  from member join project on project.id = member.project_id
  where member.user_id = :user_id and project.deleting = 0)
order by data + models + runs desc, guid limit :limit

-- name: storage_of_all
-- the wide rows of jobs are looked up by id, one for each file that a job left
select (select coalesce(sum(size), 0) from artifact),
  coalesce(sum(a.size) filter (where j.kind = 'train'), 0), coalesce(sum(a.size) filter (where j.kind = 'run'), 0)
from job_artifact a cross join job j on j.id = a.job_id where j.deleted = 0

-- name: project_overview
-- as project_of_user, with the level of the user and how much is in each
select project.guid, project.name, project.display_name, project.description, member.level,
  (select count(*) from artifact where project_id = project.id and state = 'ready'),
  (select count(*) from job where project_id = project.id and kind = 'train' and deleted = 0)
from project join member on member.project_id = project.id
where member.user_id = :user_id and project.deleting = 0
  and (:query = '' or instr(lower(project.name), lower(:query)) or instr(lower(project.display_name), lower(:query)))
order by project.id desc limit :limit offset :skip

-- name: artifact_maker
-- the job whose rows became a file, while it is there
select uid, kind, coalesce(model_uid, uid), name, state, created_at from job where project_id = :project_id and uid = :uid and deleted = 0

-- name: artifact_uses
-- jobs of a project that took a file, the newest first
select uid, kind, coalesce(model_uid, uid), name, state, created_at from job indexed by job_project
where project_id = :project_id and deleted = 0
  and exists (select 1 from json_each(job.inputs) where json_extract(value, '$.key') = :key)
order by id desc limit :limit
