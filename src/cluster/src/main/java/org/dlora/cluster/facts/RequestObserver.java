package org.dlora.cluster.facts;

/**
 * Observer of ended requests. It is called on a thread that delivers events to clients, or on the
 * caller's if the request was refused; never on a thread that computes steps. Thread-safe.
 */
@FunctionalInterface
public interface RequestObserver {
    /** Notes nothing. */
    RequestObserver NONE = _ -> {};

    /**
     * Takes the facts of a request that has ended. Must return at once: clients of the replica wait
     * meanwhile. What it throws is logged, and harms no request.
     */
    void ended(RequestFacts facts);

    /** Takes the outcome of a shadow, before or after the end of the client's request. */
    default void shadowed(ShadowFacts facts) {}

    /** Tells of the base model, after the warm-up and before the first request. */
    default void serves(ServedBase base) {}

    /** Returns whether the facts are to have the answer's text. */
    default boolean wantsText() {
        return false;
    }
}
