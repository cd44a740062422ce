-- History and audit. An id is a time in milliseconds since 1970, shifted by 20 bits, and a number within that millisecond: so
-- ids are in the order of time, and a time span is a range of ids. SQL that H2 and PostgreSQL have in common. Indexes descend
-- as lists do: H2 reads no index backwards.

create table request (
    id              bigint primary key,
    base            varchar(64)  not null,
    request_id      varchar(255) not null,
    client_id       varchar(255),
    api_key         varchar(255),
    team            varchar(255),
    end_user        varchar(255),
    model           varchar(255) not null,
    adapter         varchar(255),
    alias           varchar(255),
    version_number  integer,
    version_hash    varchar(64),
    replicas        varchar(255) not null,
    fingerprint     varchar(64)  not null,
    numeric_mode    varchar(64)  not null,
    arrived_at      timestamp(6) with time zone not null,
    queued_at       timestamp(6) with time zone,
    ready_at        timestamp(6) with time zone,
    first_token_at  timestamp(6) with time zone,
    done_at         timestamp(6) with time zone not null,
    status          varchar(16)  not null,
    outcome         varchar(32)  not null,
    prompt_tokens   integer      not null,
    cached_tokens   integer      not null,
    output_tokens   integer      not null,
    migrations      integer      not null,
    rescues         integer      not null,
    preemptions     integer      not null,
    steps_unmerged  integer      not null,
    steps_merged    integer      not null,
    steps_mixed     integer      not null,
    exact           boolean      not null,
    seed            bigint,
    parameters      varchar      not null,
    token_hashes    bytea        not null,
    prompt_ids      bytea,
    output_ids      bytea,
    answer          varchar
);

create index request_base on request (base desc, id desc);
create index request_model on request (base desc, model desc, id desc);
create index request_adapter on request (base desc, adapter desc, id desc);
create index request_end_user on request (base desc, end_user desc, id desc);
create index request_outcome on request (base desc, outcome desc, id desc);
create index request_status on request (base desc, status desc, id desc);
create index request_request_id on request (base desc, request_id desc, id desc);
create index request_client_id on request (base desc, client_id desc, id desc);

-- Sums over requests, which outlast their rows. The empty text stands for none, as a key holds no null.
create table usage_hour (
    base           varchar(64)  not null,
    hour_at        timestamp(6) with time zone not null,
    adapter        varchar(255) not null,
    api_key        varchar(255) not null,
    team           varchar(255) not null,
    requests       bigint       not null,
    failed         bigint       not null,
    prompt_tokens  bigint       not null,
    cached_tokens  bigint       not null,
    output_tokens  bigint       not null,
    primary key (base, hour_at, adapter, api_key, team)
);

create index usage_hour_list on usage_hour (base desc, hour_at desc, adapter, api_key, team);
create index usage_hour_adapter on usage_hour (base desc, adapter desc, hour_at desc, api_key, team);

create table cluster_event (
    id          bigint primary key,
    base        varchar(64)  not null,
    kind        varchar(32)  not null,
    place       varchar(255),
    adapter     varchar(255),
    request_id  varchar(255),
    detail      varchar      not null
);

create index cluster_event_base on cluster_event (base desc, id desc);
create index cluster_event_kind on cluster_event (base desc, kind desc, id desc);
create index cluster_event_adapter on cluster_event (base desc, adapter desc, id desc);

create table audit (
    id            bigint primary key,
    base          varchar(64)  not null,
    actor         varchar(255) not null,
    action        varchar(64)  not null,
    subject       varchar(255) not null,
    before_value  varchar,
    after_value   varchar
);

create index audit_base on audit (base desc, id desc);
create index audit_actor on audit (base desc, actor desc, id desc);
create index audit_action on audit (base desc, action desc, id desc);
create index audit_subject on audit (base desc, subject desc, id desc);
