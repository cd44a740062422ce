package org.dlora.security.users;

import java.util.Map;

/** Audit of sign-ins. It returns at once. */
@FunctionalInterface
public interface AccessAudit {

    /**
     * Writes an action.
     *
     * @param actor user or address
     * @param subject name of a user; never what a stranger typed
     * @param details nothing secret
     */
    void done(String actor, String action, String subject, Map<String, ?> details);
}
