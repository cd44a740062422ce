package org.dlora.cluster.adapters;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Refusal of a name that no served adapter has, or of a version or alias that it has not. */
public final class NoSuchAdapterException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /**
     * Words of a refusal.
     *
     * @param todo what to do, as it follows the words; null if it is to look at what is served
     */
    private record Sentence(String text, @Nullable String todo) {
        Sentence(String text) {
            this(text, null);
        }
    }

    private final @Nullable String todo;

    public NoSuchAdapterException(String name) {
        this(new Sentence("Adapter '" + name + "' is not loaded"));
    }

    private NoSuchAdapterException(Sentence why) {
        super(why.text);
        todo = why.todo;
    }

    /**
     * Returns the refusal of a version or alias of a served adapter.
     *
     * @param suffix {@code @} and the number or the alias
     */
    public static NoSuchAdapterException version(String name, String suffix) {
        return new NoSuchAdapterException(
                new Sentence(
                        "Adapter '%s' has no version or alias '%s' that is served"
                                .formatted(name, suffix.substring(1))));
    }

    /** Returns the advice, if there is a better one than to list the served adapters. */
    public Optional<String> todo() {
        return Optional.ofNullable(todo);
    }

    /** Returns the refusal of what needs a gate. */
    public static NoSuchAdapterException gate(String name) {
        return new NoSuchAdapterException(
                new Sentence(
                        "Adapter '%s' has no gate".formatted(name), "PUT its prompts to set one"));
    }

    /**
     * Returns the refusal of a version that is not served.
     *
     * @param reason why it is not
     */
    public static NoSuchAdapterException retired(String name, int number, String reason) {
        return new NoSuchAdapterException(
                new Sentence(
                        "Version %d of adapter '%s' is not served: %s"
                                .formatted(number, name, reason)));
    }
}
