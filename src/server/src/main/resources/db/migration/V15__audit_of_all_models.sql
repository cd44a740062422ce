-- The audit is of all base models, and of no model where keys, teams and users are changed: its rows have the empty base, so that its
-- indexes serve all of them. Changes of keys and teams count in one row, which keeps those of other servers waiting. SQL that H2 and
-- PostgreSQL have in common.

update audit set base = '';

create table key_change (
    id      integer not null primary key,
    number  bigint  not null
);

insert into key_change (id, number) values (1, 0);
