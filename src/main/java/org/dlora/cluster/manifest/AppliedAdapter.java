package org.dlora.cluster.manifest;

import java.util.List;

/**
 * An adapter after the manifest was applied.
 *
 * @param changed whether something was changed
 * @param pending content that is being fetched
 * @param problems why it is not as the manifest wants it
 */
record AppliedAdapter(
        ActualAdapter actual, boolean changed, List<String> pending, List<String> problems) {
    AppliedAdapter {
        pending = List.copyOf(pending);
        problems = List.copyOf(problems);
    }
}
