package org.dlora.catalogue.manifest;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An adapter after the manifest was applied.
 *
 * @param before values of the audit before; null if it was not served
 * @param after values of the audit now; null if it is not served
 * @param changed whether something was changed
 * @param pending content that is being fetched
 * @param problems why it is not as the manifest wants it
 */
record AppliedAdapter(
        ActualAdapter actual,
        @Nullable Map<String, ?> before,
        @Nullable Map<String, ?> after,
        boolean changed,
        List<String> pending,
        List<String> problems) {
    AppliedAdapter {
        pending = List.copyOf(pending);
        problems = List.copyOf(problems);
    }
}
