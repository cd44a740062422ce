package org.dlora.api.admin;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.catalogue.VersionRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A version of an adapter.
 *
 * @param hash of the version; null while its content has not been validated
 * @param weights hash of its weights; null while these have not been validated
 * @param state {@code ready}, {@code registered} before its content was validated since the start,
 *     {@code failed} if its files cannot be served, or {@code retired}
 * @param reason why it is retired or failed, else null
 * @param aliases that can give it to requests; {@code ""} is the adapter's name alone
 * @param bytes of memory that it takes once it is loaded; null if it is not served
 * @param gate last result with a gate; null if it was never run with one
 */
@JsonNaming(SnakeCaseStrategy.class)
record VersionBody(
        int number,
        @Nullable String hash,
        @Nullable String weights,
        String state,
        @Nullable String reason,
        List<String> aliases,
        @Nullable String systemPrompt,
        Map<String, Number> parameters,
        String source,
        @Nullable Long bytes,
        Instant created,
        @Nullable GateResultBody gate) {

    static List<VersionBody> all(CatalogueEntry entry) {
        return entry.record().versions().values().stream()
                .map(version -> of(entry, version))
                .toList();
    }

    static VersionBody of(CatalogueEntry entry, VersionRecord version) {
        var served = entry.served().get(version.number());
        return new VersionBody(
                version.number(),
                version.hash().orElse(null),
                version.weights().orElse(null),
                state(entry, version),
                version.retired()
                        .orElse(served == null ? "its files cannot be served; see the log" : null),
                entry.record().aliases().entrySet().stream()
                        .filter(alias ->
                                alias.getValue().route().weights().containsKey(version.number()))
                        .map(Map.Entry::getKey)
                        .toList(),
                version.defaults().systemPrompt().orElse(null),
                DefaultsBody.parameters(version.defaults().parameters()),
                version.source(),
                served == null ? null : served.source().bytes(),
                version.created(),
                entry.record()
                        .gate()
                        .result(version)
                        .map(result -> GateResultBody.of(entry.record().gate(), result))
                        .orElse(null));
    }

    private static String state(CatalogueEntry entry, VersionRecord version) {
        if (version.retired().isPresent()) {
            return "retired";
        }
        var served = entry.served().get(version.number());
        if (served == null) {
            return "failed";
        }
        return served.version().isPresent() ? "ready" : "registered";
    }
}
