package org.dlora.catalogue.served;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.VersionRecord;
import org.jspecify.annotations.Nullable;

/** An adapter as the audit has it before and after a change. */
public final class AuditedAdapter {
    private AuditedAdapter() {}

    /** Returns the values of JSON; null if it is not served. */
    public static @Nullable Map<String, ?> of(Optional<CatalogueEntry> entry) {
        return entry.map(served -> state(served.record(), served.served().keySet())).orElse(null);
    }

    /** Returns the values of JSON of what the store has; null if it is not to be served. */
    public static @Nullable Map<String, ?> ofRecord(Optional<AdapterRecord> record) {
        return record.filter(kept -> !kept.unloaded())
                .map(kept -> state(kept, servable(kept)))
                .orElse(null);
    }

    private static List<Integer> servable(AdapterRecord record) {
        return record.versions().values().stream()
                .filter(version -> version.retired().isEmpty())
                .map(VersionRecord::number)
                .toList();
    }

    private static Map<String, ?> state(AdapterRecord record, Collection<Integer> versions) {
        var state = new LinkedHashMap<String, Object>();
        state.put("description", record.details().description());
        state.put("tags", record.details().tags());
        state.put("owner", record.details().owner());
        record.details().pinned().ifPresent(pinned -> state.put("pinned", pinned));
        state.put("versions", versions);
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
