package org.dlora.console.page;

import java.util.function.Function;
import org.dlora.api.pools.WorkPools;
import org.dlora.catalogue.history.History;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The history as pages ask it: away from the event loops, and with words while it is away. */
@Component
public final class PageHistory {
    private final ObjectProvider<History> histories;
    private final WorkPools pools;

    /**
     * @param histories none or one
     */
    PageHistory(ObjectProvider<History> histories, WorkPools pools) {
        this.pools = pools;
        this.histories = histories;
    }

    /**
     * An answer of the history.
     *
     * @param value null if there is no answer
     * @param problem why there is none, in a sentence; null if there is one
     */
    public record Answer<T>(@Nullable T value, @Nullable String problem) {

        /** Returns the value, or {@code other} if there is none. */
        public T or(T other) {
            return value == null ? other : value;
        }
    }

    /** Asks the history; a page shows the problem where there is no answer. */
    public <T> Mono<Answer<T>> ask(Function<? super History, ? extends T> question) {
        return pools.store().<Answer<T>>run(() -> this.<T>answer(question));
    }

    /** Asks the history, and waits for its answer: for those who are away from the event loops. */
    public <T> Answer<T> answer(Function<? super History, ? extends T> question) {
        var history = histories.getIfAvailable();
        if (history == null) {
            return new Answer<>(null, "This server keeps no history.");
        }
        try {
            return new Answer<>(question.apply(history), null);
        } catch (StoreUnavailableException e) {
            return new Answer<>(
                    null,
                    "The history is away: %s. Requests are served meanwhile; reload the page later."
                            .formatted(e.getMessage()));
        }
    }
}
