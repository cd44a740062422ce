package org.dlora.cluster.facts;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A moment at which a request was interrupted, or went on.
 *
 * @param replica id of the replica that has the request from then on; of {@link Kind#MOVED} the one
 *     that it goes to, of {@link Kind#LOST} the one that had it
 */
public record CourseMark(Kind kind, Instant at, String replica) {

    /** Kind of event in the course of a request. */
    public enum Kind {
        /** The request lost its KV blocks, and is computed again. */
        PREEMPTED,
        /** The request left its replica for another one. */
        MOVED,
        /** A replica has taken it: the one that it moved to, or its own again if that failed. */
        ARRIVED,
        /** The request's replica was fenced, or could not go on. */
        LOST,
        /** Another replica continues it after that. */
        RESCUED,
        /** The first token after an interruption was delivered. */
        RESUMED;

        /** Returns the word of the kind in JSON. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns the kind of a word; empty if there is none. */
        public static Optional<Kind> of(String word) {
            return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
        }
    }
}
