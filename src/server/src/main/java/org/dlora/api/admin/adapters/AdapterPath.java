package org.dlora.api.admin.adapters;

import java.util.List;
import org.dlora.api.web.ApiException;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;

/**
 * The part of a path behind {@code /admin/adapters/}: an adapter's name, which may hold slashes,
 * and what of it is meant.
 *
 * @param part {@code versions}, {@code aliases}, {@code gate}, or empty for the adapter itself
 * @param item number of a version, or an alias; empty for all
 */
public record AdapterPath(String name, String part, String item) {
    private static final String GATE = "gate";
    private static final List<String> PARTS = List.of("versions", "aliases", GATE);

    /**
     * Reads a path.
     *
     * @param path begins with a slash
     */
    static AdapterPath of(String path) {
        var whole = path.substring(Math.min(1, path.length()));
        int last = whole.lastIndexOf('/');
        if (last > 0) {
            var end = whole.substring(last + 1);
            var front = whole.substring(0, last);
            if (PARTS.contains(end)) {
                return new AdapterPath(front, end, "");
            }
            int before = front.lastIndexOf('/');
            var part = front.substring(before + 1);
            if (before > 0 && PARTS.contains(part) && !part.equals(GATE) && !end.isEmpty()) {
                return new AdapterPath(front.substring(0, before), part, end);
            }
        }
        return new AdapterPath(whole, "", "");
    }

    /** Returns the adapter itself. */
    public static AdapterPath adapter(String name) {
        return new AdapterPath(name, "", "");
    }

    /** Returns an alias of an adapter; the empty alias is the name alone. */
    public static AdapterPath alias(String name, String alias) {
        return new AdapterPath(name, "aliases", alias);
    }

    /** Returns a version of an adapter. */
    public static AdapterPath version(String name, int number) {
        return new AdapterPath(name, "versions", String.valueOf(number));
    }

    /** Returns the gate of an adapter. */
    public static AdapterPath gate(String name) {
        return new AdapterPath(name, GATE, "");
    }

    boolean isAdapter() {
        return part.isEmpty();
    }

    boolean isVersions() {
        return part.equals("versions");
    }

    boolean isGate() {
        return part.equals(GATE);
    }

    /**
     * Returns the number of the version.
     *
     * @throws ApiException with status 404 if it is none
     */
    int version() {
        try {
            return Integer.parseInt(item);
        } catch (NumberFormatException _) {
            throw ApiException.of(
                    HttpStatus.NOT_FOUND,
                    "'%s' is no number of a version; GET /admin/adapters/NAME/versions lists them."
                            .formatted(StringUtils.truncate(item)));
        }
    }
}
