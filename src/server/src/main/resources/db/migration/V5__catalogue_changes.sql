-- Number of changes to the catalogue of each base model, by which servers see the changes of others.

create table catalogue_change (
    base    varchar(64) not null primary key,
    number  bigint      not null
);
