package org.dlora.console.adapters;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An adapter in the list.
 *
 * @param state {@code resident}, {@code loading}, {@code leaving}, {@code ready} or {@code
 *     registered}
 * @param rank largest rank of the version that most requests get; 0 if it is not known
 * @param ranks all of them, in words
 * @param bytes of memory that it takes once it is loaded; null if that is not known
 * @param version number of that version
 * @param aliases in words, without the name alone
 * @param resident ids of the replicas that it is resident on
 * @param merged ids of the replicas whose weights it is merged into
 * @param rate requests per second
 * @param fidelity share of its change that survives merging; null if it was not measured
 * @param obstacle why it is not merged; null if it may be
 */
record ListedAdapter(
        String name,
        String state,
        int rank,
        String ranks,
        @Nullable Long bytes,
        int version,
        List<String> aliases,
        List<String> resident,
        List<String> merged,
        double rate,
        @Nullable Instant lastUsed,
        @Nullable Double fidelity,
        @Nullable String obstacle,
        boolean pinned,
        int running,
        int waiting,
        List<String> tags,
        String owner,
        List<String> teams,
        boolean managed) {

    /** Returns the class of the badge of its state. */
    public String badge() {
        return switch (state) {
            case "resident" -> "good";
            case "loading", "leaving" -> "warn";
            default -> "";
        };
    }
}
