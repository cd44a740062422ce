package org.dlora.console.page;

import org.jspecify.annotations.Nullable;

/**
 * Link to the page of what an action of the audit was done to.
 *
 * @param path of the page
 * @param words kind of the subject, as {@code key}
 */
public record SubjectLink(String path, String words) {

    /**
     * Returns the link of an action's subject; null if it has no page.
     *
     * @param action as {@code key.revoke}
     */
    public static @Nullable SubjectLink of(String action, String subject) {
        var kind = action.substring(0, Math.max(0, action.indexOf('.')));
        return switch (kind) {
            case "key" -> link("/console/access/key", "id", subject, kind);
            case "team" -> link("/console/access/team", "name", subject, kind);
            // Whoever failed to sign in may be no user.
            case "user" ->
                    action.equals("user.sign_in_failed")
                            ? null
                            : link("/console/access/user", "name", subject, kind);
            case "adapter" -> link("/console/adapter", "name", subject, kind);
            case "replica" -> link("/console/replica", "id", subject, kind);
            case "request" -> link("/console/request", "id", subject, kind);
            case "acquisition" -> job(subject);
            default -> null;
        };
    }

    /** Returns the link to a job that acquires an adapter. */
    public static SubjectLink job(String id) {
        return link("/console/adapter-job", "id", id, "job");
    }

    private static SubjectLink link(String path, String name, String subject, String words) {
        return new SubjectLink(PageAddress.of(path, name, subject), words);
    }
}
