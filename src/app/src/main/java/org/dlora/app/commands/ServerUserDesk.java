package org.dlora.app.commands;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Users by the endpoints of a running server. */
record ServerUserDesk(AdminCalls server) implements UserDesk {
    private static final String USERS = "/admin/users";

    @Override
    public Shown create(String name, String role, String password) {
        return shown(
                server.ask(
                        "POST",
                        USERS,
                        AdminCalls.body()
                                .put("name", name)
                                .put("role", role)
                                .put("password", password)));
    }

    @Override
    public List<Shown> list() {
        return server.ask("GET", USERS, null)
                .path("users")
                .valueStream()
                .map(ServerUserDesk::shown)
                .toList();
    }

    @Override
    public Shown change(String name, Change change) {
        var body = AdminCalls.body();
        if (change.role() != null) {
            body.put("role", change.role());
        }
        if (change.disabled() != null) {
            body.put("disabled", change.disabled());
        }
        if (change.password() != null) {
            body.put("password", change.password());
        }
        return shown(server.ask("PUT", path(name), body));
    }

    @Override
    public void delete(String name) {
        var _ = server.ask("DELETE", path(name), AdminCalls.body());
    }

    private static String path(String name) {
        return USERS + "/" + URLEncoder.encode(name, UTF_8).replace("+", "%20");
    }

    private static Shown shown(JsonNode body) {
        return new Shown(
                body.path("name").asString(""),
                body.path("role").asString(""),
                body.path("disabled").asBoolean(false),
                body.path("last_sign_in").asString(""));
    }

    @Override
    public void close() {
        server.close();
    }
}
