package org.dlora.engine;

/** Counts what an engine reports. */
final class Observed implements EngineObserver {
    private int preemptions;
    private int promptTokens;
    private int cachedTokens;

    @Override
    public void preempted() {
        preemptions++;
    }

    @Override
    public void began(int promptTokens, int cachedTokens) {
        this.promptTokens += promptTokens;
        this.cachedTokens += cachedTokens;
    }

    int preemptions() {
        return preemptions;
    }

    /** Of the sequences that may use cached prefixes. */
    int promptTokens() {
        return promptTokens;
    }

    int cachedTokens() {
        return cachedTokens;
    }
}
