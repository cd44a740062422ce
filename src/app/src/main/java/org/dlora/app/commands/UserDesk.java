package org.dlora.app.commands;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Target of the command {@code users}: a running server, or its database. */
interface UserDesk extends Desk {

    /**
     * A user as the command shows it.
     *
     * @param lastSignIn a time, empty if there was none
     */
    record Shown(String name, String role, boolean disabled, String lastSignIn) {}

    /**
     * A change; members that are null stay.
     *
     * @param role word of a role
     */
    record Change(@Nullable String role, @Nullable Boolean disabled, @Nullable String password) {
        @Override
        public String toString() {
            return "Change[]";
        }
    }

    /**
     * Makes a user.
     *
     * @throws KeyDeskException if it is refused, as by the others
     */
    Shown create(String name, String role, String password);

    List<Shown> list();

    Shown change(String name, Change change);

    void delete(String name);
}
