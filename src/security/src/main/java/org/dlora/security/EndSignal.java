package org.dlora.security;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** End that one call brings about. */
public final class EndSignal implements Ending {
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
        if (action != null) {
            action.run();
        }
    }
}
