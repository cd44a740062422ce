package org.dlora.store;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.adapter.content.AdapterShape;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionFacts;
import org.dlora.catalogue.versions.VersionRecord;
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
        @Nullable String retired,
        @Nullable String ranks,
        @Nullable String targets,
        @Nullable Long bytes,
        @Nullable String warnings,
        @Nullable String createdBy) {

    static VersionRow of(VersionRecord version) {
        var parameters = version.defaults().parameters();
        var facts = version.facts();
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
                version.retired().orElse(null),
                joined(facts.shape().ranks(), ","),
                joined(facts.shape().targets(), ","),
                facts.bytes().isPresent() ? (Long) facts.bytes().getAsLong() : null,
                joined(facts.warnings(), "\n"),
                facts.author().orElse(null));
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
                facts(),
                Optional.ofNullable(retired));
    }

    private VersionFacts facts() {
        var shape =
                new AdapterShape(
                        parts(ranks, ",").map(Integer::valueOf).toList(),
                        parts(targets, ",").toList());
        return new VersionFacts(
                shape,
                bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes),
                parts(warnings, "\n").toList(),
                Optional.ofNullable(createdBy));
    }

    private static String joined(List<?> parts, String separator) {
        return parts.stream().map(String::valueOf).collect(Collectors.joining(separator));
    }

    private static Stream<String> parts(@Nullable String joined, String separator) {
        return joined == null || joined.isEmpty()
                ? Stream.empty()
                : Arrays.stream(joined.split(separator, -1));
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
