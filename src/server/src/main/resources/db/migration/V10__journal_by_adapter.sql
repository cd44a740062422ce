-- The journal of one adapter reads changes of one kind, of which other adapters may have most.

create index cluster_event_kind_adapter on cluster_event (base desc, kind desc, adapter desc, id desc);
