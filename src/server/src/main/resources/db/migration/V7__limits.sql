-- Limits of keys and teams, the tokens that they used, and the key and team of what the history lists. SQL that H2 and
-- PostgreSQL have in common.

alter table api_key add column requests_per_minute bigint;
alter table api_key add column tokens_per_minute bigint;
alter table api_key add column concurrent_requests bigint;
alter table api_key add column token_budget bigint;
alter table api_key add column budget_period varchar(8);
alter table api_key add column budget_alert double precision;

alter table team add column requests_per_minute bigint;
alter table team add column tokens_per_minute bigint;
alter table team add column concurrent_requests bigint;
alter table team add column token_budget bigint;
alter table team add column budget_period varchar(8);
alter table team add column budget_alert double precision;
alter table team add column share double precision default 1 not null;

-- What a key or a team ("key:…", "team:…") used on a day (UTC). Each run of a server has rows of its own and writes whole
-- counts, so a write that is repeated changes nothing.
create table token_usage (
    owner       varchar(80)  not null,
    day_at      date         not null,
    server_run  varchar(32)  not null,
    requests    bigint       not null,
    tokens      bigint       not null,
    primary key (owner, day_at, server_run)
);

create index token_usage_day on token_usage (day_at, owner);

create index request_api_key on request (base desc, api_key desc, id desc);
create index request_team on request (base desc, team desc, id desc);
create index usage_hour_api_key on usage_hour (base desc, api_key desc, hour_at desc, adapter, team);
create index usage_hour_team on usage_hour (base desc, team desc, hour_at desc, adapter, api_key);

-- The actor is a key, its id of 18 characters, and "(team …)" behind it if it has one; or the address of a client.
alter table audit add column api_key varchar(255);
alter table audit add column team varchar(255);
update audit set api_key = substring(actor, 1, 18) where actor like 'dlora_____________';
update audit set api_key = substring(actor, 1, 18), team = substring(actor, 26, char_length(actor) - 26)
    where actor like 'dlora_____________ (team %)';
update audit set api_key = actor where actor = 'admin-key';
create index audit_api_key on audit (base desc, api_key desc, id desc);
create index audit_team on audit (base desc, team desc, id desc);

-- Rates that servers share (dlora.limits.shared): what a bucket of a limit per minute held at a time.
create table shared_rate (
    owner       varchar(80)  not null,
    kind        varchar(16)  not null,
    per_minute  bigint       not null,
    level       double precision not null,
    at_time     timestamp(6) with time zone not null,
    primary key (owner, kind)
);
