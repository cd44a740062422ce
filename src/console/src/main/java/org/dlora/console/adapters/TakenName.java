package org.dlora.console.adapters;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Refusal of new adapter's files, as their name is that of a served one. Its words are for forms,
 * which have no parameters of the API.
 */
record TakenName(String name) {
    private static final Pattern WORDS =
            Pattern.compile("The adapter '(?<name>.+)' is served already\\..*", Pattern.DOTALL);

    /** Returns the refusal that the words of the API tell of; empty if they tell of another. */
    static Optional<TakenName> in(String words) {
        return Optional.of(WORDS.matcher(words))
                .filter(found -> found.matches())
                .map(found -> new TakenName(found.group("name")));
    }

    /** Returns the problem as a sentence. */
    String problem() {
        return "The adapter '%s' is served already.".formatted(name);
    }

    /** Returns the problem, and the advice on the page that adds a version of the adapter. */
    String words() {
        return problem()
                + " Add the files here as a version of it, or add an adapter under another name.";
    }
}
