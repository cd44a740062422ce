package org.dlora.scheduling;

/** A request to a {@link SimulatedServer}, with the times that its client sees. */
public final class ServedRequest {
    /** Number of its sequence, in the order of arrival. */
    public final long id;

    /** Id of its adapter, empty for the base model. */
    final String adapter;

    final double arrivedAt;
    final int outputs;
    public double firstTokenAt = Double.NaN;
    public double endedAt = Double.NaN;
    public double longestGap;

    /** Number of the step with its first token, from 1; 0 before it. */
    int firstTokenStep;

    private double lastTokenAt;
    private int computedOnce;

    public ServedRequest(long id, String adapter, double arrivedAt, int outputs) {
        this.id = id;
        this.adapter = adapter;
        this.arrivedAt = arrivedAt;
        this.outputs = outputs;
    }

    public String requestId() {
        return "request-" + id;
    }

    /** Notes a token of step {@code step}. */
    public void token(int step, double at) {
        if (firstTokenStep == 0) {
            firstTokenStep = step;
            firstTokenAt = at;
        } else {
            longestGap = Math.max(longestGap, at - lastTokenAt);
        }
        lastTokenAt = at;
    }

    /** Notes that its sequence loses its blocks with so many tokens computed. */
    public void preempted(int computed) {
        computedOnce = Math.max(computedOnce, computed);
    }

    /** Returns the most tokens that had been computed when it was preempted. */
    public int computedOnce() {
        return computedOnce;
    }
}
