package org.dlora.api.webhooks;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.IntSupplier;

/** Counts of one webhook. */
final class WebhookMeters {
    final Counter delivered;
    final Counter failed;
    final Counter overflowed;
    final Counter expired;

    /**
     * @param waiting changes that are not delivered yet
     */
    WebhookMeters(String hook, IntSupplier waiting, MeterRegistry registry) {
        delivered =
                Counter.builder("dlora.webhook.delivered")
                        .description("Changes that a webhook has taken")
                        .tag("hook", hook)
                        .register(registry);
        failed =
                Counter.builder("dlora.webhook.failed")
                        .description("Attempts of a webhook that have failed")
                        .tag("hook", hook)
                        .register(registry);
        overflowed = dropped(hook, "full", registry);
        expired = dropped(hook, "old", registry);
        Gauge.builder("dlora.webhook.queue", waiting, IntSupplier::getAsInt)
                .strongReference(true)
                .description("Changes that wait for a webhook")
                .tag("hook", hook)
                .register(registry);
    }

    private static Counter dropped(String hook, String reason, MeterRegistry registry) {
        return Counter.builder("dlora.webhook.dropped")
                .description("Changes that a webhook has not got")
                .tag("hook", hook)
                .tag("reason", reason)
                .register(registry);
    }
}
