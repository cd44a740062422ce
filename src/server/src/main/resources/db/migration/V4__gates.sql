-- Gates of adapters, the results of their versions, and shadows. SQL that H2 and PostgreSQL have in common.

-- JSON of the golden prompts; null where versions have to pass nothing.
alter table adapter add column gate varchar;

-- The last result of each version, by the version's hash.
create table adapter_gate_result (
    base        varchar(64)  not null,
    name        varchar(255) not null,
    version     varchar(64)  not null,
    gate        varchar(64)  not null,
    checked_at  timestamp(6) with time zone not null,
    findings    varchar      not null,
    primary key (base, name, version),
    foreign key (base, name) references adapter (base, name)
);

-- Of the route in force alone.
alter table adapter_route add column shadow integer;

-- Comparisons of shadows with the answers that clients got. Ids are made as those of requests.
create table request_shadow (
    id                  bigint primary key,
    base                varchar(64)  not null,
    request_id          varchar(255) not null,
    adapter             varchar(255) not null,
    alias               varchar(255) not null,
    version_number      integer      not null,
    version_hash        varchar(64),
    outcome             varchar(32)  not null,
    client_tokens       integer      not null,
    shadow_tokens       integer      not null,
    equal_tokens        integer      not null,
    first_difference    integer,
    logprob_difference  double precision
);

create index request_shadow_request on request_shadow (base desc, request_id desc, id desc);
