package org.dlora.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Collector of everything that is wrong with a folder. Checks go on after a problem, so that the
 * owner can mend all of it at once.
 */
public final class Problems {
    private static final int NAMED = 20;

    private final List<String> all = new ArrayList<>();
    private final List<LoadException> causes = new ArrayList<>();

    public void add(String problem) {
        all.add(problem);
    }

    /** Adds problems of one kind: the first 20, and the number of the others. */
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

    /**
     * Returns the result of {@code step}. If the step fails, adds its problems and returns nothing.
     */
    public <T> Optional<T> attempt(Supplier<T> step) {
        try {
            return Optional.of(step.get());
        } catch (LoadException e) {
            all.addAll(e.problems());
            causes.add(e);
            return Optional.empty();
        }
    }

    /** Runs {@code check}. If it fails, adds its problems. */
    public void run(Runnable check) {
        var _ =
                attempt(() -> {
                    check.run();
                    return Boolean.TRUE;
                });
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    /** Returns the problems in the order in which they were found. */
    public List<String> list() {
        return List.copyOf(all);
    }

    /**
     * Ends the checks.
     *
     * @throws LoadException of all problems, if there is one, with the failures of all steps
     */
    public void throwIfAny() {
        if (!all.isEmpty()) {
            throw new LoadException(all, causes, isUnreadable());
        }
    }

    /** Returns whether no problem is one of content. */
    private boolean isUnreadable() {
        return all.size()
                == causes.stream()
                        .filter(LoadException::isUnreadable)
                        .mapToInt(cause -> cause.problems().size())
                        .sum();
    }
}
