package org.dlora.security;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** End that one call brings about. */
public final class EndSignal implements Ending {
    private static final Logger log = LoggerFactory.getLogger(EndSignal.class);

    private final Map<Object, Runnable> actions = new ConcurrentHashMap<>();
    private volatile boolean hasCome;

    @Override
    public Registration onEnd(Runnable action) {
        var registration = new Object();
        actions.put(registration, action);
        // The end may have passed over an action that came beside it.
        if (hasCome) {
            run(registration);
        }
        return () -> actions.remove(registration);
    }

    /** Ends, and runs the actions that wait for that. */
    public void end() {
        hasCome = true;
        actions.keySet().forEach(this::run);
    }

    private void run(Object registration) {
        var action = actions.remove(registration);
        if (action == null) {
            return;
        }
        try {
            action.run();
        } catch (RuntimeException e) {
            // The actions of others still have to run.
            log.error("An action at an end failed", e);
        }
    }
}
