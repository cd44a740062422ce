package org.dlora.app.wiring;

import java.time.Clock;
import org.dlora.api.connections.ConnectionSettings;
import org.dlora.api.guard.ChangeGuard;
import org.dlora.api.guard.CrossOrigins;
import org.dlora.api.guard.HostGuard;
import org.dlora.api.guard.OwnHosts;
import org.dlora.api.pools.PoolHealth;
import org.dlora.api.pools.PoolMeters;
import org.dlora.api.pools.PoolsSettings;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.RootPath;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.HttpProperties;
import org.dlora.security.KeyRing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.server.WebFilter;

/** Beans of the HTTP server's rim: hosts, guards, connections and pools of work. */
@Configuration(proxyBeanMethods = false)
class HttpConfiguration {
    private static final Logger log = LoggerFactory.getLogger(HttpConfiguration.class);

    @Bean
    OwnHosts ownHosts(DloraProperties settings, Environment environment) {
        var allowed = settings.http().allowedHosts();
        return settings.allowOpenNetwork()
                ? OwnHosts.onOpenNetwork(allowed)
                : OwnHosts.onLoopback(
                        environment.getProperty("server.address", "localhost"), allowed);
    }

    @Bean
    WebFilter hostGuard(OwnHosts hosts, KeyRing ring) {
        return new HostGuard(hosts, ring);
    }

    @Bean
    WebFilter changeGuard(DloraProperties settings, OwnHosts hosts) {
        return new ChangeGuard(settings.allowOpenNetwork(), hosts);
    }

    @Bean
    PoolsSettings poolsSettings(DloraProperties settings) {
        return settings.http().pools();
    }

    @Bean
    PoolMeters poolMeters(WorkPools pools) {
        return new PoolMeters(pools);
    }

    /** Returns the component {@code pools} of health, named after the bean. */
    @Bean
    PoolHealth poolsHealthIndicator(WorkPools pools) {
        return new PoolHealth(pools);
    }

    @Bean
    ConnectionSettings connectionSettings(DloraProperties settings) {
        var http = settings.http();
        var connections = http.connections(HttpProperties.openFiles());
        if (connections.most() < http.maxConnections()) {
            log.warn(
                    "The server takes {} connections, not the {} of dlora.http.max-connections: this process may have {} open files (ulimit -n)",
                    connections.most(),
                    http.maxConnections(),
                    HttpProperties.openFiles());
        }
        return connections;
    }

    @Bean
    RootPath rootPath(DloraProperties settings) {
        return new RootPath(settings.http().rootPath());
    }

    @Bean
    CrossOrigins crossOrigins(DloraProperties settings) {
        return new CrossOrigins(settings.http().allowedOrigins());
    }

    @Bean
    HttpSettings httpSettings(
            DloraProperties settings, ObjectProvider<BuildProperties> build, Clock clock) {
        var version =
                build.stream().map(BuildProperties::getVersion).findFirst().orElse("development");
        return new HttpSettings(settings.http().ping(), version, clock);
    }
}
