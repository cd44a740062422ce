package org.dlora.engine;

/** Counts what happens inside an engine; called on its thread. */
interface EngineObserver {
    /** Notices nothing. */
    EngineObserver NONE =
            new EngineObserver() {
                @Override
                public void preempted() {}

                @Override
                public void began(int promptTokens, int cachedTokens) {}
            };

    /** A sequence lost its KV blocks, to be recomputed later. */
    void preempted();

    /**
     * A sequence that may use cached prefixes runs for the first time.
     *
     * @param cachedTokens of its prompt's tokens those that need not be computed
     */
    void began(int promptTokens, int cachedTokens);
}
