package org.dlora.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;

/** Keeps the events of a request; its last one can be waited for from another thread. */
final class Recording implements GenerationListener {
    private final List<GenerationEvent> events = new ArrayList<>();
    private int preemptions;
    private final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public void on(GenerationEvent event) {
        if (isEnded()) {
            throw new AssertionError(event + " comes after " + events.getLast());
        }
        events.add(event);
        if (event.isLast()) {
            ended.countDown();
        }
    }

    @Override
    public void preempted() {
        preemptions++;
    }

    int preemptions() {
        return preemptions;
    }

    boolean isEnded() {
        return ended.getCount() == 0;
    }

    List<GenerationEvent> events() {
        return events;
    }

    List<GenerationEvent> await() throws InterruptedException {
        ended.await();
        return events;
    }

    List<Integer> tokens() {
        return events.stream()
                .filter(Token.class::isInstance)
                .map(event -> ((Token) event).token())
                .toList();
    }

    String text() {
        var text = new StringBuilder();
        for (var event : events) {
            switch (event) {
                case Token token -> text.append(token.text());
                case Finished finished -> text.append(finished.text());
                case Prompt _, Failed _ -> {}
            }
        }
        return text.toString();
    }

    GenerationEvent last() {
        return events.getLast();
    }

    FinishReason finishReason() {
        return ((Finished) last()).reason();
    }
}
