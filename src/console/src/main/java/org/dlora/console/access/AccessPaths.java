package org.dlora.console.access;

import java.util.LinkedHashMap;
import org.dlora.console.page.PageAddress;

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
        return PageAddress.of(KEY, "id", id);
    }

    static String team(String name) {
        return PageAddress.of(TEAM, "name", name);
    }

    static String user(String name) {
        return PageAddress.of(USER, "name", name);
    }

    static String newUser(String name, String role) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("name", name);
        fields.put("role", role);
        return PageAddress.of(NEW_USER, fields);
    }
}
