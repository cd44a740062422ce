package org.dlora.api.uploads;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Place of a reception that begins on another thread. A reception that begins after its client has
 * left ends at once, as nobody else would end it. Thread-safe.
 */
final class PendingReception {
    private @Nullable UploadReception begun;
    private @Nullable Throwable cause;
    private boolean isOver;

    /** Begins the reception. */
    UploadReception begin(Supplier<UploadReception> begin) {
        var reception = begin.get();
        if (!keep(reception)) {
            end(reception, cause());
        }
        return reception;
    }

    private synchronized boolean keep(UploadReception reception) {
        if (!isOver) {
            begun = reception;
        }
        return !isOver;
    }

    private synchronized @Nullable Throwable cause() {
        return cause;
    }

    /**
     * Ends the reception, now or once it has begun.
     *
     * @param why the job fails; null if the reception has come to its end
     */
    void end(@Nullable Throwable why) {
        var reception = over(why);
        if (reception != null) {
            end(reception, why);
        }
    }

    private synchronized @Nullable UploadReception over(@Nullable Throwable why) {
        isOver = true;
        cause = why;
        return begun;
    }

    private static void end(UploadReception reception, @Nullable Throwable cause) {
        try (reception) {
            if (cause != null) {
                reception.fail(cause);
            }
        }
    }
}
