package org.dlora.engine;

import java.util.ArrayList;
import java.util.List;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.AdapterRef;

/** Counts what an engine reports. */
final class Observed implements EngineObserver {
    private int preemptions;
    private int promptTokens;
    private int cachedTokens;
    private int rows;
    private double builtSeconds;
    private final List<MergeOutcome> built = new ArrayList<>();
    private final List<RecordedStep> steps = new ArrayList<>();

    @Override
    public void preempted() {
        preemptions++;
    }

    @Override
    public void began(int promptTokens, int cachedTokens) {
        this.promptTokens += promptTokens;
        this.cachedTokens += cachedTokens;
    }

    @Override
    public void served(AdapterRef adapter, int rows) {
        this.rows += rows;
    }

    @Override
    public void built(MergeOutcome outcome, double seconds) {
        built.add(outcome);
        builtSeconds += seconds;
    }

    /** Returns the seconds of work on merged weights. */
    double builtSeconds() {
        return builtSeconds;
    }

    List<MergeOutcome> built() {
        return built;
    }

    @Override
    public void ran(RecordedStep step) {
        steps.add(step);
    }

    /** Computed for sequences that did not fail in doing so. */
    int rows() {
        return rows;
    }

    List<RecordedStep> steps() {
        return steps;
    }

    int preemptions() {
        return preemptions;
    }

    /** Returns the prompt tokens of sequences that may use cached prefixes. */
    int promptTokens() {
        return promptTokens;
    }

    int cachedTokens() {
        return cachedTokens;
    }
}
