package org.dlora.api.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.dlora.api.openai.Served;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.GateFailedException;
import org.dlora.cluster.catalogue.ChangeAuthor;
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
        var service = CatalogueCall.service(served);
        var before = state(service.find(name));
        try {
            var done = ChangeAuthor.call(actor, change);
            events.done(actor, action, name, before, state(service.find(name)));
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

    private static @Nullable Map<String, ?> state(Optional<CatalogueEntry> entry) {
        return entry.map(CatalogueAudit::state).orElse(null);
    }

    private static Map<String, ?> state(CatalogueEntry entry) {
        var record = entry.record();
        var state = new LinkedHashMap<String, Object>();
        state.put("description", record.details().description());
        state.put("tags", record.details().tags());
        state.put("owner", record.details().owner());
        record.details().pinned().ifPresent(pinned -> state.put("pinned", pinned));
        state.put("versions", entry.served().keySet());
        var routes = new LinkedHashMap<String, Object>();
        record.aliases().forEach((alias, known) -> routes.put(alias, known.route().weights()));
        state.put("aliases", routes);
        var shadows = new LinkedHashMap<String, Object>();
        record.aliases()
                .forEach((alias, known) ->
                        known.shadow().ifPresent(shadow -> shadows.put(alias, shadow)));
        if (!shadows.isEmpty()) {
            state.put("shadows", shadows);
        }
        record.gate().gate().ifPresent(gate -> state.put("gate", gate.hash()));
        return state;
    }
}
