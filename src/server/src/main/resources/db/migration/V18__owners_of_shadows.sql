-- Who ordered the shadow of an alias and pays for its tokens, as the audit names them; null where the server does.

alter table adapter_route add column shadow_owner varchar(255);
