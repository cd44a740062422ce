package org.dlora.api.webhooks;

import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.dlora.api.admin.history.EventJson;
import org.dlora.api.webhooks.WebhookCall.Message;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;

/**
 * The webhooks of a server. Each gets the changes that it wants, in order, from the start of the
 * server to its end. Nothing is kept beyond that: the history has all changes.
 */
public final class Webhooks implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration FIRST = Duration.ofSeconds(1);

    private final List<WebhookQueue> queues;
    private final Optional<HttpClient> http;
    private final Runnable end;

    /** Begins to send the changes that {@code events} tell. */
    public Webhooks(List<Webhook> hooks, ClusterEvents events, MeterRegistry registry) {
        this(
                hooks,
                events,
                registry,
                new RetryPause(FIRST, () -> ThreadLocalRandom.current().nextDouble()));
    }

    Webhooks(List<Webhook> hooks, ClusterEvents events, MeterRegistry registry, RetryPause pauses) {
        if (hooks.isEmpty()) {
            // A client takes a thread.
            http = Optional.empty();
            queues = List.of();
            end = () -> {};
            return;
        }
        var client = client();
        http = Optional.of(client);
        var call = new WebhookCall(client);
        queues =
                hooks.stream()
                        .map(hook -> new WebhookQueue(hook, call, pauses, events.clock(), registry))
                        .toList();
        queues.forEach(WebhookQueue::start);
        end = events.watch(this::send);
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private void send(ClusterEvent event) {
        var message = new Message("msg_" + UUID.randomUUID(), event.at(), EventJson.message(event));
        for (var queue : queues) {
            if (queue.hook().wants(event.kind())) {
                queue.add(message);
            }
        }
    }

    /** Ends with the changes that were told; those that wait have 5 s. */
    @Override
    public void close() {
        end.run();
        // All at once, so that they share the time that they have.
        try (var closers = Executors.newVirtualThreadPerTaskExecutor()) {
            queues.forEach(queue -> closers.execute(queue::close));
        }
        http.ifPresent(HttpClient::shutdownNow);
    }
}
