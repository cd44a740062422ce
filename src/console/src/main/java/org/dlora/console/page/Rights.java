package org.dlora.console.page;

import org.dlora.security.users.Role;

/**
 * Rights of the user of a page, so that a page shows no form that would be refused. The table of
 * the endpoints decides.
 */
public record Rights(Role role) {

    /** Returns whether the user may change adapters, replicas and the scheduling. */
    public boolean isOperator() {
        return role.includes(Role.OPERATOR);
    }

    /** Returns whether the user may change keys, teams, users and settings. */
    public boolean isAdmin() {
        return role.includes(Role.ADMIN);
    }
}
