-- Parameters of requests, once for all requests that have the same; requests that are older than this version have their own in
-- request.parameters. last_id is the key of the newest request with them, within an hour.

create table request_parameters (
    hash        varchar(64) primary key,
    parameters  varchar not null,
    last_id     bigint  not null
);

create index request_parameters_last_id on request_parameters (last_id);

alter table request add column parameters_hash varchar(64);
