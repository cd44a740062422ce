package org.dlora.catalogue.manifest;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * State of the manifest on this server.
 *
 * @param hash SHA-256 of the manifest in force, null before the first
 * @param accepted when that came into force
 * @param applied when it was last compared with what is served
 * @param errors of the file as it is now, whose adapters are not in force then
 * @param adapters of the manifest in force
 */
public record ManifestReport(
        Path file,
        State state,
        @Nullable String hash,
        @Nullable Instant accepted,
        @Nullable Instant applied,
        List<ManifestProblem> errors,
        List<Adapter> adapters) {

    public ManifestReport {
        errors = List.copyOf(errors);
        adapters = List.copyOf(adapters);
    }

    /** State of a manifest. */
    public enum State {
        /** The manifest has not been applied yet. */
        WAITING,
        /** The server is as the manifest wants it. */
        APPLIED,
        /** Content is being fetched. */
        FETCHING,
        /** Something is not as it wants, for a reason. */
        DIFFERENT,
        /** The file is malformed or cannot be read; the one before is in force. */
        BROKEN;

        /** Returns the name in answers. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * An adapter of the manifest.
     *
     * @param line of the manifest where it begins
     * @param desired members that the manifest says
     * @param actual the same members as they are; null for one that is not there
     * @param pending content that is being fetched
     * @param problems why something differs
     */
    public record Adapter(
            String name,
            int line,
            Map<String, Object> desired,
            Map<String, @Nullable Object> actual,
            List<Difference> differences,
            List<String> pending,
            List<String> problems) {
        static Adapter of(AppliedAdapter applied) {
            var actual = applied.actual();
            return new Adapter(
                    actual.desired().name(),
                    actual.desired().line(),
                    actual.desired().members(),
                    actual.members(),
                    Difference.of(actual),
                    applied.pending(),
                    applied.problems());
        }
    }
}
