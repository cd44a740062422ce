-- API keys and teams, of all base models. Of a key's secret only a hash is kept. Lists have one item a line. SQL that H2 and
-- PostgreSQL have in common.

create table team (
    name         varchar(64)  not null primary key,
    description  varchar      not null,
    adapters     varchar      not null,
    owns         varchar      not null,
    created_at   timestamp(6) with time zone not null
);

create table api_key (
    id            varchar(32)  not null primary key,
    name          varchar(100) not null,
    team          varchar(64),
    scopes        varchar(255) not null,
    adapters      varchar      not null,
    created_at    timestamp(6) with time zone not null,
    expires_at    timestamp(6) with time zone,
    revoked_at    timestamp(6) with time zone,
    last_used_at  timestamp(6) with time zone,
    hash          varchar(64)  not null,
    secret        varchar(16)  not null
);

create index api_key_team on api_key (team);
