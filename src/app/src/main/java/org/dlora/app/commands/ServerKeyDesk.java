package org.dlora.app.commands;

import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Keys by the endpoints of a running server. */
final class ServerKeyDesk implements KeyDesk {
    private final AdminCalls server;

    ServerKeyDesk(AdminCalls server) {
        this.server = server;
    }

    @Override
    public Shown create(Wanted wanted) {
        var body = AdminCalls.body().put("name", wanted.name());
        wanted.team().ifPresent(team -> body.put("team", team));
        wanted.expiresIn().ifPresent(time -> body.put("expires_in", time));
        body.set("scopes", AdminCalls.json(wanted.scopes()));
        body.set("adapters", AdminCalls.json(wanted.adapters()));
        if (!wanted.limits().isNone()) {
            body.set("limits", AdminCalls.json(wanted.limits().state()));
        }
        return shown(server.ask("POST", "/admin/keys", body));
    }

    @Override
    public List<Shown> list() {
        return server.ask("GET", "/admin/keys", null)
                .path("keys")
                .valueStream()
                .map(ServerKeyDesk::shown)
                .toList();
    }

    @Override
    public Shown revoke(String id) {
        return shown(server.ask("DELETE", "/admin/keys/" + id, AdminCalls.body()));
    }

    @Override
    public Shown rotate(String id, Duration overlap) {
        var body = AdminCalls.body().put("overlap", overlap.toString());
        return shown(server.ask("POST", "/admin/keys/" + id + "/rotate", body));
    }

    private static Shown shown(JsonNode body) {
        return new Shown(
                body.path("id").asString(""),
                body.hasNonNull("key") ? body.get("key").asString() : null,
                body.path("name").asString(""),
                body.path("team").asString(""),
                texts(body.path("scopes")),
                texts(body.path("adapters")),
                body.path("state").asString(""),
                body.path("created").asString(""),
                body.path("last_used").asString(""),
                body.path("expires").asString(""),
                body.path("limits").properties().stream()
                        .filter(limit -> !limit.getValue().isNull())
                        .map(limit -> limit.getKey() + "=" + limit.getValue().asString())
                        .toList());
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asString).toList();
    }

    @Override
    public void close() {
        server.close();
    }
}
