package org.dlora.console.journal;

import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.page.SubjectLink;
import org.jspecify.annotations.Nullable;

/**
 * A line of the journal.
 *
 * @param key place in the order of time; 0 if it is not from the history
 * @param kind word for what happened
 * @param badge class of the kind's badge; empty for a plain one
 * @param text a sentence
 * @param detail values that changed, one a line; empty if there are none
 * @param adapter that it links to, null if there is none
 * @param version hash of the weights of the adapter that it tells of, null if there is none
 * @param replica that it links to, null if there is none
 * @param request that it links to, null if there is none
 * @param other link to a key, a team, a user or a job; null if there is none
 */
record Entry(
        long key,
        Instant at,
        String kind,
        String badge,
        String text,
        String detail,
        @Nullable String adapter,
        @Nullable String version,
        @Nullable String replica,
        @Nullable String request,
        @Nullable SubjectLink other) {

    /**
     * Returns the line with names in the place of the ids of adapters, where it may have such, and
     * with the number of the adapter's version.
     */
    Entry named(RegistrationNames names) {
        if (kind.equals("mode switched")) {
            return with(names.in(text));
        }
        return adapter == null || version == null
                ? this
                : with(
                        text.replaceFirst(
                                Pattern.quote(adapter),
                                Matcher.quoteReplacement(names.version(adapter, version))));
    }

    private Entry with(String words) {
        return new Entry(
                key, at, kind, badge, words, detail, adapter, version, replica, request, other);
    }
}
