package org.dlora.security;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/** End of a key or of a session, with which the calls that run in it end. Thread-safe. */
@FunctionalInterface
public interface Ending {
    /** End that never comes. */
    Ending NEVER = _ -> () -> {};

    /** End that has come. */
    Ending NOW =
            action -> {
                action.run();
                return () -> {};
            };

    /** Action that waits for an end. */
    @FunctionalInterface
    interface Registration extends AutoCloseable {
        /** Forgets the action. */
        @Override
        void close();
    }

    /** Runs an action once with the end, at once if it has come. */
    Registration onEnd(Runnable action);

    /** Returns the end that comes with the first of several. */
    static Ending first(Ending... ends) {
        return action -> {
            var isOver = new AtomicBoolean();
            Runnable once =
                    () -> {
                        if (isOver.compareAndSet(false, true)) {
                            action.run();
                        }
                    };
            List<Registration> all = Stream.of(ends).map(end -> end.onEnd(once)).toList();
            return () -> all.forEach(Registration::close);
        };
    }
}
