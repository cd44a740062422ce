package org.dlora.console.requests;

/** What a request does in a part of its time. */
enum Phase {
    /** Its call is checked and its prompt tokenised, and a replica is chosen. */
    RECEIVED("received"),
    /** Its adapter is loaded. */
    LOADING("adapter load"),
    /** It waits for its first rows. */
    QUEUED("queued"),
    /** Its prompt is computed. */
    PREFILL("prefill"),
    /** Its tokens are computed. */
    DECODE("decode"),
    /** It has lost its KV blocks, waits, and is computed again. */
    PREEMPTED("preempted"),
    /** It goes on another replica. */
    MOVED("moved"),
    /** Its replica has failed, and another one continues it. */
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
