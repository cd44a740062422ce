package org.dlora.api.web;

import io.netty.channel.Channel;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The event loop of a client's connection. All writes to the client come from this thread, because
 * the connection's demands do. Reactor's concatenation (3.8.8, {@code FluxConcatArray}) can lose a
 * demand that meets the end of a source on another thread. Then the answer would stand still for
 * ever.
 */
public final class ConnectionThread {
    private ConnectionThread() {}

    /**
     * Returns the thread.
     *
     * @throws AbortedException if the client has gone away meanwhile
     */
    public static Scheduler of(ServerHttpResponse response) {
        var channel = channel(response);
        if (!channel.isRegistered()) {
            throw AbortedException.beforeSend();
        }
        return Schedulers.fromExecutorService(channel.eventLoop());
    }

    /** Returns the connection that a response is written to. */
    public static Channel channel(ServerHttpResponse response) {
        var server = (HttpServerResponse) nativeResponse(response);
        var channel = new Channel[1];
        server.withConnection(connection -> channel[0] = connection.channel());
        return channel[0];
    }

    private static Object nativeResponse(ServerHttpResponse response) {
        return response instanceof ServerHttpResponseDecorator decorator
                ? ServerHttpResponseDecorator.getNativeResponse(decorator)
                : ((AbstractServerHttpResponse) response).getNativeResponse();
    }
}
