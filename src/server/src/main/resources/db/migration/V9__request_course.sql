-- Course of a request: when its first rows were computed, and what interrupted it. Bands of its times, so that slow requests are a
-- part of an index. Requests that are older than this version have none of them.

alter table request add column begun_at timestamp(6) with time zone;
alter table request add column course varchar;
alter table request add column ttft_band varchar(16);
alter table request add column duration_band varchar(16);

create index request_ttft_band on request (base desc, ttft_band desc, id desc);
create index request_duration_band on request (base desc, duration_band desc, id desc);
