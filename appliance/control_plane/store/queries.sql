-- Every statement of the store, by name. Parameters are named; all times come from the program's clock.

-- name: meta_get
select value from meta where key = :key

-- name: meta_set
insert into meta (key, value) values (:key, :value) on conflict (key) do update set value = excluded.value

-- name: meta_set_once
insert into meta (key, value) values (:key, :value) on conflict (key) do nothing

-- name: project_insert
insert into project (uid, guid, name, display_name, description, runner_mode, cluster_guid, owner_id, created_at, changed_at)
values (:uid, :guid, :name, :display_name, :description, :runner_mode, :cluster_guid, :owner_id, :created_at, :changed_at)
on conflict do nothing
returning *

-- name: project_find
select * from project where deleting = 0 and id = coalesce(
  (select id from project where uid = :key),
  (select id from project where guid = :key),
  (select id from project where name = :key and deleting = 0))

-- name: project_by_id
select * from project where id = :id

-- name: project_of_user
select project.* from project join member on member.project_id = project.id
where member.user_id = :user_id and project.deleting = 0
  and (:query = '' or instr(lower(project.name), lower(:query)) or instr(lower(project.display_name), lower(:query)))
order by project.id desc limit :limit offset :skip

-- name: project_update
update project set name = :name, display_name = :display_name, description = :description, runner_mode = :runner_mode,
  cluster_guid = :cluster_guid, changed_at = :at
where id = :id and deleting = 0 returning *

-- name: project_mark
update project set deleting = 1, changed_at = :at where id = :id and deleting = 0 returning *

-- name: project_remove
delete from project where id = :id and deleting = 1
  and not exists (select 1 from job where project_id = :id) and not exists (select 1 from artifact where project_id = :id)
returning id

-- name: transform_key_add
insert into transform_key (project_id, number, sealed, created_at)
values (:project_id, 1 + coalesce((select max(number) from transform_key where project_id = :project_id), 0), :sealed, :at)
returning number

-- name: transform_key_all
select * from transform_key where project_id = :project_id order by number

-- name: transform_key_destroy
delete from transform_key where project_id = :project_id and number = :number
  and number < (select max(number) from transform_key where project_id = :project_id)

-- name: artifact_insert
insert into artifact (uid, key, project_id, owner_id, name, created_at, source_job)
values (:uid, :key, :project_id, :owner_id, :name, :at, :source_job) returning *

-- name: artifact_by_uid
select * from artifact where uid = :uid

-- name: artifact_by_key
select * from artifact where key = :key and project_id = :project_id and state <> 'deleting'

-- name: artifact_of_project
select * from artifact where project_id = :project_id and state = 'ready' order by id desc limit :limit offset :skip

-- name: artifact_ready
update artifact set state = 'ready', size = :size, sha256 = :sha256, ready_at = :at, profile_state = 'pending', profile_error = ''
where id = :id and state = 'uploading' returning *

-- name: artifact_inspect
update artifact set inspection = inspection + 1 where id = :id and state = 'ready' and profile_state = 'pending' returning *

-- name: artifact_profile
update artifact set profile_state = :profile_state, profile_error = :profile_error, rows = :rows, columns = :columns
where id = :id and state = 'ready' returning *

-- name: artifact_needed_by
select uid from job indexed by job_needs where project_id = :project_id and state in ('created', 'pending') and deleted = 0
  and exists (select 1 from json_each(job.inputs) where json_extract(value, '$.key') = :key)

-- name: artifact_mark
update artifact set state = 'deleting' where id = :id returning *

-- name: artifact_mark_project
update artifact set state = 'deleting' where project_id = :project_id returning *

-- name: artifact_deleting
select * from artifact where state = 'deleting' and state <> 'ready'

-- name: artifact_interrupted
select * from artifact where state = 'uploading' and state <> 'ready' and created_at < :before

-- name: artifact_uninspected
select * from artifact where state = 'ready' and profile_state = 'pending' order by id

-- name: artifact_remove
delete from artifact where id = :id and state = 'deleting'

-- name: job_duplicate
select * from job indexed by job_waiting where owner_id = :owner_id and state = 'created' and project_id = :project_id and kind = :kind
  and model_id is :model_id and runner_mode = :runner_mode and body_sha256 = :body_sha256 and created_at > :since and deleted = 0
order by id limit 1

-- name: job_insert
insert into job (uid, guid, kind, project_id, owner_id, owner_email, model_id, model_uid, model_type, name, runner_mode, preload, priority, cpu,
  memory_bytes, gpus, max_duration_s, seed, created_at, changed_at, changed_by, worker_key_digest, body_sha256, inputs,
  configuration_sent, configuration, params)
select :uid, :guid, :kind, :project_id, :owner_id, :owner_email, :model_id, :model_uid, :model_type, :name, :runner_mode, :preload, :priority, :cpu,
  :memory_bytes, :gpus, :max_duration_s, :seed, :created_at, :created_at, :changed_by, :worker_key_digest, :body_sha256, :inputs,
  :configuration_sent, :configuration, :params
where (select count(*) from job indexed by job_waiting where owner_id = :owner_id and state = 'created')
  < coalesce((select max_created from user where id = :owner_id), :max_created)
returning *

-- name: job_by_id
select * from job where id = :id

-- name: job_state
select state from job where id = :id

-- name: job_by_uid
select * from job where uid = :uid

-- name: job_find
select * from job where uid = :uid and project_id = :project_id and kind = :kind and deleted = 0

-- name: job_search
select * from job
where project_id = :project_id and kind = :kind and deleted = 0
  and (:model_id is null or model_id = :model_id)
  and (:states = '[]' or state in (select value from json_each(:states)))
  and (:query = '' or instr(lower(name), lower(:query)))
order by
  case when :sort = 'name' and :ascending then name end collate nocase asc,
  case when :sort = 'name' and not :ascending then name end collate nocase desc,
  case when :sort = 'changed' and :ascending then changed_at end asc,
  case when :sort = 'changed' and not :ascending then changed_at end desc,
  case when :ascending then id end asc,
  id desc
limit :limit offset :skip

-- name: job_newest
select job.* from job join member on member.project_id = job.project_id join project on project.id = job.project_id
where member.user_id = :user_id and project.deleting = 0 and job.deleted = 0
  and (:project = '' or project.guid = :project) and (:states = '[]' or job.state in (select value from json_each(:states)))
  and (:query = '' or instr(lower(job.name), lower(:query)))
order by job.id desc limit :limit offset :skip

-- name: job_counts
select
  (select count(*) from job indexed by job_waiting where owner_id = :owner_id and state = 'created'),
  (select count(*) from job indexed by job_live where owner_id = :owner_id and state in ('pending', 'active'))

-- name: job_waiting_after
select id, owner_id, priority, created_at, cpu, memory_bytes, gpus, max_duration_s
from job where state = 'created' and runner_mode = 'cloud' and id > :id order by id

-- name: job_live
select * from job where state in ('pending', 'active') or stopping = 1

-- name: job_deleted
select * from job where deleted = 1

-- name: job_of_project
select * from job where project_id = :project_id

-- name: job_runs_of
select * from job where model_id = :model_id and kind = 'run' and deleted = 0

-- name: job_moves
select at, from_state, to_state, attempt, actor, error_id from event where job_uid = :uid and to_state <> 'deleted' order by seq

-- name: job_told
-- Of the newest :most lines of the audit log those about a job, newest first.
select cast(line as blob) from (select line from audit order by seq desc limit :most)
where case when instr(line, :uid) and json_valid(line) then json_extract(line, '$.id') = :uid end limit 100

-- name: job_times
-- What completed models of a type took, among the newest of a project and of a user: seconds, rows and columns of their data, rows made.
select j.ended_at - j.active_at, a.rows, json_array_length(a.columns), coalesce(json_extract(j.usage, '$.rows_out'), 0)
from (
  select id from (select id from job where project_id = :project_id order by id desc limit 200)
  union select id from (select id from job where owner_id = :owner_id order by id desc limit 200)
) near cross join job j on j.id = near.id join json_each(j.inputs) given join artifact a on a.key = json_extract(given.value, '$.key')
where j.kind = 'train' and j.state = 'completed' and j.model_type = :model_type and j.deleted = 0
  and json_extract(given.value, '$.role') = 'data_source' and a.rows is not null
order by j.id desc limit 20

-- name: job_claim
update job set state = 'pending', attempt = attempt + 1, pending_at = :at, changed_at = :at, changed_by = :actor
where id = :id and state = 'created' and runner_mode = :runner_mode and deleted = 0
  and (select count(*) from job r indexed by job_live where r.owner_id = job.owner_id and (r.state in ('pending', 'active') or r.stopping = 1))
    < coalesce((select max_running from user where id = job.owner_id), :max_running)
returning *

-- name: job_next_attempt
update job set attempt = attempt + 1, changed_at = :at, changed_by = :actor
where id = :id and attempt = :attempt and state = 'pending'
returning *

-- name: job_activate
update job set state = 'active', active_at = :at, last_heartbeat_at = :at, changed_at = :at, changed_by = :actor
where id = :id and attempt = :attempt and state = 'pending'
returning *

-- name: job_end
update job set state = :to, ended_at = :at, changed_at = :at, changed_by = :actor, stopping = :stopping,
  error_id = :error_id, error_msg = :message, error_hint = :hint, error_stage = :stage, traceback = :traceback,
  usage = coalesce(:usage, usage), scores = coalesce(:scores, scores), confinement = coalesce(:confinement, confinement),
  configuration_resolved = coalesce(:configuration_resolved, configuration_resolved)
where id = :id and attempt = :attempt and state in (select value from json_each(:from))
returning *

-- name: job_heartbeat
update job set last_heartbeat_at = max(coalesce(last_heartbeat_at, 0), :at) where id = :id and attempt = :attempt and state in ('pending', 'active')

-- name: job_stopped
update job set stopping = 0, usage = coalesce(usage, :usage) where id = :id returning *

-- name: job_mark_deleted
update job set deleted = 1, changed_at = :at, changed_by = :actor where id = :id returning *

-- name: job_remove
delete from job where id = :id and deleted = 1 and stopping = 0 and state in ('completed', 'error', 'cancelled', 'lost')

-- name: job_forget_model
update job set model_id = null where model_id = :id

-- name: job_artifact_put
insert into job_artifact (job_id, type, name, size, sha256) values (:job_id, :type, :name, :size, :sha256)
on conflict (job_id, type) do update set name = excluded.name, size = excluded.size, sha256 = excluded.sha256

-- name: job_artifact_all
select * from job_artifact where job_id = :job_id order by type

-- name: job_artifact_get
select * from job_artifact where job_id = :job_id and type = :type

-- name: attempt_put
insert into attempt (job_id, n, launcher, gpus, started_at) values (:job_id, :n, :launcher, :gpus, :at)
on conflict (job_id, n) do nothing

-- name: attempt_handle
update attempt set pid = :pid, boot_id = :boot_id, handle = :handle where job_id = :job_id and n = :n

-- name: attempt_end
update attempt set ended_at = :at, usage = :usage, confinement = :confinement where job_id = :job_id and n = :n and ended_at is null

-- name: attempt_last_confinement
select confinement from attempt where launcher = 'local' and confinement is not null order by ended_at desc limit 1

-- name: attempt_all
select * from attempt where job_id = :job_id order by n

-- name: artifact_stored
select key, size, state from artifact

-- name: job_artifact_stored
select job.uid, job_artifact.name, job_artifact.size from job_artifact join job on job.id = job_artifact.job_id where job.deleted = 0

-- name: job_unsettled
select uid from job where state = 'created'
union select uid from job where state in ('pending', 'active') or stopping = 1
union select uid from job where deleted = 1

-- name: data_version
pragma data_version

-- name: event_last
select coalesce(max(seq), 0) from event

-- name: event_after
select seq, job_uid, to_state from event where seq > :seq order by seq limit :limit
