package org.dlora.scheduling.dispatch;

/** The rules of dispatch that settings can name. */
public enum DispatchPolicy {
    /** {@link FinishDispatch}: the replica on which a request is predicted to end soonest. */
    PREDICTED_FINISH("predicted-finish"),

    /** {@link LeastLoadedDispatch}: the replica with the fewest unfinished requests. */
    LEAST_LOADED("least-loaded");

    private final String label;

    DispatchPolicy(String label) {
        this.label = label;
    }

    /** Returns the name in settings and answers. */
    public String label() {
        return label;
    }

    /** Returns the rule with its default settings. */
    public DispatchRule rule() {
        return switch (this) {
            case PREDICTED_FINISH -> new FinishDispatch(DispatchSettings.DEFAULT);
            case LEAST_LOADED -> new LeastLoadedDispatch();
        };
    }
}
