package org.dlora.api.web;

import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The beginning of the server's stop. It ends the streams that have no end of their own: the server
 * waits for answers that have not ended.
 */
public final class ServerStop implements ApplicationListener<ContextClosedEvent> {
    private final Sinks.Empty<Void> begun = Sinks.empty();

    /** Returns the events of a stream up to the beginning of the stop. */
    public <T> Flux<T> end(Flux<T> events) {
        return events.takeUntilOther(begun.asMono());
    }

    /** Notes the first event of a stop, before the wait for requests. */
    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        var _ = begun.tryEmitEmpty();
    }
}
