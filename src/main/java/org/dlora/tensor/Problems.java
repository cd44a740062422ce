package org.dlora.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What is wrong with a folder, gathered while the checks go on, so that its owner can mend all of
 * it in one go.
 */
public final class Problems {
    private static final int NAMED = 20;

    private final List<String> all = new ArrayList<>();

    public void add(String problem) {
        all.add(problem);
    }

    /** Problems of one kind, as many as a file can hold: the first 20, and the number of others. */
    public void addAll(Stream<String> kind) {
        var each = kind.iterator();
        for (int i = 0; i < NAMED && each.hasNext(); i++) {
            all.add(each.next());
        }
        long others = 0;
        for (; each.hasNext(); each.next()) {
            others++;
        }
        if (others > 0) {
            all.add("… and " + others + " more");
        }
    }

    /** The result of {@code step}, or nothing and its problems where it cannot be had. */
    public <T> Optional<T> attempt(Supplier<T> step) {
        try {
            return Optional.of(step.get());
        } catch (LoadException e) {
            all.addAll(e.problems());
            return Optional.empty();
        }
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    /** In the order in which they were found. */
    public List<String> list() {
        return List.copyOf(all);
    }

    /**
     * Ends the checks.
     *
     * @throws LoadException of all problems, if there is one
     */
    public void throwIfAny() {
        if (!all.isEmpty()) {
            throw new LoadException(all);
        }
    }
}
