package org.dlora.api.connections;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.WebFilter;
import reactor.netty.NettyPipeline;

/** Puts the bounds of {@link ConnectionSettings} on all connections of the server. */
@Configuration(proxyBeanMethods = false)
public class ConnectionsApi {

    @Bean
    WebFilter bodyBudget(ConnectionSettings settings) {
        return new BodyBudget(settings.bodies());
    }

    @Bean
    NettyServerCustomizer connectionBounds(ConnectionSettings settings, MeterRegistry metrics) {
        var connections = new Connections(settings.most(), metrics);
        return server ->
                server.doOnChannelInit((_, channel, _) -> {
                    var pipeline = channel.pipeline();
                    if (pipeline.get(NettyPipeline.HttpCodec) != null) {
                        var connection = new ClientConnection(settings, connections, channel);
                        pipeline.addAfter(
                                NettyPipeline.HttpCodec,
                                ClientConnection.class.getName(),
                                connection);
                        pipeline.addFirst(connection.bytes());
                    }
                });
    }
}
