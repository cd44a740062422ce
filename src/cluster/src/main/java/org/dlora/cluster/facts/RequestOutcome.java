package org.dlora.cluster.facts;

import java.util.Locale;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;

/** End of a request. */
public sealed interface RequestOutcome {

    /** Returns the reason, failure or refusal as one word in snake case. */
    default String word() {
        Enum<?> code =
                switch (this) {
                    case Answered(var reason) -> reason;
                    case Broke(var failure) -> failure;
                    case TurnedAway(var refusal) -> refusal;
                };
        return code.name().toLowerCase(Locale.ROOT);
    }

    /** The request has its whole answer, or its client cancelled it. */
    record Answered(FinishReason reason) implements RequestOutcome {}

    /** A replica took the request and could not serve it to its end. */
    record Broke(FailureCode failure) implements RequestOutcome {}

    /** No replica took the request. */
    record TurnedAway(RefusalCode refusal) implements RequestOutcome {}
}
