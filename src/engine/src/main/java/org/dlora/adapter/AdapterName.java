package org.dlora.adapter;

import java.nio.file.Path;
import org.dlora.adapter.config.Quote;
import org.dlora.tensor.LoadException;

/** Rules for the name that clients send as {@code model} to get an adapter. */
public final class AdapterName {
    private static final int MAX_LENGTH = 255;

    private AdapterName() {}

    /**
     * Returns the folder's name.
     *
     * @throws LoadException if it is empty, longer than 255 characters or has control characters
     */
    public static String of(Path folder) {
        var last = folder.toAbsolutePath().normalize().getFileName();
        var name = last == null ? "" : last.toString();
        if (!isUsable(name)) {
            throw new LoadException(
                    "folder %s: its name cannot be an adapter's name; expected 1 to %d characters without control characters"
                            .formatted(Quote.of(folder), MAX_LENGTH));
        }
        return name;
    }

    /**
     * Checks a name that a client gave.
     *
     * @throws LoadException as {@link #of}
     */
    public static void check(String name) {
        if (!isUsable(name)) {
            throw new LoadException(
                    "%s cannot be an adapter's name; expected 1 to %d characters without control characters"
                            .formatted(Quote.of(name), MAX_LENGTH));
        }
    }

    private static boolean isUsable(String name) {
        return !name.isBlank()
                && name.length() <= MAX_LENGTH
                && name.codePoints().noneMatch(Character::isISOControl);
    }
}
