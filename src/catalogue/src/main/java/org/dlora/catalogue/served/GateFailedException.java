package org.dlora.catalogue.served;

import org.dlora.catalogue.versions.GateResult;

/** Refusal of a version that did not pass its adapter's gate. Requests get what they got before. */
public final class GateFailedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private final String adapter;
    private final int version;
    private final String problem;

    /**
     * @param version number of the version, which is kept
     * @param still version that requests get now, such as {@code requests for 'sql' still get
     *     version 3}
     */
    public GateFailedException(String adapter, int version, GateResult result, String still) {
        super(
                "Version %d of adapter '%s' did not pass its gate, %s: %s"
                        .formatted(version, adapter, still, result.problem().orElse("")));
        this.adapter = adapter;
        this.version = version;
        problem = result.problem().orElse("");
    }

    public String adapter() {
        return adapter;
    }

    public int version() {
        return version;
    }

    /** Returns the first prompt that did not pass and why. */
    public String problem() {
        return problem;
    }
}
