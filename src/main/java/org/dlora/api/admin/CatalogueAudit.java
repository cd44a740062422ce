package org.dlora.api.admin;

import java.util.Map;
import java.util.function.Supplier;
import org.dlora.api.openai.Served;
import org.dlora.cluster.adapters.AuditedAdapter;
import org.dlora.cluster.adapters.GateFailedException;
import org.dlora.cluster.catalogue.ChangeAuthor;
import org.dlora.cluster.facts.ClusterEvents;

/** Reporter of changes to the catalogue for the audit, with the adapter before and after. */
final class CatalogueAudit {
    private final ClusterEvents events;

    CatalogueAudit(ClusterEvents events) {
        this.events = events;
    }

    /** Makes a change; reports it if it succeeds, or if a version did not pass its gate. */
    <T> T reported(String actor, String action, String name, Served served, Supplier<T> change) {
        var service = CatalogueCall.service(served);
        var before = AuditedAdapter.of(service.find(name));
        try {
            var done = ChangeAuthor.call(actor, change);
            events.done(actor, action, name, before, AuditedAdapter.of(service.find(name)));
            return done;
        } catch (GateFailedException e) {
            refused(events, actor, e);
            throw e;
        }
    }

    /** Reports a version that did not pass its gate. */
    private static void refused(ClusterEvents events, String actor, GateFailedException e) {
        events.done(
                actor,
                "adapter.gate",
                e.adapter(),
                null,
                Map.of("version", e.version(), "passed", false, "problem", e.problem()));
    }
}
