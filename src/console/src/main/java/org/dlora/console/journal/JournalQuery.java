package org.dlora.console.journal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.Page;
import org.jspecify.annotations.Nullable;

/**
 * A question to the history for a page of the journal.
 *
 * @param adapter name, null for all
 * @param until time before which lines are listed, null for the newest
 * @param after key of the last line of the page before, null for the first page
 * @param withActions whether the audit is read, which administrators alone may see
 */
record JournalQuery(
        JournalTopic topic,
        @Nullable String adapter,
        @Nullable Instant until,
        @Nullable Long after,
        boolean withActions) {
    /** Lines of a page. */
    static final int LINES = 50;

    /** Returns the lines of a page and one more, if there are more; the newest first. */
    List<Entry> lines(History history) {
        var page = new Page(after, LINES + 1, null, until);
        var lines = new ArrayList<Entry>();
        // Each list is a part of an index: so a page costs no more with a long history.
        for (var kind : topic.kinds) {
            var rows = history.events(kind, adapter, page);
            rows.stream().map(Entries::of).forEach(lines::add);
        }
        if (withActions) {
            if (topic.actions.all) {
                audit(history, null, page, lines);
            }
            topic.actions.names.forEach(action -> audit(history, action, page, lines));
        }
        return lines.stream()
                .sorted(Comparator.comparingLong(Entry::key).reversed())
                .limit(LINES + 1)
                .toList();
    }

    private void audit(History history, @Nullable String action, Page page, List<Entry> lines) {
        var filter = new AuditFilter(null, action, adapter, null, null);
        history.audit(filter, page).stream().map(Entries::of).forEach(lines::add);
    }
}
