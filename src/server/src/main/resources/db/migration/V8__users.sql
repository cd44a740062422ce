-- Users of the console. Of a password only its hash is kept (Argon2id). SQL that H2 and PostgreSQL have in common.

create table console_user (
    name             varchar(64)  not null primary key,
    role             varchar(16)  not null,
    hash             varchar(255) not null,
    disabled         boolean      not null,
    stamp            varchar(32)  not null,
    created_at       timestamp(6) with time zone not null,
    last_sign_in_at  timestamp(6) with time zone,
    failed_tries     integer      not null
);
