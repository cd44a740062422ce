package org.dlora.api.connections;

import java.util.concurrent.atomic.AtomicLong;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Filter that bounds the bytes of all bodies in memory together: those of calls whose answer has
 * not begun. A body beyond ends in a {@link TooManyBodiesException}. Uploads go to files as they
 * come, and do not count. Nor do forms, which Spring reads past the filter; {@link
 * ClientConnection} keeps them small.
 */
final class BodyBudget implements WebFilter, Ordered {
    /** Behind the filter that gives calls their ids, before those that read bodies. */
    private static final int ORDER = HIGHEST_PRECEDENCE + 10;

    private final long most;
    private final AtomicLong taken = new AtomicLong();

    /**
     * @param most bytes
     */
    BodyBudget(long most) {
        this.most = most;
    }

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (BodyKind.of(exchange.getRequest().getHeaders()::getFirst) != BodyKind.OTHER) {
            return chain.filter(exchange);
        }
        var share = new Share();
        exchange.getResponse().beforeCommit(() -> Mono.fromRunnable(share::giveBack));
        var counted = exchange.mutate().request(new Counted(exchange.getRequest(), share)).build();
        return chain.filter(counted).doFinally(_ -> share.giveBack());
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
            } catch (TooManyBodiesException e) {
                DataBufferUtils.release(buffer);
                throw e;
            }
        }
    }

    /** Part of the budget that one call holds. */
    private final class Share {
        private long bytes;
        private boolean over;

        synchronized void take(long more) {
            if (over) {
                return;
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
