package org.dlora.scheduling.dispatch;

/** A request of a queueing model; the lengths of its answers are exponential about a mean. */
final class QueuedRequest {
    final String adapter;
    final double arrival;
    final int promptTokens;
    final double expectedOutput;
    double readyAt;
    double endedAt = Double.NaN;
    int promptLeft;
    int outputLeft;
    private int done;

    QueuedRequest(
            String adapter, double arrival, int promptTokens, int output, double expectedOutput) {
        this.adapter = adapter;
        this.arrival = arrival;
        this.promptTokens = promptTokens;
        this.expectedOutput = expectedOutput;
        promptLeft = promptTokens;
        outputLeft = output;
    }

    void run(int rows) {
        if (promptLeft > 0) {
            promptLeft -= rows;
        } else {
            outputLeft--;
            done++;
        }
    }

    double expectedLeft() {
        return Math.max(expectedOutput - done, expectedOutput / 4);
    }

    double seconds() {
        return endedAt - arrival;
    }
}
