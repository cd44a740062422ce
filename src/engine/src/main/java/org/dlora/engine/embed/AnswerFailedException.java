package org.dlora.engine.embed;

import org.dlora.replica.request.FailureCode;

/** Failure of an answer that the engine had accepted. */
public final class AnswerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final FailureCode code;

    AnswerFailedException(FailureCode code, String message) {
        super(message);
        this.code = code;
    }

    /** Returns the kind of the failure. */
    public FailureCode code() {
        return code;
    }
}
