package org.dlora.console.requests;

/** Phase of a request's time. */
enum Phase {
    /** The call is checked, the prompt tokenised and a replica chosen. */
    RECEIVED("received"),
    /** The request's adapter is loaded. */
    LOADING("adapter load"),
    /** The request waits for its first rows. */
    QUEUED("queued"),
    /** The prompt is computed. */
    PREFILL("prefill"),
    /** The answer's tokens are computed. */
    DECODE("decode"),
    /** The request has lost its KV blocks, waits, and is computed again. */
    PREEMPTED("preempted"),
    /** The request moves to another replica. */
    MOVED("moved"),
    /** The replica has failed, and another one continues the request. */
    RESCUED("rescued");

    private final String label;

    Phase(String label) {
        this.label = label;
    }

    /** Returns its word on the page. */
    public String label() {
        return label;
    }

    /** Returns the class of its bar. */
    public String css() {
        return "phase-" + label.replace(' ', '-');
    }
}
