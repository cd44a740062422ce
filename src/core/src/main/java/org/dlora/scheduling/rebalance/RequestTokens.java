package org.dlora.scheduling.rebalance;

/**
 * The tokens of an unfinished request.
 *
 * @param context tokens so far, those of its prompt included
 * @param pending tokens of its prompt that are still to be computed; 0 once it runs
 * @param left expected output tokens to come
 */
public record RequestTokens(int context, int pending, double left) {
    /** Tokens of a request about which nothing is known. */
    public static final RequestTokens UNKNOWN = new RequestTokens(0, 0, 0);

    public RequestTokens {
        if (context < 0 || pending < 0 || !(left >= 0) || left == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "A request has %d tokens, %d to compute and %s to come: expected finite numbers of at least 0"
                            .formatted(context, pending, left));
        }
    }
}
