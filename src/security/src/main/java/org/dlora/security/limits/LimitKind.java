package org.dlora.security.limits;

import java.util.Locale;

/** A kind of limit that refuses requests. */
public enum LimitKind {
    /** Requests per minute. */
    REQUESTS,
    /** Tokens per minute. */
    TOKENS,
    /** Requests that run or wait at a time. */
    CONCURRENT,
    /** Tokens of a day or a month. */
    BUDGET;

    /** Returns the word for the limit in metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
