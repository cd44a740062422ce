package org.dlora.api.connections;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelOption;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.WebFilter;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/** Puts the bounds of {@link ConnectionSettings} on all connections of the server. */
@Configuration(proxyBeanMethods = false)
public class ConnectionsApi {
    /**
     * Bytes of an answer that the system holds for a client. It tells of room when a third is free,
     * so with the megabytes that Linux takes by itself a slow reader would seem to read nothing for
     * minutes.
     */
    private static final int SEND_BUFFER = 1 << 18;

    @Bean
    WebFilter bodyBudget(ConnectionSettings settings) {
        return new BodyBudget(settings.bodies());
    }

    @Bean
    NettyServerCustomizer connectionBounds(ConnectionSettings settings, MeterRegistry metrics) {
        var connections = new Connections(settings.most(), metrics);
        return server -> bound(server, settings, connections);
    }

    private static HttpServer bound(
            HttpServer server, ConnectionSettings settings, Connections connections) {
        return server.childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER)
                .doOnChannelInit((_, channel, _) -> {
                    var pipeline = channel.pipeline();
                    if (pipeline.get(NettyPipeline.HttpCodec) != null) {
                        var connection = new ClientConnection(settings, connections, channel);
                        pipeline.addBefore(
                                NettyPipeline.HttpCodec,
                                LingeringClose.class.getName(),
                                connection.close());
                        pipeline.addBefore(
                                NettyPipeline.HttpCodec,
                                ClientConnection.class.getName() + ".bytes",
                                connection.bytes());
                        pipeline.addAfter(
                                NettyPipeline.HttpCodec,
                                ClientConnection.class.getName(),
                                connection);
                        var folded = new FoldedHeaders();
                        pipeline.addBefore(
                                NettyPipeline.HttpCodec,
                                FoldedHeaders.class.getName() + ".bytes",
                                folded.bytes());
                        pipeline.addAfter(
                                NettyPipeline.HttpCodec,
                                FoldedHeaders.class.getName(),
                                folded.messages());
                    }
                });
    }
}
