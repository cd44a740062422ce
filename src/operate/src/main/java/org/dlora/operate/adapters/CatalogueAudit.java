package org.dlora.operate.adapters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.served.AuditedAdapter;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.jspecify.annotations.Nullable;

/** Reporter of changes to the catalogue for the audit, with the adapter before and after. */
final class CatalogueAudit {
    private final Administration administration;
    private final ClusterEvents events;

    CatalogueAudit(Administration administration, ClusterEvents events) {
        this.administration = administration;
        this.events = events;
    }

    /** Makes a change; reports it if it succeeds, or if a version did not pass its gate. */
    <T> T reported(Caller caller, String action, String name, Supplier<T> change) {
        return reported(caller, action, name, this::state, change);
    }

    /** Does the same with the adapter's folder and content alone, open or not. */
    <T> T reportedContent(Caller caller, String action, String name, Supplier<T> change) {
        return reported(caller, action, name, this::content, change);
    }

    private <T> T reported(
            Caller caller,
            String action,
            String name,
            Function<String, @Nullable Map<String, ?>> state,
            Supplier<T> change) {
        var actor = caller.name();
        var before = state.apply(name);
        try {
            return AuditedAction.call(
                    actor,
                    action,
                    () -> {
                        var done = change.get();
                        events.done(actor, action, name, before, state.apply(name));
                        return done;
                    });
        } catch (GateFailedException e) {
            refused(events, actor, e);
            throw e;
        }
    }

    /** Returns the adapter that requests for a name get; its hash is empty while not known. */
    private @Nullable Map<String, ?> content(String name) {
        return administration
                .models()
                .catalogue()
                .find(name)
                .map(adapter ->
                        Map.of(
                                "folder", adapter.folder().toString(),
                                "version", adapter.version().orElse("")))
                .orElse(null);
    }

    /** Returns the adapter with its share of service; null if it is not served. */
    private @Nullable Map<String, ?> state(String name) {
        var adapter = AuditedAdapter.of(administration.catalogue().find(name));
        if (adapter == null) {
            return null;
        }
        var state = new LinkedHashMap<String, Object>(adapter);
        administration.scheduling().scheduling(0).stream()
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
