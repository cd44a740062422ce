-- The catalogue of adapters. An adapter, its versions and its aliases are written together. SQL that H2 and PostgreSQL have in
-- common.

create table adapter (
    base         varchar(64)  not null,
    name         varchar(255) not null,
    description  varchar      not null,
    owner        varchar      not null,
    tags         varchar      not null,
    pinned       boolean,
    unloaded     boolean      not null,
    created_at   timestamp(6) with time zone not null,
    primary key (base, name)
);

create table adapter_version (
    base                varchar(64)  not null,
    name                varchar(255) not null,
    number              integer      not null,
    weights             varchar(64),
    extras              varchar(64)  not null,
    system_prompt       varchar,
    temperature         double precision,
    top_p               double precision,
    top_k               integer,
    min_p               double precision,
    presence_penalty    double precision,
    frequency_penalty   double precision,
    repetition_penalty  double precision,
    max_tokens          integer,
    folder              varchar      not null,
    source              varchar      not null,
    created_at          timestamp(6) with time zone not null,
    retired             varchar,
    primary key (base, name, number),
    foreign key (base, name) references adapter (base, name)
);

-- Routes of an alias: 0 is in force, higher ones were before it, the newest first. The empty alias is the adapter's name alone.
create table adapter_route (
    base      varchar(64)  not null,
    name      varchar(255) not null,
    alias     varchar(64)  not null,
    step      integer      not null,
    weights   varchar(512) not null,
    sticky    boolean      not null,
    primary key (base, name, alias, step),
    foreign key (base, name) references adapter (base, name)
);

-- Weights of service. The empty model is the base.
create table model_share (
    base    varchar(64)      not null,
    model   varchar(255)     not null,
    weight  double precision not null,
    primary key (base, model)
);
