package org.dlora.api.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.dlora.api.openai.Served;
import org.dlora.audit.AuditedAction;
import org.dlora.cluster.adapters.AuditedAdapter;
import org.dlora.cluster.adapters.GateFailedException;
import org.dlora.cluster.facts.ClusterEvents;
import org.jspecify.annotations.Nullable;

/** Reporter of changes to the catalogue for the audit, with the adapter before and after. */
final class CatalogueAudit {
    private final ClusterEvents events;

    CatalogueAudit(ClusterEvents events) {
        this.events = events;
    }

    /** Makes a change; reports it if it succeeds, or if a version did not pass its gate. */
    <T> T reported(String actor, String action, String name, Served served, Supplier<T> change) {
        var before = state(served, name);
        try {
            return AuditedAction.call(
                    actor,
                    action,
                    () -> {
                        var done = change.get();
                        events.done(actor, action, name, before, state(served, name));
                        return done;
                    });
        } catch (GateFailedException e) {
            refused(events, actor, e);
            throw e;
        }
    }

    /** Returns the adapter with its share of service; null if it is not served. */
    private static @Nullable Map<String, ?> state(Served served, String name) {
        var adapter = AuditedAdapter.of(CatalogueCall.service(served).find(name));
        if (adapter == null) {
            return null;
        }
        var state = new LinkedHashMap<String, Object>(adapter);
        served.scheduling().stream()
                .flatMap(scheduling -> scheduling.scheduling(0).stream())
                .findFirst()
                .ifPresent(report -> state.put("share", report.weights().of(name)));
        return state;
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
