package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.dlora.app.settings.DloraProperties;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.KeyRing;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.LimitsSource;
import org.dlora.security.limits.SharedGate;
import org.dlora.security.limits.UsageWriter;
import org.dlora.store.Database;
import org.dlora.store.keys.DatabaseRates;
import org.dlora.store.keys.DatabaseUsage;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Limits of keys and teams. What was used of budgets is read once the database is open. */
@Configuration(proxyBeanMethods = false)
class LimitConfiguration {

    @Bean
    Limiter limiter(Clock clock, MeterRegistry metrics, ClusterEvents events, LimitsSource limits) {
        return new Limiter(clock, System::nanoTime, new LimitMeters(metrics, events), limits);
    }

    /** Returns the accounts of those who order gates and shadows. */
    @Bean
    TokenAccounts tokenAccounts(KeyRing ring, Limiter limiter, DloraProperties settings) {
        return new KeyAccounts(ring::accessOf, limiter, settings.prefixCacheShared());
    }

    /** Returns the check by shared rates; there is none unless it is asked for. */
    @Bean
    @ConditionalOnProperty("dlora.limits.shared")
    SharedGate sharedGate(Limiter limiter, Database database, DloraProperties settings) {
        return new SharedGate(
                limiter,
                new DatabaseRates(database),
                System::nanoTime,
                settings.limits().sharedWait());
    }

    @Bean
    UsageWriter usageWriter(Limiter limiter, Database database) {
        var writer = new UsageWriter(limiter, new DatabaseUsage(database));
        var _ = database.opened().thenRun(() -> writer.start(database.isShared()));
        return writer;
    }
}
