package org.dlora.catalogue.source.unpack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.dlora.catalogue.source.fetch.Quotes;
import org.dlora.catalogue.source.fetch.SourceException;

/**
 * Name of a file in an archive or an upload, relative to its root.
 *
 * @param parts folders and file; empty for the root itself
 */
record EntryName(List<String> parts) {
    /** Longest name that file systems take. */
    private static final int MOST_BYTES = 255;

    /**
     * Reads a name.
     *
     * @throws SourceException if it is absolute or leads out of the root, or no file system takes
     *     it
     */
    static EntryName parse(String name) {
        if (name.startsWith("/") || name.contains("\\") || name.matches("(?s)[A-Za-z]:.*")) {
            throw refused(name, "is not relative, or has a backslash");
        }
        if (name.codePoints().anyMatch(Character::isISOControl)) {
            throw refused(name, "has control characters");
        }
        var parts =
                Arrays.stream(name.split("/"))
                        .filter(part -> !part.isEmpty() && !part.equals("."))
                        .toList();
        if (parts.contains("..")) {
            throw refused(name, "leads out of the folder");
        }
        if (parts.stream().anyMatch(part -> part.getBytes(UTF_8).length > MOST_BYTES)) {
            throw refused(name, "is longer than the 255 bytes that file systems take");
        }
        return new EntryName(parts);
    }

    private static SourceException refused(String name, String why) {
        return SourceException.refused(
                "The file name %s %s; expected a path inside the adapter's folder, with '/'"
                        .formatted(Quotes.of(name), why));
    }

    /** Returns the file's own name; empty for the root. */
    String file() {
        return parts.isEmpty() ? "" : parts.getLast();
    }

    /**
     * Returns the form of a name that two names share if some file system takes them for the same.
     */
    String key() {
        return Normalizer.normalize(String.join("/", parts), Normalizer.Form.NFC)
                .toLowerCase(Locale.ROOT);
    }
}
