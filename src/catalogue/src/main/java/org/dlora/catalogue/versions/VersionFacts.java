package org.dlora.catalogue.versions;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.content.AdapterShape;
import org.dlora.audit.AuditedAction;

/**
 * Facts of a version beside its content, for operators.
 *
 * @param shape its ranks and targets; unknown for versions that earlier servers recorded
 * @param bytes of memory that it takes once it is loaded; empty if unknown
 * @param warnings report of its validation: sentences for its owner, although it can be served
 * @param author author of the registration; empty if the server found the adapter below a root
 */
public record VersionFacts(
        AdapterShape shape, OptionalLong bytes, List<String> warnings, Optional<String> author) {
    private static final int MOST_OF_AUTHOR = 255;

    /** Facts of a version of which nothing is known. */
    public static final VersionFacts UNKNOWN =
            new VersionFacts(
                    AdapterShape.UNKNOWN, OptionalLong.empty(), List.of(), Optional.empty());

    public VersionFacts {
        // As the store gives them back, whatever an adapter's files put into them.
        warnings =
                warnings.stream()
                        .map(warning -> warning.replaceAll("[\\v\\u0000]+", " "))
                        .filter(warning -> !warning.isEmpty())
                        .toList();
        author = author.map(name -> name.substring(0, Math.min(MOST_OF_AUTHOR, name.length())));
    }

    /** Returns the facts of content that the running change registers. */
    public static VersionFacts of(RegisteredAdapter content) {
        return of(content, AuditedAction.currentActor());
    }

    private static VersionFacts of(RegisteredAdapter content, Optional<String> by) {
        return new VersionFacts(
                content.shape(), OptionalLong.of(content.bytes()), content.warnings(), by);
    }

    /** Returns the facts with what is not known yet from the files that serve the version. */
    public VersionFacts completed(RegisteredAdapter content) {
        return bytes.isPresent() ? this : of(content, author);
    }

    /** Returns the facts of another version with the same files, which {@code by} makes. */
    VersionFacts by(Optional<String> other) {
        return new VersionFacts(shape, bytes, warnings, other);
    }
}
