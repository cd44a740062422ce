-- Times of a request in milliseconds, so that the slowest ones are a part of an index. Requests that are older than this version have
-- none of them.

alter table request add column ttft_ms bigint;
alter table request add column duration_ms bigint;

create index request_ttft_ms on request (base desc, ttft_ms desc, id desc);
create index request_duration_ms on request (base desc, duration_ms desc, id desc);
