package org.dlora.adapter;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.dlora.adapter.config.Quote;
import org.dlora.tensor.LoadException;

/** Rules for the name that clients send as {@code model} to get an adapter. */
public final class AdapterName {
    private static final int MAX_LENGTH = 255;

    /** A name that would be an address below {@code /admin/adapters/} of another adapter's part. */
    private static final Pattern PART = Pattern.compile(".*/(?:versions|aliases|gate)(?:/[^/]*)?");

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
     * Checks the characters of a name.
     *
     * @throws LoadException as {@link #of}, or if the name has half of a surrogate pair
     */
    public static void check(String name) {
        if (!isUsable(name)) {
            throw new LoadException(
                    "%s cannot be an adapter's name; expected 1 to %d characters without control characters"
                            .formatted(Quote.of(name), MAX_LENGTH));
        }
        if (name.codePoints().anyMatch(AdapterName::isHalf)) {
            throw new LoadException(
                    "The name has half of a surrogate pair, which is no character; choose another");
        }
    }

    /**
     * Checks the name of an adapter beside a base model.
     *
     * @param base the base model's name for clients
     * @throws LoadException as {@link #check(String)}, or if it is that of the base model
     */
    public static void check(String name, String base) {
        check(name);
        if (name.equals(base)) {
            throw new LoadException(
                    "The lora adapter '%s' conflicts with a served base model. Give the adapter, or its folder below a root, another name, or set dlora.served-name."
                            .formatted(name));
        }
    }

    /**
     * Checks the name in a client's request. That of a new adapter must not mean a version or an
     * alias in a request, or a part of another adapter in an address.
     *
     * @param isNew whether no adapter has the name; one that has it keeps it
     * @throws AdapterRefusedException if no adapter, or no new one, may have it
     */
    public static void check(String name, String base, boolean isNew) {
        try {
            check(name, base);
        } catch (LoadException e) {
            throw new AdapterRefusedException(String.valueOf(e.getMessage()));
        }
        if (!isNew) {
            return;
        }
        if (name.contains("@")) {
            throw new AdapterRefusedException(
                    "'%s' cannot be a new adapter's name: '@' separates a name from a version or an alias, as in sql@3; give the adapter another"
                            .formatted(name));
        }
        if (PART.matcher(name).matches()) {
            throw new AdapterRefusedException(
                    "'%s' cannot be a new adapter's name: it ends like the address of a version, an alias or a gate, as in sql/versions/3; give the adapter another"
                            .formatted(name));
        }
    }

    private static boolean isUsable(String name) {
        return !name.isBlank()
                && name.length() <= MAX_LENGTH
                && name.codePoints().noneMatch(Character::isISOControl);
    }

    private static boolean isHalf(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
