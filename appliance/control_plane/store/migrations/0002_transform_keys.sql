create table transform_key (
  project_id integer not null references project (id) on delete cascade,
  number integer not null check (number > 0),
  sealed blob not null,
  created_at real not null,
  primary key (project_id, number)
) strict, without rowid;
