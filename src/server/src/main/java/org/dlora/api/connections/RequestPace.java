package org.dlora.api.connections;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Pace at which a client sends its requests, one after another. Times are nanoseconds of any clock
 * that only goes forward.
 */
final class RequestPace {
    private final ConnectionSettings settings;

    /** True while the first bytes of a request have come, but not all of its headers. */
    private boolean inHead;

    /** True while the headers of a request have come, but not all of its body. */
    private boolean inBody;

    /** Number of requests whose answer has not ended. */
    private int unanswered;

    /** Time of the last request's end or, after its first byte, of the next one's start. */
    private long since;

    /** Time of the body's last bytes. */
    private long lastByte;

    /** Bytes of the body so far. */
    private long received;

    /** Bytes per second in which the body has to come. */
    private int leastRate = ConnectionSettings.LEAST_RATE;

    RequestPace(ConnectionSettings settings, long now) {
        this.settings = settings;
        since = now;
    }

    /** Notes bytes that are not decoded yet. */
    void bytes(long now) {
        if (!inHead && !inBody) {
            inHead = true;
            since = now;
        }
    }

    /** Notes the end of the headers of a request, whose body is of a kind. */
    void head(BodyKind kind, long now) {
        leastRate =
                kind == BodyKind.UPLOAD
                        ? ConnectionSettings.LEAST_UPLOAD_RATE
                        : ConnectionSettings.LEAST_RATE;
        inHead = false;
        inBody = true;
        unanswered++;
        received = 0;
        since = now;
        lastByte = now;
    }

    void body(int bytes, long now) {
        received += bytes;
        lastByte = now;
    }

    /** Notes the end of a request's body. */
    void whole(long now) {
        inBody = false;
        since = now;
    }

    /** Notes the end of an answer. */
    void answered(long now) {
        if (unanswered > 0) {
            unanswered--;
            since = inHead || inBody ? since : now;
        }
    }

    /**
     * Notes that the server does not read on its own now. While it has a request, that means that
     * the client cannot send; between requests it asks for bytes as long as none have come.
     */
    void held(long now) {
        if (inBody || unanswered > 0) {
            since = now;
            lastByte = now;
            received = 0;
        }
    }

    /** Returns whether a request has begun to come in, and not come in whole. */
    boolean isReceiving() {
        return inHead || inBody;
    }

    /** Returns whether no request's headers have come that is not answered yet. */
    boolean isIdle() {
        return unanswered == 0 && !inBody;
    }

    /** Returns why the connection has to end, or null if it goes on. */
    @Nullable EndCause verdict(long now) {
        if (inHead) {
            return isOver(settings.head(), now - since) ? EndCause.SLOW_HEAD : null;
        }
        if (inBody) {
            return isBodySlow(now) ? EndCause.SLOW_BODY : null;
        }
        return unanswered == 0 && isOver(settings.idle(), now - since) ? EndCause.IDLE : null;
    }

    private boolean isBodySlow(long now) {
        if (settings.body().isZero()) {
            return false;
        }
        var earned = Duration.ofMillis(received * 1000 / leastRate);
        return isOver(settings.body(), now - lastByte)
                || isOver(settings.body().plus(earned), now - since);
    }

    private static boolean isOver(Duration bound, long nanos) {
        return !bound.isZero() && nanos >= bound.toNanos();
    }
}
