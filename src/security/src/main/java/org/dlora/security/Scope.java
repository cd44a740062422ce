package org.dlora.security;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A part of the interface that a key is for. */
public enum Scope {
    /** Completions, tokens, and the list of models. */
    INFERENCE,
    /** Loads, versions, aliases and the place of adapters. */
    ADAPTERS,
    /** Everything, keys and teams included. */
    ADMIN,
    /** Metrics of the process. */
    METRICS;

    /** Returns the word for the scope in JSON and messages. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the scope of a word.
     *
     * @throws AccessChangeException if there is none
     */
    public static Scope require(String label) {
        return of(label)
                .orElseThrow(() ->
                        AccessChangeException.noSuchWord(
                                "scopes", label, "scope", "inference, adapters, admin or metrics"));
    }

    /** Returns the scope of a word; empty if there is none. */
    public static Optional<Scope> of(String label) {
        return Arrays.stream(values()).filter(scope -> scope.label().equals(label)).findFirst();
    }
}
