package org.dlora.store;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.dlora.cluster.catalogue.ParameterDefaults;
import org.dlora.cluster.catalogue.VersionDefaults;
import org.dlora.cluster.catalogue.VersionRecord;
import org.jspecify.annotations.Nullable;

/** A version of an adapter. */
@Embeddable
record VersionRow(
        int number,
        @Nullable String weights,
        String extras,
        @Nullable String systemPrompt,
        @Nullable Double temperature,
        @Column(name = "top_p") @Nullable Double topP,
        @Column(name = "top_k") @Nullable Integer topK,
        @Column(name = "min_p") @Nullable Double minP,
        @Nullable Double presencePenalty,
        @Nullable Double frequencyPenalty,
        @Nullable Double repetitionPenalty,
        @Nullable Integer maxTokens,
        String folder,
        String source,
        Instant createdAt,
        @Nullable String retired) {

    static VersionRow of(VersionRecord version) {
        var parameters = version.defaults().parameters();
        return new VersionRow(
                version.number(),
                version.weights().orElse(null),
                version.extras(),
                version.defaults().systemPrompt().orElse(null),
                value(parameters.temperature()),
                value(parameters.topP()),
                value(parameters.topK()),
                value(parameters.minP()),
                value(parameters.presencePenalty()),
                value(parameters.frequencyPenalty()),
                value(parameters.repetitionPenalty()),
                value(parameters.maxTokens()),
                version.folder(),
                version.source(),
                version.created(),
                version.retired().orElse(null));
    }

    VersionRecord version() {
        var parameters =
                new ParameterDefaults(
                        value(temperature),
                        value(topP),
                        value(topK),
                        value(minP),
                        value(presencePenalty),
                        value(frequencyPenalty),
                        value(repetitionPenalty),
                        value(maxTokens));
        return new VersionRecord(
                number,
                Optional.ofNullable(weights),
                extras,
                new VersionDefaults(Optional.ofNullable(systemPrompt), parameters),
                folder,
                source,
                createdAt,
                Optional.ofNullable(retired));
    }

    private static @Nullable Double value(OptionalDouble value) {
        return value.isPresent() ? (Double) value.getAsDouble() : null;
    }

    private static @Nullable Integer value(OptionalInt value) {
        return value.isPresent() ? (Integer) value.getAsInt() : null;
    }

    private static OptionalDouble value(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private static OptionalInt value(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
