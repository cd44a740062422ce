package org.dlora.api.webhooks;

import java.net.URI;
import java.time.Duration;
import java.util.Set;

/**
 * A URL that changes are sent to. Its text shows neither path nor query of the URL, which may be
 * secret.
 *
 * @param name for metrics and the log
 * @param events kinds of changes that are sent; empty: all
 * @param queue changes that may wait
 * @param timeout longest time of an attempt
 * @param giveUp age of a change from which on it is not sent any more
 */
public record Webhook(
        String name,
        URI url,
        WebhookSignature signature,
        Set<String> events,
        int queue,
        Duration timeout,
        Duration giveUp) {

    public Webhook {
        events = Set.copyOf(events);
    }

    boolean wants(String kind) {
        return events.isEmpty() || events.contains(kind);
    }

    @Override
    public String toString() {
        return "webhook %s (%s://%s)".formatted(name, url.getScheme(), url.getHost());
    }
}
