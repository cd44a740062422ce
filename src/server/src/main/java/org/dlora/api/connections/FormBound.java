package org.dlora.api.connections;

import java.util.Set;

/**
 * Most bytes of a form, which anybody may send: little for fields, more for the pages that take
 * texts or many rows.
 */
final class FormBound {
    /** Bytes of a form of fields. */
    static final int FIELDS = 1 << 14;

    /** Bytes of a form with a chat, prompts of a gate, the body of a request, or checked rows. */
    static final int TEXTS = 1 << 20;

    private static final Set<String> WITH_TEXTS =
            Set.of(
                    "/console/playground",
                    "/console/playground/code",
                    "/console/adapter/gate",
                    "/console/adapters/confirm",
                    "/console/adapters/actions",
                    "/console/request/replay");

    private FormBound() {}

    /**
     * Returns the most bytes of a form.
     *
     * @param target of the request: its path and query
     */
    static int of(String target) {
        int query = target.indexOf('?');
        return WITH_TEXTS.contains(query < 0 ? target : target.substring(0, query))
                ? TEXTS
                : FIELDS;
    }
}
