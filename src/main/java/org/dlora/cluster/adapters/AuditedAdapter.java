package org.dlora.cluster.adapters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An adapter as the audit has it before and after a change. */
public final class AuditedAdapter {
    private AuditedAdapter() {}

    /** Returns the values of JSON; null if it is not served. */
    public static @Nullable Map<String, ?> of(Optional<CatalogueEntry> entry) {
        return entry.map(AuditedAdapter::of).orElse(null);
    }

    private static Map<String, ?> of(CatalogueEntry entry) {
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
