package org.dlora.cluster.supervision;

import java.util.Locale;

/** Ways in which a replica stops serving. */
enum Failure {
    /** The replica's thread does not come to the end of a turn. */
    HUNG,
    /** The replica's thread has ended by a defect, or after too many failures in a row. */
    ENDED,
    /** Somebody asked for a restart. */
    ASKED;

    /** Returns the value of the meters' label. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
