-- Sums by the day (UTC) of what usage_hour sums by the hour, so that a span of months is read from a part of the rows.

create table usage_day (
    base           varchar(64)  not null,
    day_at         timestamp(6) with time zone not null,
    adapter        varchar(255) not null,
    api_key        varchar(255) not null,
    team           varchar(255) not null,
    requests       bigint       not null,
    failed         bigint       not null,
    prompt_tokens  bigint       not null,
    cached_tokens  bigint       not null,
    output_tokens  bigint       not null,
    primary key (base, day_at, adapter, api_key, team)
);

insert into usage_day
    select base, day_begin, adapter, api_key, team,
           sum(requests), sum(failed), sum(prompt_tokens), sum(cached_tokens), sum(output_tokens)
    from (select date_trunc('day', hour_at at time zone 'UTC') at time zone 'UTC' as day_begin, h.* from usage_hour h) days
    group by base, day_begin, adapter, api_key, team;

create index usage_day_adapter on usage_day (base desc, adapter desc, day_at desc, api_key, team);
create index usage_day_api_key on usage_day (base desc, api_key desc, day_at desc, adapter, team);
create index usage_day_team on usage_day (base desc, team desc, day_at desc, adapter, api_key);
