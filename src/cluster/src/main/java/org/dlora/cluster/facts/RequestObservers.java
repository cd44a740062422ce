package org.dlora.cluster.facts;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several observers as one. An observer that throws keeps nothing from the others. */
public final class RequestObservers implements RequestObserver {
    private static final Logger log = LoggerFactory.getLogger(RequestObservers.class);

    private final List<RequestObserver> observers;

    public RequestObservers(List<? extends RequestObserver> observers) {
        this.observers = List.copyOf(observers);
    }

    @Override
    public void ended(RequestFacts facts) {
        for (var observer : observers) {
            try {
                observer.ended(facts);
            } catch (RuntimeException | Error e) {
                complain(observer, facts.id(), e);
            }
        }
    }

    @Override
    public void shadowed(ShadowFacts facts) {
        for (var observer : observers) {
            try {
                observer.shadowed(facts);
            } catch (RuntimeException | Error e) {
                complain(observer, facts.request(), e);
            }
        }
    }

    @Override
    public boolean wantsText() {
        return observers.stream().anyMatch(RequestObserver::wantsText);
    }

    private static void complain(RequestObserver observer, String request, Throwable cause) {
        try {
            log.warn("{} failed at the end of request {}", observer, request, cause);
        } catch (RuntimeException | Error _) {
            // Without memory even for a line of the log, the others are told.
        }
    }
}
