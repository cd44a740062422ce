-- What a replay of a request is compared with, and what is known of a version beside its content. SQL that H2 and PostgreSQL
-- have in common.

alter table request add column prompt_hash varchar(64);
alter table request add column token_logprobs bytea;

alter table adapter_version add column ranks varchar;
alter table adapter_version add column targets varchar;
alter table adapter_version add column bytes bigint;
alter table adapter_version add column warnings varchar;
alter table adapter_version add column created_by varchar(255);
