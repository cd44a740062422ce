package org.dlora.security.users;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.dlora.security.AccessChangeException;
import org.dlora.security.Scope;

/** Role of a user of the console. Each role may do all that those before it may. */
public enum Role {
    /** Reads the administration but for keys, teams, users and the audit. */
    VIEWER,
    /** Uses models, and changes adapters, replicas, migrations and scheduling. */
    OPERATOR,
    /** Everything, keys, teams and users included. */
    ADMIN;

    /** Returns the scopes that a key would need to change what the role may change. */
    public Set<Scope> scopes() {
        return switch (this) {
            case VIEWER -> Set.of(Scope.METRICS);
            case OPERATOR -> Set.of(Scope.INFERENCE, Scope.ADAPTERS, Scope.METRICS);
            case ADMIN -> Set.of(Scope.ADMIN);
        };
    }

    /** Returns whether the role may do all that {@code other} may. */
    public boolean includes(Role other) {
        return compareTo(other) >= 0;
    }

    /** Returns the word for the role in JSON, settings and messages. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the role of a word.
     *
     * @throws AccessChangeException if there is none
     */
    public static Role require(String label) {
        return of(label)
                .orElseThrow(() ->
                        AccessChangeException.noSuchWord(
                                "role", label, "role", "viewer, operator or admin"));
    }

    /** Returns the role of a word; empty if there is none. */
    public static Optional<Role> of(String label) {
        return Arrays.stream(values()).filter(role -> role.label().equals(label)).findFirst();
    }
}
