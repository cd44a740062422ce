package org.dlora.api.connections;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHandlerDecoratorFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Bounds the bytes of all bodies in memory together: those of calls whose answer has not begun. A
 * body beyond ends in a {@link TooManyBodiesException}. Uploads go to files as they come, and do
 * not count. Forms have a bound of their own, as anybody may send one. It stands before all
 * filters, some of which read forms.
 */
final class BodyBudget implements HttpHandlerDecoratorFactory {
    private static final int LARGEST_FORM = 1 << 16;

    private final long most;
    private final AtomicLong taken = new AtomicLong();

    /**
     * @param most bytes
     */
    BodyBudget(long most) {
        this.most = most;
    }

    @Override
    public HttpHandler apply(HttpHandler handler) {
        return (request, response) ->
                isOf(request, "multipart/")
                        ? handler.handle(request, response)
                        : handle(handler, request, response);
    }

    private Mono<Void> handle(
            HttpHandler handler, ServerHttpRequest request, ServerHttpResponse response) {
        var share =
                new Share(
                        isOf(request, "application/x-www-form-urlencoded")
                                ? LARGEST_FORM
                                : Long.MAX_VALUE);
        response.beforeCommit(() -> Mono.fromRunnable(share::giveBack));
        return handler.handle(new Counted(request, share), response)
                .doFinally(_ -> share.giveBack());
    }

    /** Returns whether the body is of a type; the header may be malformed. */
    private static boolean isOf(ServerHttpRequest request, String type) {
        @Nullable String given = request.getHeaders().getFirst(HttpHeaders.CONTENT_TYPE);
        return given != null && given.strip().toLowerCase(Locale.ROOT).startsWith(type);
    }

    private static final class Counted extends ServerHttpRequestDecorator {
        private final Share share;

        Counted(ServerHttpRequest request, Share share) {
            super(request);
            this.share = share;
        }

        @Override
        public Flux<DataBuffer> getBody() {
            return super.getBody().map(this::counted);
        }

        private DataBuffer counted(DataBuffer buffer) {
            try {
                share.take(buffer.readableByteCount());
                return buffer;
            } catch (RuntimeException e) {
                DataBufferUtils.release(buffer);
                throw e;
            }
        }
    }

    /** What one call has of the budget. */
    private final class Share {
        private final long largest;
        private long bytes;
        private boolean over;

        /**
         * @param largest bytes that the call may have
         */
        Share(long largest) {
            this.largest = largest;
        }

        synchronized void take(long more) {
            if (over) {
                return;
            }
            if (bytes + more > largest) {
                throw new ResponseStatusException(
                        HttpStatus.CONTENT_TOO_LARGE,
                        "A form may have %,d bytes.".formatted(largest));
            }
            if (taken.addAndGet(more) > most) {
                taken.addAndGet(-more);
                throw new TooManyBodiesException(most);
            }
            bytes += more;
        }

        synchronized void giveBack() {
            over = true;
            taken.addAndGet(-bytes);
            bytes = 0;
        }
    }
}
