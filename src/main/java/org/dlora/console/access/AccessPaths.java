package org.dlora.console.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;

/** Paths of the pages of this package. Names are parameters, as they may hold any characters. */
final class AccessPaths {
    static final String KEYS = "/console/access";
    static final String KEY = "/console/access/key";
    static final String NEW_KEY = "/console/access/new-key";
    static final String REVOKE = "/console/access/revoke";
    static final String TEAMS = "/console/access/teams";
    static final String TEAM = "/console/access/team";
    static final String NEW_TEAM = "/console/access/new-team";
    static final String DELETE_TEAM = "/console/access/delete-team";
    static final String USERS = "/console/access/users";
    static final String USER = "/console/access/user";
    static final String NEW_USER = "/console/access/new-user";
    static final String DELETE_USER = "/console/access/delete-user";
    static final String AUDIT = "/console/access/audit";
    static final String USAGE = "/console/access/usage";

    private AccessPaths() {}

    static String key(String id) {
        return with(KEY, "id", id);
    }

    static String team(String name) {
        return with(TEAM, "name", name);
    }

    static String user(String name) {
        return with(USER, "name", name);
    }

    static String newUser(String name, String role) {
        return with(NEW_USER, "name", name) + "&role=" + URLEncoder.encode(role, UTF_8);
    }

    /** Returns a path with one parameter. */
    static String with(String path, String parameter, String value) {
        return path + "?" + parameter + "=" + URLEncoder.encode(value, UTF_8);
    }
}
