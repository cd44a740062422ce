package org.dlora.console.access;

import java.time.Instant;
import java.util.List;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.console.page.AuditDifference;
import org.dlora.console.page.AuditWords;
import org.dlora.console.page.SubjectLink;

/**
 * An administrative action as the page shows it.
 *
 * @param label the action in words
 * @param link page of its subject, empty if there is none
 * @param differences changed values
 */
record AuditItem(
        Instant at,
        String actor,
        String action,
        String label,
        String subject,
        String link,
        List<AuditDifference> differences) {

    static AuditItem of(AuditRecord row) {
        return new AuditItem(
                HistoryKey.time(row.key()),
                row.actor(),
                row.action(),
                AuditWords.of(row).label(),
                row.subject(),
                link(row.action(), row.subject()),
                AuditDifference.of(row.before(), row.after()));
    }

    private static String link(String action, String subject) {
        var link = SubjectLink.of(action, subject);
        return link == null ? "" : link.path();
    }
}
