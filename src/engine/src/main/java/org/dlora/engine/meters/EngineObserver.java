package org.dlora.engine.meters;

import org.dlora.replica.MergeOutcome;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.AdapterRef;

/**
 * Observer of an engine's steps, preemptions, cache hits and builds. Meters and the calibration
 * implement it. It is called on the engine's thread.
 */
public interface EngineObserver {
    /** Notices nothing. */
    EngineObserver NONE =
            new EngineObserver() {
                @Override
                public void preempted() {}

                @Override
                public void began(int promptTokens, int cachedTokens) {}

                @Override
                public void served(AdapterRef adapter, int rows) {}

                @Override
                public void ran(RecordedStep step) {}

                @Override
                public void built(MergeOutcome outcome, double seconds) {}
            };

    /** A sequence lost its KV blocks, to be recomputed later. */
    void preempted();

    /**
     * A sequence that may use cached prefixes runs for the first time.
     *
     * @param cachedTokens of its prompt's tokens those that need not be computed
     */
    void began(int promptTokens, int cachedTokens);

    /** Rows of a model's sequence were computed. */
    void served(AdapterRef adapter, int rows);

    /** A step has come to its end. */
    void ran(RecordedStep step);

    /**
     * Merged weights that were begun are ready or given up.
     *
     * @param seconds of work, without the steps in between
     */
    void built(MergeOutcome outcome, double seconds);
}
