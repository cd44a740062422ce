package org.dlora.console.page;

import java.util.Map;
import org.dlora.security.users.Role;
import org.jspecify.annotations.Nullable;

/**
 * Part of a page that is rendered anew each second while a browser shows it. One rendering serves
 * all browsers, so it knows no user and has no form.
 */
public interface LivePanel {

    /** Returns its name in {@code /console/live?panel=NAME}: small letters and dashes. */
    String name();

    /** Returns the template below {@code frontend-templates/console}, without its suffix. */
    String template();

    /** Returns the fragment of the template. */
    default String fragment() {
        return name();
    }

    /** Returns the least role of those who may see it. */
    default Role role() {
        return Role.VIEWER;
    }

    /**
     * Returns the values of the fragment now. Called away from the event loops, once a second for
     * all browsers.
     *
     * @param subject of the panel, as the id of a replica; empty text if the page gives none
     */
    Map<String, ? extends @Nullable Object> values(String subject);
}
