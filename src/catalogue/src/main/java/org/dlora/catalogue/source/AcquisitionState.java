package org.dlora.catalogue.source;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** State of an acquisition. */
public enum AcquisitionState {
    /** The job waits for others to end. */
    WAITING,
    /** A client sends the files. */
    RECEIVING,
    /** Files are fetched from their source, and unpacked. */
    FETCHING,
    /** The files are read and checked whole. */
    VALIDATING,
    /** The adapter is put into the store and served; it cannot be cancelled any more. */
    LOADING,
    /** The adapter is served. */
    READY,
    /** The job failed; nothing is left of it. */
    FAILED,
    /** The job was cancelled; nothing is left of it. */
    CANCELLED;

    /** Returns whether it is over. */
    public boolean isEnded() {
        return this == READY || this == FAILED || this == CANCELLED;
    }

    /** Returns the name in answers. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
