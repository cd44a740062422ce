package org.dlora.api.admin.adapters;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A version of an adapter. Reason, system prompt, parameters, source, warnings, author and what the
 * gate found are for those who may change the adapter; for others they are empty.
 *
 * @param hash of the version; null while its content has not been validated
 * @param weights hash of its weights; null while these have not been validated
 * @param state {@code ready}, {@code registered} before its content was validated since the start,
 *     {@code failed} if its files cannot be served, or {@code retired}
 * @param reason why it is retired or failed, else null
 * @param aliases that can give it to requests; {@code ""} is the adapter's name alone
 * @param ranks in ascending order; empty if not known
 * @param targets names of the modules that it changes, without their layers; empty if not known
 * @param bytes of memory that it takes once it is loaded; null if not known
 * @param warnings report of its validation, sentences for its owner
 * @param fidelity share of its change that survives merging, null if not measured here
 * @param logitDeviation relative deviation of its logits once it is merged, null if not measured
 * @param mixedNoise deviation of the logits of other models while it is merged, null if not
 *     measured or if none can run then
 * @param createdBy author of the registration; null if the server found the adapter below a root
 * @param gate last result with a gate; null if it was never run with one
 */
@JsonNaming(SnakeCaseStrategy.class)
public record VersionBody(
        int number,
        @Nullable String hash,
        @Nullable String weights,
        String state,
        @Nullable String reason,
        List<String> aliases,
        @Nullable String systemPrompt,
        Map<String, Number> parameters,
        String source,
        List<Integer> ranks,
        List<String> targets,
        @Nullable Long bytes,
        List<String> warnings,
        @Nullable Double fidelity,
        @Nullable Double logitDeviation,
        @Nullable Double mixedNoise,
        Instant created,
        @Nullable String createdBy,
        @Nullable GateResultBody gate) {

    /** Returns a version as a call with {@code access} may see it. */
    static VersionBody of(
            CatalogueEntry entry,
            VersionRecord version,
            @Nullable MergeFidelity measured,
            Access access) {
        var whole = whole(entry, version, Optional.ofNullable(measured));
        return access.mayInspect(entry.name()) ? whole : whole.withoutTexts();
    }

    private VersionBody withoutTexts() {
        return new VersionBody(
                number,
                hash,
                weights,
                state,
                null,
                aliases,
                null,
                Map.of(),
                "",
                ranks,
                targets,
                bytes,
                List.of(),
                fidelity,
                logitDeviation,
                mixedNoise,
                created,
                null,
                gate == null ? null : gate.withoutFindings());
    }

    private static VersionBody whole(
            CatalogueEntry entry, VersionRecord version, Optional<MergeFidelity> measured) {
        var served = entry.served().get(version.number());
        var facts = version.facts();
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
                version.publicSource(),
                facts.shape().ranks(),
                facts.shape().targets(),
                facts.bytes().isPresent() ? (Long) facts.bytes().getAsLong() : null,
                facts.warnings(),
                measured.map(MergeFidelity::survival).orElse(null),
                measured.map(MergeFidelity::logitDeviation).orElse(null),
                measured.map(MergeFidelity::mixedNoise).filter(Double::isFinite).orElse(null),
                version.created(),
                facts.author().orElse(null),
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
