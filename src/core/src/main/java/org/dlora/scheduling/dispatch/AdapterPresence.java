package org.dlora.scheduling.dispatch;

/** The standing of a request's adapter in the memory of a replica. */
public sealed interface AdapterPresence {
    /** The adapter is resident; the base model always is. */
    record Resident() implements AdapterPresence {}

    /**
     * A load of the adapter is in progress.
     *
     * @param seconds predicted time to its end
     */
    record Loading(double seconds) implements AdapterPresence {
        public Loading {
            check(seconds);
        }
    }

    /**
     * The adapter has to be loaded first.
     *
     * @param seconds predicted time until it is resident, the wait for memory and earlier loads
     *     included
     */
    record Absent(double seconds) implements AdapterPresence {
        public Absent {
            check(seconds);
        }
    }

    /**
     * The adapter is absent, and no eviction makes enough room for it.
     *
     * @param bytes that it takes
     * @param most bytes that can be made free for it
     */
    record Impossible(long bytes, long most) implements AdapterPresence {}

    /** Returns the predicted seconds until a request can run with it; infinite if never. */
    default double seconds() {
        return switch (this) {
            case Resident() -> 0;
            case Loading(double seconds) -> seconds;
            case Absent(double seconds) -> seconds;
            case Impossible _ -> Double.POSITIVE_INFINITY;
        };
    }

    private static void check(double seconds) {
        if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "A load takes %s s: expected a finite time of at least 0".formatted(seconds));
        }
    }
}
